import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/process/identity.ts';
import type { ProcessRuntime } from '../../../src/engine/tasks/process-runtime.ts';
import { processHarness } from './process-harness.ts';
import type { ProcessHarness } from './process-harness.ts';
import {
  eventually,
  exitOf,
  hasLogged,
  logText,
  pidOf,
  runToEnd,
  shell,
  taskSpec,
  writeImage,
} from './rig.ts';

/** Says `asked` at SIGTERM and ends a little later. */
const drains = `process.on('SIGTERM', () => { console.log('drained'); process.exit(0); }); console.log('ready'); setInterval(() => {}, 1000);`;

describe('a task that is a process', () => {
  let harness: ProcessHarness;
  let runtime: ProcessRuntime;
  let image: string;

  beforeEach(async () => {
    harness = await processHarness();
    ({ runtime, image } = harness);
  });
  afterEach(async () => harness.close());

  function node(script: string, ...args: string[]) {
    return taskSpec(image, { command: [process.execPath, '-e', script, ...args] });
  }

  function shimOf(taskId: string): number {
    return JSON.parse(readFileSync(join(harness.folder, 'engine', 'tasks', taskId, 'task.json'), 'utf8')).shim
      .pid;
  }

  // Only root may change shares as often as it likes, so only root can be sure to see each change.
  it.skipIf(!existsSync('/proc/self/autogroup') || process.getuid?.() !== 0)(
    'goes behind those that serve, until it serves itself',
    async () => {
      const spec = shell(image, 'sleep 60');
      await runtime.start(spec);
      const share = (): string => readFileSync(`/proc/${shimOf(spec.taskId)}/autogroup`, 'utf8');
      expect(share()).toMatch(/nice 10\n$/);
      runtime.serves(spec.taskId);
      expect(share()).toMatch(/nice 0\n$/);
    },
  );

  describe('is told where it is', () => {
    it('listens on the port it was given, on loopback', async () => {
      const script = `console.log(JSON.stringify({ port: process.env.PORT, host: process.env.HOST, second: process.env.PORT_9090 }))`;
      const spec = taskSpec(image, {
        command: [process.execPath, '-e', script],
        environment: { HOST: '0.0.0.0', PORT: '1' },
        ports: [
          { containerPort: 80, hostPort: 0 },
          { containerPort: 9090, hostPort: 0 },
        ],
      });
      const exit = exitOf(runtime, spec.taskId);
      const { ports } = await runtime.start(spec);
      await exit;
      expect(JSON.parse((await logText(runtime, spec.taskId))[0] ?? '')).toEqual({
        port: String(ports[0]?.hostPort),
        host: '127.0.0.1',
        second: String(ports[1]?.hostPort),
      });
    });

    it('has a home of its own to write to, and works in the image', async () => {
      const spec = shell(image, 'echo "$HOME" "$TMPDIR"; echo x > "$HOME/file"; cat hello.txt; umask');
      expect((await runToEnd(runtime, spec)).lastLines).toEqual([
        expect.stringContaining(spec.taskId),
        'hello',
        '0022',
      ]);
    });

    it.each([{ 'a.b': 'dotted' }, { UID: '7', PPID: '8', _: 'x' }, { IFS: ',', PS1: '$' }])(
      'gets even variables that a shell would not pass on: %o',
      async (environment) => {
        const script = `console.log(JSON.stringify(process.env))`;
        const { lastLines } = await runToEnd(runtime, {
          ...node(script),
          container: { ...node(script).container, environment },
        });
        expect(JSON.parse(lastLines[0] ?? '')).toMatchObject(environment);
      },
    );

    it('has nothing in its environment that nobody put there', async () => {
      // bash counts itself whatever one does.
      const script = `console.log(Object.keys(process.env).filter((name) => name !== 'SHLVL').sort().join(' '))`;
      const { lastLines } = await runToEnd(runtime, node(script));
      expect(lastLines).toEqual(['FAIRWAY_TASK_ID HOME HOST LANG PATH TMPDIR']);
    });
  });

  describe('ends whole', () => {
    it('takes along a process that made a session of its own', async (context) => {
      if (process.platform !== 'linux') context.skip();
      const script = `
        const child = require('node:child_process').spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
        child.unref(); console.log(child.pid);`;
      const { lastLines } = await runToEnd(runtime, node(script));
      expect(identityOf(Number(lastLines[0]))).toBeNull();
    });

    it('asks a server whose wrapper just dies, before it kills it', async () => {
      const spec = shell(image, `"$NODE" -e "$SCRIPT"; true`, {
        environment: { NODE: process.execPath, SCRIPT: drains },
      });
      await runtime.start(spec);
      await hasLogged(runtime, spec.taskId, 'ready');
      expect(await runtime.stop(spec.taskId)).toMatchObject({
        exitCode: 143,
        lastLines: ['ready', 'drained'],
      });
    });

    it('leaves it to a main process that drains to tell its children', async () => {
      const script = `
        let child;
        process.on('SIGTERM', () => child.on('exit', () => process.exit(0)));
        child = require('node:child_process').spawn('sh', ['-c', 'trap "echo interrupted" TERM; echo ready; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.03; done; echo finished'], { stdio: 'inherit' });`;
      const spec = node(script);
      await runtime.start(spec);
      await hasLogged(runtime, spec.taskId, 'ready');
      const { exitCode, lastLines } = await runtime.stop(spec.taskId);
      expect({ exitCode, lastLines }).toEqual({ exitCode: 0, lastLines: ['ready', 'finished'] });
    });

    it('keeps its shim when a signal goes to the whole group', async () => {
      const script = `n=0; trap 'n=$((n+1)); echo heard $n' TERM INT HUP USR1; echo ready; while :; do sleep 0.02; done`;
      const spec = shell(image, script, { stopTimeoutSeconds: 0.1 });
      await runtime.start(spec);
      await hasLogged(runtime, spec.taskId, 'ready');
      for (const [index, signal] of (['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const).entries()) {
        process.kill(-shimOf(spec.taskId), signal);
        await hasLogged(runtime, spec.taskId, `heard ${index + 1}`);
      }
      expect(identityOf(shimOf(spec.taskId))).not.toBeNull();
      expect(await runtime.stop(spec.taskId)).toMatchObject({ exitCode: 137 });
    });
  });

  describe('whose shim is killed', () => {
    it('runs on, and its end is told without a code', async () => {
      const spec = shell(image, `trap 'exit 3' TERM; echo ready; while :; do sleep 0.02; done`);
      const pid = pidOf(await runtime.start(spec));
      await hasLogged(runtime, spec.taskId, 'ready');
      const heard = exitOf(runtime, spec.taskId);
      process.kill(shimOf(spec.taskId), 'SIGKILL');
      await eventually(() => (identityOf(shimOf(spec.taskId)) === null ? true : null), 'the end of the shim');
      expect(identityOf(pid)).not.toBeNull();
      process.kill(pid, 'SIGTERM');
      expect(await heard).toMatchObject({ exitCode: null, reason: expect.stringContaining('the shim') });
    });

    it('can still be adopted, read and stopped, and leaves nothing behind', async () => {
      const spec = shell(image, `echo ready; while :; do sleep 0.02; done`);
      const started = await runtime.start(spec);
      await hasLogged(runtime, spec.taskId, 'ready');
      process.kill(shimOf(spec.taskId), 'SIGKILL');
      await eventually(() => (identityOf(shimOf(spec.taskId)) === null ? true : null), 'the end of the shim');
      const next = await harness.reopen();
      expect(await next.adopt()).toEqual([{ kind: 'running', task: started }]);
      expect(await next.stop(spec.taskId)).toMatchObject({ exitCode: null, lastLines: ['ready'] });
      expect(identityOf(pidOf(started))).toBeNull();
    });

    it('is told when both are killed at once', async () => {
      const spec = shell(image, 'sleep 300');
      await runtime.start(spec);
      const heard = exitOf(runtime, spec.taskId);
      process.kill(-shimOf(spec.taskId), 'SIGKILL');
      expect(await heard).toMatchObject({ exitCode: null });
    });
  });

  describe('that cannot start', () => {
    it('gives its port back', async () => {
      const ports = [{ containerPort: 80, hostPort: 0 }];
      const probe = await runtime.start(shell(image, 'sleep 300', { ports }));
      const hostPort = probe.ports[0]?.hostPort ?? 0;
      await runtime.stop(probe.taskId);
      const fixed = [{ containerPort: 80, hostPort }];
      await expect(
        runtime.start(taskSpec(image, { command: ['no-such-thing'], ports: fixed })),
      ).rejects.toThrow('no-such-thing');
      const again = await runtime.start(shell(image, 'sleep 300', { ports: fixed }));
      expect(again.ports).toEqual(probe.ports);
    });

    it('is not started twice under one id', async () => {
      const spec = shell(image, 'sleep 300');
      const starts = await Promise.allSettled([runtime.start(spec), runtime.start(spec)]);
      expect(starts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      await expect(runtime.start(spec)).rejects.toThrow(spec.taskId);
    });

    it('says who holds a port', async (context) => {
      if (process.platform !== 'linux') context.skip();
      const script = `require('node:net').createServer().listen(process.env.PORT, '127.0.0.1', () => console.log('ready'))`;
      const holder = taskSpec(image, {
        command: [process.execPath, '-e', script],
        ports: [{ containerPort: 80, hostPort: 0 }],
      });
      const { ports, pid } = await runtime.start(holder);
      await hasLogged(runtime, holder.taskId, 'ready');
      const other = await processHarness();
      try {
        const spec = shell(other.image, 'sleep 1', {
          ports: [{ containerPort: 80, hostPort: ports[0]?.hostPort ?? 0 }],
        });
        await expect(other.runtime.start(spec)).rejects.toThrow(`(pid ${pid})`);
      } finally {
        await other.close();
      }
    });

    it('is refused a mount, which a plain process cannot have', async () => {
      const mounts = [{ sourcePath: '/tmp', containerPath: '/data', readOnly: true }];
      await expect(runtime.start(shell(image, 'true', { mounts }))).rejects.toMatchObject({
        code: 'ResourceInitializationError',
      });
    });
  });

  it('runs what the image says, merged with what the container says as Docker does', async () => {
    const { reference } = await writeImage(
      harness.images,
      { 'bin/say': '#!/bin/sh\necho "$0 $* $GREETING"\n', 'sub/here': '' },
      {
        entryPoint: ['./bin/say'],
        command: ['hello'],
        environment: { GREETING: 'from the image' },
        stopSignal: 'SIGINT',
      },
    );
    const lines = async (container: Parameters<typeof taskSpec>[1]) =>
      (await runToEnd(runtime, taskSpec(reference, container))).lastLines;
    expect(await lines({})).toEqual([expect.stringMatching(/bin\/say hello from the image$/)]);
    expect(await lines({ command: ['bye'], environment: { GREETING: 'mine' } })).toEqual([
      expect.stringMatching(/bin\/say bye mine$/),
    ]);
    expect(await lines({ entryPoint: ['pwd'], workingDirectory: '/sub' })).toEqual([
      expect.stringMatching(/root\/sub$/),
    ]);
    await expect(runtime.start(taskSpec(reference, { workingDirectory: '/../..' }))).rejects.toMatchObject({
      code: 'CannotStartContainerError',
    });
  });
});
