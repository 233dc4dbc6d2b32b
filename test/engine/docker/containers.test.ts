import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { member } from '../../../src/engine/docker/answer.ts';
import { dockerClient } from '../../../src/engine/docker/client.ts';
import { dockerSocket } from '../../../src/engine/docker/endpoint.ts';
import { createDockerRuntime } from '../../../src/engine/docker/docker-runtime.ts';
import { portBook } from '../../../src/engine/tasks/ports.ts';
import type { ContainerSpec, TaskRuntime } from '../../../src/engine/tasks/runtime.ts';
import { findDocker } from '../../docker/daemon.ts';
import {
  eventually,
  exitOf,
  hasLogged,
  logText,
  runToEnd,
  shell,
  taskSpec,
  temporaryFolder,
} from '../tasks/rig.ts';
import { dockerHarness } from './docker-harness.ts';
import type { DockerHarness } from './docker-harness.ts';

const docker = await findDocker();

describe.skipIf(docker === null)('a task that is a container', () => {
  let harness: DockerHarness;
  let runtime: TaskRuntime;
  let image: string;

  beforeEach(async () => {
    if (docker === null) throw new Error('skipped');
    harness = await dockerHarness(docker);
    ({ runtime, image } = harness);
  });
  afterEach(async () => harness.close());

  const web = (container: Partial<ContainerSpec> = {}) =>
    taskSpec(image, {
      command: ['node', '/app/server.mjs'],
      ports: [{ containerPort: 8080, hostPort: 0 }],
      ...container,
    });
  const get = async (port: number | undefined, path = '/'): Promise<string> =>
    eventually(
      () =>
        fetch(`http://127.0.0.1:${port}${path}`).then(
          async (answer) => answer.text(),
          () => null,
        ),
      `an answer at ${port}`,
    );
  const network = (...aliases: string[]) => ({
    init: true,
    network: { kind: 'own', name: 'shop', aliases, siblings: [] } as const,
  });

  it('answers at a loopback port of its own, however many have the same container port', async () => {
    const specs = ['a', 'b', 'c'].map((version) => web({ environment: { VERSION: version } }));
    const tasks = await Promise.all(specs.map(async (spec) => runtime.start(spec)));
    const answers = await Promise.all(tasks.map(async ({ ports }) => get(ports[0]?.hostPort)));
    expect(answers).toEqual(['a', 'b', 'c']);
    expect(tasks.map(({ ports }) => ports[0]?.host)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });

  it('reaches the others of its cluster by the name of their service', async () => {
    const other = await runtime.start(
      web({ environment: { VERSION: 'other' }, isolation: network('stock') }),
    );
    await get(other.ports[0]?.hostPort);
    const { ports } = await runtime.start(web({ isolation: network('shop') }));
    expect(await get(ports[0]?.hostPort, '/fetch/stock:8080/')).toBe('other');
  });

  it('reaches the containers of its own task by their names, which nobody else knows', async () => {
    const spec = web({ environment: { VERSION: 'sidecar' }, isolation: network() });
    const { ports } = await runtime.start(spec);
    await get(ports[0]?.hostPort);
    const siblings = [{ taskId: spec.taskId, alias: 'sidecar' }];
    const isolation = { init: true, network: { kind: 'own', name: 'shop', aliases: [], siblings } as const };
    const main = await runtime.start(web({ isolation }));
    expect(await get(main.ports[0]?.hostPort, '/fetch/sidecar:8080/')).toBe('sidecar');
    const stranger = await runtime.start(web({ isolation: network() }));
    expect(await get(stranger.ports[0]?.hostPort, '/fetch/sidecar:8080/')).toContain('TypeError');
  });

  it('leaves no network behind when the last of a cluster has gone', async () => {
    if (docker === null) return;
    const spec = shell(image, 'sleep 60', { isolation: network('stock') });
    await runtime.start(spec);
    const id = readFileSync(join(harness.folder, 'docker', 'runtime-id'), 'utf8').trim();
    const filters = JSON.stringify({ label: [`fairway.runtime=${id}`] });
    const known = async () => docker.call('GET', '/networks', { query: { filters } });
    expect(await known()).toHaveLength(1);
    await runtime.stop(spec.taskId);
    await eventually(
      async () => (member(await known(), 'length') === 0 ? true : null),
      'the end of the network',
    );
  });

  it('knows this machine as host.docker.internal', async () => {
    const listener = createServer((_, response) => response.end('the machine'));
    // All addresses: that a container reaches what listens on loopback alone is not to be had.
    await new Promise<void>((resolve) => listener.listen(0, resolve));
    try {
      const address = listener.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const { ports } = await runtime.start(web());
      await get(ports[0]?.hostPort);
      expect(await get(ports[0]?.hostPort, `/fetch/host.docker.internal:${port}/`)).toBe('the machine');
    } finally {
      listener.close();
      listener.closeAllConnections();
    }
  });

  it('sees a folder of the machine where it is mounted, and writes to it unless it is told not to', async () => {
    const sourcePath = join(harness.folder, 'volume');
    const mount = { sourcePath, containerPath: '/data', readOnly: false };
    await runToEnd(runtime, shell(image, 'echo kept > /data/file', { mounts: [mount] }));
    expect(readFileSync(join(sourcePath, 'file'), 'utf8')).toBe('kept\n');
    const readOnly = shell(image, 'cat /data/file; touch /data/other || exit 5', {
      mounts: [{ ...mount, readOnly: true }],
    });
    const { exitCode, lastLines } = await runToEnd(runtime, readOnly);
    expect(exitCode).toBe(5);
    expect(lastLines).toContain('kept');
    expect(readdirSync(sourcePath)).toEqual(['file']);
  });

  it('may write to a volume that was not there, whatever user it is', async () => {
    if (docker === null) return;
    const sourcePath = join(harness.folder, 'fresh');
    const spec = shell(image, 'sleep 60', {
      mounts: [{ sourcePath, containerPath: '/data', readOnly: false }],
    });
    await runtime.start(spec);
    const { id } = await harness.container(spec.taskId);
    const exec = await docker.call('POST', `/containers/${id}/exec`, {
      body: { Cmd: ['touch', '/data/file'], User: '1000' },
    });
    await docker.call('POST', `/exec/${String(member(exec, 'Id'))}/start`, { body: { Detach: true } });
    await eventually(() => (readdirSync(sourcePath).length > 0 ? true : null), 'a file in the volume');
  });

  it('has the processors, the memory and the weight that it may have, and its full weight once it serves', async () => {
    const spec = shell(image, 'sleep 60', {
      memoryLimit: 64 * 1024 * 1024,
      isolation: { init: true, cpus: 0.25, cpuShares: 512 },
    });
    await runtime.start(spec);
    const { described } = await harness.container(spec.taskId);
    expect(member(described, 'HostConfig')).toMatchObject({
      NanoCpus: 250_000_000,
      Memory: 64 * 1024 * 1024,
      MemorySwap: 64 * 1024 * 1024,
      CpuShares: 51,
    });
    runtime.serves(spec.taskId);
    await eventually(async () => {
      const now = await harness.container(spec.taskId);
      return member(now.described, 'HostConfig', 'CpuShares') === 512 ? true : null;
    }, 'its full weight');
  });

  it('may be allowed more processors than there are', async () => {
    const spec = shell(image, 'exit 6', { isolation: { cpus: 4096 } });
    expect(await runToEnd(runtime, spec)).toMatchObject({ exitCode: 6 });
  });

  it('has no init process of its own accord: its first process is the command', async () => {
    const script = 'cat /proc/1/comm';
    expect((await runToEnd(runtime, shell(image, script, { isolation: {} }))).lastLines).toEqual(['sh']);
    expect((await runToEnd(runtime, shell(image, script))).lastLines).toEqual(['docker-init']);
  });

  it('writes nothing of its environment into the folder that is kept of it', async () => {
    const spec = shell(image, 'sleep 60', { environment: { PASSWORD: 'swordfish' } });
    await runtime.start(spec);
    const folder = join(harness.folder, 'docker', 'tasks', spec.taskId);
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(kept.join('\n')).toContain(spec.taskId);
    expect(kept.join('\n')).not.toContain('swordfish');
  });

  it('is told as lost, without a code, when somebody removes it', async () => {
    const spec = shell(image, 'echo ready; sleep 60');
    await runtime.start(spec);
    await hasLogged(runtime, spec.taskId, 'ready');
    const heard = exitOf(runtime, spec.taskId);
    const { id } = await harness.container(spec.taskId);
    await docker?.call('DELETE', `/containers/${id}`, { query: { force: '1' } });
    const exit = await heard;
    expect([null, 137]).toContain(exit.exitCode);
    expect(exit.lastLines).toEqual(['ready']);
  });

  it('is told as lost by the next engine when it was removed meanwhile', async () => {
    const spec = shell(image, 'echo ready; sleep 60');
    await runtime.start(spec);
    await hasLogged(runtime, spec.taskId, 'ready');
    const { id } = await harness.container(spec.taskId);
    const next = await harness.reopen();
    await docker?.call('DELETE', `/containers/${id}`, { query: { force: '1' } });
    expect(await next.adopt()).toMatchObject([
      {
        kind: 'exited',
        exit: {
          exitCode: null,
          reason: expect.stringMatching(/^CannotInspectContainerError: /),
          lastLines: ['ready'],
        },
      },
    ]);
  });

  it('leaves no container behind when it has ended', async () => {
    const spec = shell(image, 'exit 0');
    await runToEnd(runtime, spec);
    await expect(harness.container(spec.taskId)).rejects.toThrow('no container');
  });

  it('keeps of a log what its limit says, the newest', async () => {
    if (docker === null) return;
    const small = await dockerHarness(docker, { fileBytes: 20_000, files: 2 });
    try {
      const script = `i=0; while [ $i -lt 12 ]; do i=$((i+1)); j=0; while [ $j -lt 1000 ]; do j=$((j+1)); echo "$i-$j"; done; sleep 0.3; done`;
      const spec = shell(small.image, script);
      await runToEnd(small.runtime, spec);
      // The first may be the rest of a line.
      const [, ...lines] = await logText(small.runtime, spec.taskId);
      const last = 11_000 + 1000;
      const all = Array.from(
        { length: last },
        (_, index) => `${Math.floor(index / 1000) + 1}-${(index % 1000) + 1}`,
      );
      expect(lines.length).toBeLessThan(last);
      expect(lines.length).toBeGreaterThan(1000);
      expect(lines).toEqual(all.slice(-lines.length));
    } finally {
      await small.close();
    }
  });
});

describe('where no Docker daemon answers', () => {
  const open = (folder: string): TaskRuntime & { close(): void } =>
    createDockerRuntime({
      folder,
      clock: Date.now,
      docker: dockerClient({ DOCKER_HOST: `unix://${join(folder, 'none.sock')}` }),
      ports: portBook(() => 0),
      log: { fileBytes: 1e6, files: 2 },
      relayCommand: ['false'],
    });

  it('an image is refused with what to do, and nothing is left behind', async () => {
    const folder = temporaryFolder();
    const runtime = open(folder.path);
    try {
      const spec = taskSpec('nginx:1.29');
      await expect(runtime.start(spec)).rejects.toMatchObject({
        code: 'CannotPullContainerError',
        message: expect.stringMatching(
          /nginx:1\.29: .*no Docker daemon answers at .*start Docker, or set DOCKER_HOST/,
        ),
      });
      expect(await runtime.adopt()).toEqual([]);
      expect(readdirSync(join(folder.path, 'tasks'))).toEqual([]);
    } finally {
      runtime.close();
      folder.remove();
    }
  });

  it('a socket that is no daemon of Docker’s is told as such', async () => {
    const client = dockerClient({ DOCKER_HOST: 'tcp://127.0.0.1:2375' });
    await expect(client.call('GET', '/info')).rejects.toThrow('only unix:// sockets are spoken to');
    const folder = temporaryFolder();
    const socket = join(folder.path, 'other.sock');
    mkdirSync(folder.path, { recursive: true });
    const other = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => other.listen(socket, resolve));
    try {
      await expect(dockerClient({ DOCKER_HOST: `unix://${socket}` }).call('GET', '/info')).rejects.toThrow(
        'Docker 20.10 is needed',
      );
    } finally {
      other.close();
      folder.remove();
    }
  });
});

describe('the daemon that is spoken to', () => {
  it('is that of the docker command: DOCKER_HOST, else its context', () => {
    const folder = temporaryFolder();
    try {
      const home = folder.path;
      const meta = createHash('sha256').update('vm').digest('hex');
      const files = {
        'config.json': { currentContext: 'vm' },
        [`contexts/meta/${meta}/meta.json`]: { Endpoints: { docker: { Host: 'unix:///vm/docker.sock' } } },
      };
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(home, '.docker', path)), { recursive: true });
        writeFileSync(join(home, '.docker', path), JSON.stringify(content));
      }
      expect(dockerSocket({ HOME: home })).toBe('/vm/docker.sock');
      expect(dockerSocket({ HOME: home, DOCKER_HOST: 'unix:///own.sock' })).toBe('/own.sock');
      const other = dockerSocket({ HOME: home, DOCKER_CONTEXT: 'default' });
      expect(other).not.toBe('/vm/docker.sock');
    } finally {
      folder.remove();
    }
  });
});
