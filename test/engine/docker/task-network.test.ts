import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listIn, textIn } from '../../../src/engine/docker/answer.ts';
import { dockerClient } from '../../../src/engine/docker/client.ts';
import { holdingImage } from '../../../src/engine/docker/task-network/image.ts';
import { architectures, waitingProgram } from '../../../src/engine/docker/task-network/program.ts';
import { sharedFile } from '../../../src/engine/tasks/folder.ts';
import type { PortSpec, TaskRuntime, TaskSpec } from '../../../src/engine/tasks/runtime.ts';
import { findDocker } from '../../docker/daemon.ts';
import { eventually, exitOf, hasLogged, runToEnd, taskSpec, temporaryFolder } from '../tasks/rig.ts';
import { dockerHarness } from './docker-harness.ts';
import type { DockerHarness } from './docker-harness.ts';

describe('the program that holds a network', () => {
  it.each(architectures)('is a whole executable, for %s', (architecture) => {
    const file = waitingProgram(architecture);
    expect(file.toString('latin1', 0, 4)).toBe('\x7fELF');
    const [entry, segments] = [file.readBigUInt64LE(24), Number(file.readBigUInt64LE(32))];
    const at = file.readBigUInt64LE(segments + 16);
    const bytes = file.readBigUInt64LE(segments + 32);
    expect(bytes).toBe(BigInt(file.length));
    expect(entry).toBeGreaterThan(at);
    expect(entry).toBeLessThan(at + bytes);
    // What is loaded keeps its place within a page, or the kernel refuses it.
    expect((at - file.readBigUInt64LE(segments + 8)) % file.readBigUInt64LE(segments + 48)).toBe(0n);
  });

  it('says on arm64 what its instructions say in the manual: a call of ppoll, for ever', () => {
    const file = waitingProgram('arm64');
    const words = Array.from({ length: (file.length - 120) / 4 }, (_, index) =>
      file.readUInt32LE(120 + 4 * index),
    );
    const moves = words.slice(0, 5).map((word) => {
      // MOVZ Xd, #imm16
      expect(word >>> 21).toBe(0b110_1001_0100);
      return [word & 0x1f, (word >>> 5) & 0xffff];
    });
    expect(Object.fromEntries(moves)).toEqual({ 0: 0, 1: 0, 2: 0, 3: 0, 8: 73 });
    const [svc = 0, branch = 0] = words.slice(5);
    expect(svc).toBe(0xd4000001);
    // B: 26 bits of how many words from here, back to the first.
    expect(branch >>> 26).toBe(0b000101);
    expect(((branch & 0x3ffffff) << 6) >> 6).toBe(-6);
  });

  const here = architectures.find(
    (each) => each === { x64: 'amd64', arm64: 'arm64' }[process.arch as string],
  );
  it.skipIf(process.platform !== 'linux' || here === undefined)('runs until it is killed', async () => {
    if (here === undefined) return;
    const folder = temporaryFolder();
    try {
      const path = join(folder.path, 'hold');
      writeFileSync(path, waitingProgram(here));
      chmodSync(path, 0o755);
      const child = spawn(path, { stdio: 'ignore' });
      await once(child, 'spawn');
      // A signal that it outlives: it waits again.
      child.kill('SIGSTOP');
      child.kill('SIGCONT');
      expect(child.exitCode).toBeNull();
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    } finally {
      folder.remove();
    }
  });

  it('is told as not to be had where the daemon’s machine is another', async () => {
    const folder = temporaryFolder();
    const socket = join(folder.path, 'docker.sock');
    const daemon = createServer((_, response) => {
      response.setHeader('Api-Version', '1.41');
      response.end(JSON.stringify({ Os: 'linux', Arch: 's390x' }));
    });
    await new Promise<void>((resolve) => daemon.listen(socket, resolve));
    try {
      const client = dockerClient({ DOCKER_HOST: `unix://${socket}` });
      await expect(holdingImage(client)).rejects.toMatchObject({
        code: 'ResourceInitializationError',
        message: expect.stringMatching(
          /linux\/amd64 and linux\/arm64.*runs linux\/s390x.*network mode bridge/,
        ),
      });
    } finally {
      daemon.close();
      folder.remove();
    }
  });
});

