import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { connect, type Clients } from '../../src/ecs/clients.ts';
import { testEngine, type TestEngine } from '../engine/core/rig.ts';

export interface Rig {
  readonly engine: TestEngine;
  readonly clients: Clients;
}

/** The deployer's own clients, on a real engine that ends with the test. */
export async function engineForTest(words: readonly string[] = []): Promise<Rig> {
  const engine = await testEngine(words);
  const { endpoint, region } = JSON.parse(readFileSync(join(engine.folder, 'engine.json'), 'utf8'));
  const credentials = JSON.parse(readFileSync(join(engine.folder, 'credentials.json'), 'utf8'));
  const clients = await connect({ kind: 'embedded', endpoint, region, credentials });
  onTestFinished(() => clients.close());
  return { engine, clients };
}
