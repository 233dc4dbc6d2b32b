import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { stateFile } from '../../../src/engine/docker/relay/orders.ts';
import { createRelay } from '../../../src/engine/docker/relay/relay.ts';
import { readJson } from '../../../src/engine/tasks/record.ts';
import type { TaskRuntime } from '../../../src/engine/tasks/runtime.ts';
import { isRunning, readIdentity } from '../../../src/process/identity.ts';
import { findDocker } from '../../docker/daemon.ts';
import { freePort } from '../../ports.ts';
import { eventually, taskSpec } from '../tasks/rig.ts';
import { dockerHarness } from './docker-harness.ts';
import type { DockerHarness } from './docker-harness.ts';

/** Something that listens on 127.0.0.1 alone, as a store does. */
async function onLoopback(): Promise<number> {
  const listener = createServer((request, response) => response.end(`loopback ${request.url}`));
  const port = await freePort();
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    listener.close();
    listener.closeAllConnections();
  });
  return port;
}

/** By a connection of its own. */
const get = async (url: string): Promise<string> =>
  fetch(url, { headers: { connection: 'close' } }).then(async (answer) => answer.text(), String);

describe('a relay', () => {
  // Every address of 127.0.0.0/8 is this machine's, on Linux.
  const here = '127.0.0.2';

  it.skipIf(process.platform !== 'linux')(
    'leads to 127.0.0.1 whom it may let in, and nobody else',
    async () => {
      const port = await onLoopback();
      const relay = createRelay();
      onTestFinished(() => relay.close());
      await relay.follow({ address: here, ports: [port], subnets: ['127.0.0.0/8'] });
      expect(await get(`http://${here}:${port}/a`)).toBe('loopback /a');
      await relay.follow({ address: here, ports: [port], subnets: ['10.0.0.0/8'] });
      expect(await get(`http://${here}:${port}/a`)).toContain('TypeError');
      await relay.follow({ address: here, ports: [], subnets: ['127.0.0.0/8'] });
      expect(await get(`http://${here}:${port}/a`)).toContain('TypeError');
    },
  );

  it.skipIf(process.platform !== 'linux')('goes without a port that somebody else has', async () => {
    const [taken, free] = [await onLoopback(), await onLoopback()];
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(taken, here, resolve));
    onTestFinished(() => void other.close());
    const relay = createRelay();
    onTestFinished(() => relay.close());
    await relay.follow({ address: here, ports: [taken, free], subnets: ['127.0.0.0/8'] });
    expect(await get(`http://${here}:${free}/b`)).toBe('loopback /b');
  });
});

const docker = await findDocker();

describe.skipIf(docker === null)('a container beside a process', () => {
  let harness: DockerHarness;
  let runtime: TaskRuntime;

  beforeEach(async () => {
    if (docker === null) throw new Error('skipped');
    harness = await dockerHarness(docker);
    ({ runtime } = harness);
  });
  afterEach(async () => harness.close());

  const start = async (
    network: string | null,
  ): Promise<{ readonly port: number; readonly taskId: string }> => {
    const spec = taskSpec(harness.image, {
      command: ['node', '/app/server.mjs'],
      ports: [{ containerPort: 8080, hostPort: 0 }],
      isolation: {
        init: true,
        ...(network === null
          ? {}
          : { network: { kind: 'own', name: network, aliases: [], siblings: [] } as const }),
      },
    });
    const { ports } = await runtime.start(spec);
    const port = ports[0]?.hostPort ?? 0;
    await eventually(
      async () => ((await get(`http://127.0.0.1:${port}/health`)) === '?' ? true : null),
      'it',
    );
    return { port, taskId: spec.taskId };
  };
  const through = async (container: number, port: number): Promise<string> =>
    get(`http://127.0.0.1:${container}/fetch/host.docker.internal:${port}/x`);
  const relayRuns = (): boolean => {
    const identity = readIdentity(readJson(stateFile(join(harness.folder, 'docker', 'relay.json'))));
    return identity !== null && isRunning(identity);
  };

  it('reaches its port of 127.0.0.1 at host.docker.internal, whatever becomes of the engine, and strangers do not', async () => {
    const port = await onLoopback();
    harness.holdPort(port);
    const container = await start('shop');
    // A relay that takes long to start is not waited for.
    await eventually(
      async () => ((await through(container.port, port)) === 'loopback /x' ? true : null),
      'the way to the port',
    );
    const stranger = await start(null);
    expect(await through(stranger.port, port)).toContain('TypeError');
    const next = await harness.reopen();
    expect(await through(container.port, port)).toBe('loopback /x');
    await next.adopt();
    expect(await through(container.port, port)).toBe('loopback /x');
    expect(relayRuns()).toBe(true);
    await next.stop(container.taskId);
    await eventually(() => (relayRuns() ? null : true), 'the end of the relay');
  });

  it('reaches a port that a process takes later', async () => {
    const container = await start('shop');
    const port = await onLoopback();
    harness.holdPort(port);
    await eventually(
      async () => ((await through(container.port, port)) === 'loopback /x' ? true : null),
      'the way to the port',
    );
  });
});