const docker = await findDocker();

describe.skipIf(docker === null)('the containers of one task', () => {
  let harness: DockerHarness;
  let runtime: TaskRuntime;

  beforeEach(async () => {
    if (docker === null) throw new Error('skipped');
    harness = await dockerHarness(docker);
    ({ runtime } = harness);
  });
  afterEach(async () => harness.close());

  interface Wanted {
    readonly command?: readonly string[];
    readonly ports?: readonly PortSpec[];
    readonly environment?: Readonly<Record<string, string>>;
  }

  const server = ['node', '/app/server.mjs'];
  const port = { containerPort: 8080, hostPort: 0 };

  /** The containers of a task, by their names. */
  function task<Name extends string>(
    wanted: Readonly<Record<Name, Wanted>>,
    aliases: readonly string[] = [],
  ): { readonly id: string; readonly of: (name: Name) => TaskSpec } {
    const { taskId: id } = taskSpec(harness.image);
    const specs = new Map(
      Object.entries<Wanted>(wanted).map(([name, container]) => [
        name,
        taskSpec(harness.image, { name, command: server, ...container }),
      ]),
    );
    const members = [...specs.values()].map(({ taskId, container: { name, image, ports } }) => ({
      taskId,
      name,
      image,
      ports,
    }));
    const network = { kind: 'shared', name: 'shop', aliases, ecsTask: id, members } as const;
    const of = (name: Name): TaskSpec => {
      const spec = specs.get(name);
      if (spec === undefined) throw new Error(`no ${name}`);
      return { ...spec, container: { ...spec.container, isolation: { init: true, network } } };
    };
    return { id, of };
  }

  const get = async (hostPort: number | undefined, path = '/'): Promise<string> =>
    eventually(
      () =>
        fetch(`http://127.0.0.1:${hostPort}${path}`, { headers: { connection: 'close' } }).then(
          async (answer) => answer.text(),
          () => null,
        ),
      `an answer at ${hostPort}`,
    );
  /** Their pause containers, and what they are in; empty where none is left. */
  const pausesOf = async (ecsTask: string): Promise<readonly string[]> => {
    const filters = JSON.stringify({ label: [`fairway.network-of=${ecsTask}`] });
    const found = await docker?.call('GET', '/containers/json', { query: { all: '1', filters } });
    return listIn(found).map((each) => textIn(each, 'Id') ?? '');
  };
  const side = { environment: { PORT: '9090', VERSION: 'beside' } };

  it('reach each other on 127.0.0.1 and by their names, whichever started first', async () => {
    const { of } = task({ web: { ports: [port] }, side });
    const { ports } = await runtime.start(of('web'));
    await runtime.start(of('side'));
    const [web] = ports;
    expect(await get(web?.hostPort)).toBe('?');
    await eventually(
      async () => ((await get(web?.hostPort, '/fetch/127.0.0.1:9090/')) === 'beside' ? true : null),
      'the one beside it',
    );
    expect(await get(web?.hostPort, '/fetch/side:9090/')).toBe('beside');
    expect(await get(web?.hostPort, '/fetch/localhost:8080/')).toBe('?');
  });

  it('are reached at a port of this machine each, and by the name of their service at one address', async () => {
    const { of } = task(
      {
        web: { ports: [port], environment: { VERSION: 'web' } },
        side: { ...side, ports: [{ containerPort: 9090, hostPort: 0 }] },
      },
      ['stock'],
    );
    const [web, beside] = [await runtime.start(of('web')), await runtime.start(of('side'))];
    expect(await get(web.ports[0]?.hostPort)).toBe('web');
    expect(await get(beside.ports[0]?.hostPort)).toBe('beside');
    const other = await runtime.start(
      taskSpec(harness.image, {
        command: server,
        ports: [port],
        isolation: { init: true, network: { kind: 'own', name: 'shop', aliases: [], siblings: [] } },
      }),
    );
    expect(await get(other.ports[0]?.hostPort, '/fetch/stock:8080/')).toBe('web');
    expect(await get(other.ports[0]?.hostPort, '/fetch/stock:9090/')).toBe('beside');
  });

  it('cannot listen on one port both', async () => {
    const { of } = task({ web: { ports: [port] }, second: {} });
    const { ports } = await runtime.start(of('web'));
    await get(ports[0]?.hostPort);
    const { exitCode, lastLines } = await runToEnd(runtime, of('second'));
    expect(exitCode).toBe(1);
    expect(lastLines.join('\n')).toContain('EADDRINUSE');
  });

  it('do not share it with those of another task', async () => {
    const [one, two] = [task({ web: { ports: [port] }, side }), task({ web: { ports: [port] }, side })];
    await runtime.start(one.of('side'));
    await hasLogged(runtime, one.of('side').taskId, 'listening beside');
    const { ports } = await runtime.start(one.of('web'));
    expect(await get(ports[0]?.hostPort, '/fetch/127.0.0.1:9090/')).toBe('beside');
    const other = await runtime.start(two.of('web'));
    expect(await get(other.ports[0]?.hostPort, '/fetch/127.0.0.1:9090/')).toContain('TypeError');
  });

  it('keep the network when one of them has ended, and a later one is in the same', async () => {
    const { id, of } = task({
      // What it prints is its address, which the task keeps.
      first: { command: ['node', '-e', address] },
      web: { ports: [port] },
      last: { command: ['node', '-e', address] },
    });
    const first = await runToEnd(runtime, of('first'));
    const pauses = await pausesOf(id);
    expect(pauses).toHaveLength(1);
    const { ports } = await runtime.start(of('web'));
    const last = await runToEnd(runtime, of('last'));
    expect(last.lastLines).toEqual(first.lastLines);
    expect(first.lastLines).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)]);
    expect(await get(ports[0]?.hostPort)).toBe('?');
    expect(await pausesOf(id)).toEqual(pauses);
  });

  it('leave nothing behind once their task is released, and their ports are free for the next', async () => {
    const fixed = await runtime.start(taskSpec(harness.image, { command: server, ports: [port] }));
    const hostPort = fixed.ports[0]?.hostPort ?? 0;
    await runtime.stop(fixed.taskId);
    const wanted = { web: { ports: [{ containerPort: 8080, hostPort }] }, side };
    const [one, two] = [task(wanted), task(wanted)];
    await runtime.start(one.of('web'));
    await get(hostPort);
    await expect(runtime.start(two.of('web'))).rejects.toMatchObject({
      message: expect.stringContaining(`port ${hostPort} is already in use by task`),
    });
    expect(await pausesOf(two.id)).toEqual([]);
    await runtime.stop(one.of('web').taskId);
    const released = runtime.release(one.id);
    // It waits for the port, and nobody else does.
    await runtime.start(two.of('side'));
    await released;
    expect(await pausesOf(one.id)).toEqual([]);
    expect(existsSync(sharedFile(join(harness.folder, 'docker'), one.id))).toBe(false);
    await runtime.start(two.of('web'));
    await get(hostPort);
    await runtime.release(one.id);
    await runtime.release('0'.repeat(32));
  });

  it('are adopted together with their network, which the next engine releases', async () => {
    const { id, of } = task({ first: { command: ['true'], ports: [] }, web: { ports: [port] }, side });
    const started = await runtime.start(of('web'));
    await get(started.ports[0]?.hostPort);
    const next = await harness.reopen();
    expect(await next.adopt()).toEqual([
      { kind: 'shared', ecsTask: id },
      { kind: 'running', task: started },
    ]);
    await next.start(of('side'));
    await hasLogged(next, of('side').taskId, 'listening beside');
    expect(await get(started.ports[0]?.hostPort, '/fetch/127.0.0.1:9090/')).toBe('beside');
    await next.stop(of('web').taskId);
    await next.stop(of('side').taskId);
    await next.release(id);
    expect(await pausesOf(id)).toEqual([]);
    expect((await next.adopt()).filter(({ kind }) => kind === 'shared')).toEqual([]);
  });

  it('find their network again that an engine left between two of them', async () => {
    const { id, of } = task({ first: { command: ['node', '-e', address] }, web: { ports: [port] } });
    await runToEnd(runtime, of('first'));
    const pauses = await pausesOf(id);
    const next = await harness.reopen();
    expect(await next.adopt()).toMatchObject([{ kind: 'shared', ecsTask: id }, { kind: 'exited' }]);
    const { ports } = await next.start(of('web'));
    expect(await get(ports[0]?.hostPort)).toBe('?');
    expect(await pausesOf(id)).toEqual(pauses);
  });

  it('begin anew where an engine died amid making their network', async () => {
    if (docker === null) return;
    const { id, of } = task({ web: { ports: [port] }, side });
    const folder = join(harness.folder, 'docker');
    mkdirSync(join(folder, 'shared'), { recursive: true });
    const record = { ecsTask: id, containerId: null, network: 'shop', ports: [] };
    writeFileSync(sharedFile(folder, id), JSON.stringify(record));
    const left = { Image: harness.image, Labels: { 'fairway.network-of': id } };
    await docker.call('POST', '/containers/create', { query: { name: `fairway-${id}-pause` }, body: left });
    const next = await harness.reopen();
    expect(await next.adopt()).toEqual([]);
    expect(await pausesOf(id)).toEqual([]);
    const { ports } = await next.start(of('web'));
    expect(await get(ports[0]?.hostPort)).toBe('?');
  });

  it('end, and say why, when somebody ends what holds their network; no other starts without it', async () => {
    if (docker === null) return;
    const { id, of } = task({ web: { ports: [port] }, side, late: {} });
    await runtime.start(of('web'));
    await runtime.start(of('side'));
    const ends = [exitOf(runtime, of('web').taskId), exitOf(runtime, of('side').taskId)];
    await Promise.all(
      [of('web'), of('side')].map(async ({ taskId, container: { environment } }) =>
        hasLogged(runtime, taskId, `listening ${environment['VERSION'] ?? '?'}`),
      ),
    );
    const [pause] = await pausesOf(id);
    await docker.call('POST', `/containers/${pause}/kill`, { query: { signal: 'SIGKILL' } });
    const reason = expect.stringMatching(
      /^ContainerNetworkingError: the pause container [0-9a-f]{12}, which holds the network of the task, ended with exit code 137$/,
    );
    // Each in its own way: they are asked to stop.
    expect(await Promise.all(ends)).toMatchObject([
      { exitCode: 0, reason },
      { exitCode: 0, reason },
    ]);
    await expect(runtime.start(of('late'))).rejects.toMatchObject({
      code: 'CannotStartContainerError',
      message: reason,
    });
  });

  it('end, and say why, when the next engine finds that their network is gone', async () => {
    if (docker === null) return;
    const { id, of } = task({ web: { ports: [port] }, side });
    const { ports } = await runtime.start(of('web'));
    await get(ports[0]?.hostPort);
    const next = await harness.reopen();
    const [pause] = await pausesOf(id);
    await docker.call('DELETE', `/containers/${pause}`, { query: { force: '1' } });
    const heard = exitOf(next, of('web').taskId);
    await next.adopt();
    expect(await heard).toMatchObject({
      exitCode: 0,
      reason: expect.stringMatching(/^ContainerNetworkingError: .* was removed, or its daemon has gone$/),
    });
  });

  it('reach a port of this machine as host.docker.internal', async () => {
    const listener = createServer((_, response) => response.end('the machine'));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    try {
      const address = listener.address();
      const there = typeof address === 'object' ? (address?.port ?? 0) : 0;
      harness.holdPort(there);
      const { of } = task({ web: { ports: [port] }, side });
      const { ports } = await runtime.start(of('web'));
      const through = async () => get(ports[0]?.hostPort, `/fetch/host.docker.internal:${there}/`);
      // A relay that takes long to start is not waited for.
      await eventually(
        async () => ((await through()) === 'the machine' ? true : null),
        'the way to the port',
      );
    } finally {
      listener.close();
      listener.closeAllConnections();
    }
  });
});

/** Prints the address that its container has. */
const address = `console.log(Object.values(require('os').networkInterfaces()).flat().find((each) => !each.internal).address)`;
