import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { connect, type Clients } from '../../src/ecs/clients.ts';
import { clientSettings, serveForTest } from '../engine/api/endpoint.ts';
import type { StubAnswer } from '../engine/api/stub-operations.ts';
import { runEngine, testEngine, type TestEngine } from '../engine/core/rig.ts';
import { eventually } from '../engine/tasks/rig.ts';
import { programs } from '../programs.ts';

export interface Rig {
  readonly engine: TestEngine;
  readonly clients: Clients;
}

/** The deployer's own clients, on a real engine that ends with the test. */
export async function engineForTest(words: readonly string[] = []): Promise<Rig> {
  const engine = await testEngine(words);
  const clients = await connectTo(engine.folder);
  onTestFinished(() => clients.close());
  return { engine, clients };
}

/** The deployer's clients on a stub of the API, which ask once. */
export async function clientsOfStub(reply: StubAnswer): Promise<Clients> {
  const { url } = await serveForTest(reply);
  return clientsAt(url);
}

export function clientsAt(url: string): Clients {
  const settings = clientSettings(url);
  const [ecs, ssm] = [new ECSClient(settings), new SSMClient(settings)];
  const elb = new ElasticLoadBalancingV2Client(settings);
  const logs = new CloudWatchLogsClient(settings);
  const cloudwatch = new CloudWatchClient(settings);
  const autoscaling = new ApplicationAutoScalingClient(settings);
  const sts = new STSClient(settings);
  const close = (): void => {
    for (const client of [ecs, ssm, elb, logs, cloudwatch, autoscaling, sts]) client.destroy();
  };
  onTestFinished(close);
  return {
    address: { kind: 'embedded', endpoint: url, region: settings.region, credentials: settings.credentials },
    ecs,
    ssm,
    elb: () => Promise.resolve(elb),
    logs: () => Promise.resolve(logs),
    cloudwatch: () => Promise.resolve(cloudwatch),
    autoscaling: () => Promise.resolve(autoscaling),
    sts: () => Promise.resolve(sts),
    close,
  };
}

/** One engine for all tests of a file, which keep apart by the names of their apps. */
export function sharedEngine(): { readonly clients: Clients; readonly images: string } {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-ecs-'));
  const images = join(folder, 'images');
  const words = ['--state', folder, '--minute-ms', '1000', '--second-ms', '200'];
  let clients: Clients | null = null;
  beforeAll(async () => {
    mkdirSync(images);
    spawn(process.execPath, [programs.engine, ...words], { detached: true, stdio: 'ignore' }).unref();
    const file = join(folder, 'engine.json');
    await eventually(() => existsSync(file) || null, 'an engine');
    clients = await connectTo(folder);
  });
  afterAll(async () => {
    clients?.close();
    await runEngine([...words, '--stop-all']);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    images,
    get clients() {
      if (clients === null) throw new Error('the engine has not started');
      return clients;
    },
  };
}

async function connectTo(folder: string): Promise<Clients> {
  const { endpoint, region } = JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'));
  const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'));
  return connect({ kind: 'embedded', endpoint, region, credentials });
}
