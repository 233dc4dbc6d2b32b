import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningTask, TaskRuntime } from '../../../src/engine/tasks/runtime.ts';
import { eventually, exitOf, hasLogged, logText, runToEnd, shell, taskSpec } from './rig.ts';

export interface RuntimeHarness {
  readonly runtime: TaskRuntime;
  /** Reference of an image that has a POSIX `sh`. */
  readonly image: string;
  /** Sends a signal to the main process of a task from outside, as a stranger would. */
  signal(task: RunningTask, signal: NodeJS.Signals): Promise<void>;
  /** Whether the main process of a task is still there, or its end not yet written down. */
  runs(task: RunningTask): Promise<boolean>;
  /** A runtime on the same folder as another engine would make it; the first is not used any more. */
  reopen(): Promise<TaskRuntime>;
  /** Ends every task and removes everything. */
  close(): Promise<void>;
}

/** What every runtime must do, whatever it runs tasks with. */
export function taskRuntimeConformance(name: string, makeHarness: () => Promise<RuntimeHarness>): void {
  describe(`${name} as a task runtime`, () => {
    let harness: RuntimeHarness;
    let runtime: TaskRuntime;
    let image: string;

    beforeEach(async () => {
      harness = await makeHarness();
      ({ runtime, image } = harness);
    });
    afterEach(async () => harness.close());

    describe('exits', () => {
      it('tells the exit code and the last lines of a task that ends by itself', async () => {
        const exit = await runToEnd(runtime, shell(image, 'echo one; echo two >&2; exit 3'));
        expect(exit).toMatchObject({ exitCode: 3, reason: null });
        // Two outputs, whose lines nobody promises to have in one order.
        expect(exit.lastLines.toSorted()).toEqual(['one', 'two']);
      });

      it('keeps only about the last twenty lines in an exit', async () => {
        const script = 'i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo $i; done';
        const { lastLines } = await runToEnd(runtime, shell(image, script));
        expect(lastLines).toEqual(Array.from({ length: 20 }, (_, index) => String(81 + index)));
      });

      it.each([
        ['TERM', 143],
        ['KILL', 137],
        ['INT', 130],
      ])('tells a death by SIG%s as exit code %i', async (signal, exitCode) => {
        expect(await runToEnd(runtime, shell(image, `kill -${signal} $$; sleep 60`))).toMatchObject({
          exitCode,
        });
      });

      it('calls every listener exactly once per task, also when the task is stopped', async () => {
        const heard: string[] = [];
        runtime.onExit((taskId) => heard.push(`first ${taskId}`));
        runtime.onExit((taskId) => heard.push(`second ${taskId}`));
        const short = shell(image, 'exit 0');
        const long = shell(image, 'sleep 60');
        await runToEnd(runtime, short);
        await runtime.start(long);
        await Promise.all([runtime.stop(long.taskId), runtime.stop(long.taskId)]);
        await runtime.stop(long.taskId);
        const expected = [short, long].flatMap(({ taskId }) => [`first ${taskId}`, `second ${taskId}`]);
        expect(heard.toSorted()).toEqual(expected.toSorted());
      });

      it('leaves no process behind when the main process ends', async () => {
        const script = '(while :; do echo beat; sleep 0.02; done) & sleep 0.2; echo end';
        const spec = shell(image, script);
        await runToEnd(runtime, spec);
        const before = (await logText(runtime, spec.taskId)).length;
        await runToEnd(runtime, shell(image, 'sleep 0.3'));
        expect(await logText(runtime, spec.taskId)).toHaveLength(before);
      });
    });

    it('may be told again and again that a task serves, whether it runs or not', async () => {
      const spec = shell(image, 'sleep 60');
      await runtime.start(spec);
      runtime.serves(spec.taskId);
      runtime.serves(spec.taskId);
      await runtime.stop(spec.taskId);
      runtime.serves(spec.taskId);
      runtime.serves('0'.repeat(32));
    });

    describe('stop', () => {
      it('lets a task that handles SIGTERM end in its own way', async () => {
        const spec = shell(image, `trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.02; done`);
        await runtime.start(spec);
        await hasLogged(runtime, spec.taskId, 'ready');
        const exit = await runtime.stop(spec.taskId);
        expect(exit.exitCode).toBe(7);
        expect(exit.lastLines).toContain('bye');
      });

      it('kills a task that ignores the stop signal once the grace time is over', async () => {
        const script = `trap '' TERM; echo ready; while :; do sleep 0.02; done`;
        const spec = shell(image, script, { stopTimeoutSeconds: 0.3 });
        await runtime.start(spec);
        await hasLogged(runtime, spec.taskId, 'ready');
        expect(await runtime.stop(spec.taskId)).toMatchObject({ exitCode: 137 });
      });

      it('sends the signal that the container names', async () => {
        const script = `trap 'exit 9' INT; trap 'exit 8' TERM; echo ready; while :; do sleep 0.02; done`;
        const spec = shell(image, script, { stopSignal: 'SIGINT' });
        await runtime.start(spec);
        await hasLogged(runtime, spec.taskId, 'ready');
        expect(await runtime.stop(spec.taskId)).toMatchObject({ exitCode: 9 });
      });

      it('may be repeated, and answers with the same exit', async () => {
        const spec = shell(image, 'sleep 60');
        await runtime.start(spec);
        const first = await runtime.stop(spec.taskId);
        expect(await runtime.stop(spec.taskId)).toEqual(first);
        const ended = shell(image, 'exit 4');
        const exit = await runToEnd(runtime, ended);
        expect(await runtime.stop(ended.taskId)).toEqual(exit);
      });

      it('refuses a stop signal that does not exist', async () => {
        const spec = shell(image, 'sleep 60', { stopSignal: 'SIGNONSENSE' });
        await expect(runtime.start(spec)).rejects.toMatchObject({ code: 'CannotStartContainerError' });
      });
    });

    describe('surroundings', () => {
      it('gives a task its own environment and nothing of the engine’s', async () => {
        process.env['FAIRWAY_TEST_SECRET'] = 'not for tasks';
        try {
          const spec = shell(image, 'env', { environment: { GREETING: 'a "quoted" $value' } });
          await runToEnd(runtime, spec);
          const lines = await logText(runtime, spec.taskId);
          expect(lines).toContain('GREETING=a "quoted" $value');
          expect(lines.filter((line) => line.startsWith('FAIRWAY_TEST_SECRET'))).toEqual([]);
        } finally {
          delete process.env['FAIRWAY_TEST_SECRET'];
        }
      });

      it('gives every task a host port of its own', async () => {
        const ports = [{ containerPort: 8080, hostPort: 0 }];
        const specs = Array.from({ length: 5 }, () => shell(image, 'sleep 60', { ports }));
        const tasks = await Promise.all(specs.map(async (spec) => runtime.start(spec)));
        const assigned = tasks.flatMap((task) => task.ports);
        expect(assigned).toHaveLength(5);
        expect(assigned.every(({ containerPort, hostPort }) => containerPort === 8080 && hostPort > 0)).toBe(
          true,
        );
        expect(new Set(assigned.map(({ hostPort }) => hostPort)).size).toBe(5);
      });

      it('refuses a fixed port that somebody else listens on', async () => {
        const server = createServer();
        const port = await new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve(portOf(server.address())));
        });
        try {
          const spec = shell(image, 'sleep 60', { ports: [{ containerPort: 80, hostPort: port }] });
          await expect(runtime.start(spec)).rejects.toMatchObject({
            code: 'CannotStartContainerError',
            message: expect.stringContaining(`port ${port} is already in use by`),
          });
        } finally {
          await new Promise((resolve) => server.close(resolve));
        }
      });
    });

    describe('what it runs', () => {
      it('works in the folder of the image that the container names', async () => {
        const spec = shell(image, 'cat here.txt', { workingDirectory: '/work' });
        expect((await runToEnd(runtime, spec)).lastLines).toEqual(['here']);
      });

      it('is the entry point with the command behind it', async () => {
        const spec = taskSpec(image, { entryPoint: ['sh', '-c'], command: ['echo "$0 $1"', 'one', 'two'] });
        expect((await runToEnd(runtime, spec)).lastLines).toEqual(['one two']);
      });

      it('is killed with 137 and told as out of memory when it holds more than it may', async () => {
        const script = `x=0123456789abcdef; i=0; while [ $i -lt 22 ]; do x=$x$x; i=$((i+1)); done; echo big; sleep 60`;
        const spec = shell(image, script, { memoryLimit: 32 * 1024 * 1024 });
        expect(await runToEnd(runtime, spec)).toMatchObject({
          exitCode: 137,
          reason: expect.stringMatching(/^OutOfMemoryError/),
        });
      });

      it('may hold as much as its limit', async () => {
        const script = `x=0123456789abcdef; i=0; while [ $i -lt 10 ]; do x=$x$x; i=$((i+1)); done; exit 4`;
        const spec = shell(image, script, { memoryLimit: 64 * 1024 * 1024 });
        expect(await runToEnd(runtime, spec)).toMatchObject({ exitCode: 4, reason: null });
      });
    });

    describe('a probe', () => {
      const started = async () => {
        const spec = shell(image, 'echo ready; sleep 60', {
          environment: { GREETING: 'hello' },
          workingDirectory: '/work',
        });
        await runtime.start(spec);
        await hasLogged(runtime, spec.taskId, 'ready');
        return spec.taskId;
      };

      it('passes where its command ends with 0, and not otherwise', async () => {
        const taskId = await started();
        expect(await runtime.probe(taskId, ['sh', '-c', 'exit 0'], 10_000)).toBe(true);
        expect(await runtime.probe(taskId, ['sh', '-c', 'exit 3'], 10_000)).toBe(false);
        expect(await runtime.probe(taskId, ['no-such-command-here'], 10_000)).toBe(false);
      });

      it('has the environment and the folder of its task', async () => {
        const taskId = await started();
        const argv = ['sh', '-c', '[ "$GREETING" = hello ] && [ -e here.txt ]'];
        expect(await runtime.probe(taskId, argv, 10_000)).toBe(true);
        const next = await harness.reopen();
        await next.adopt();
        expect(await next.probe(taskId, argv, 10_000)).toBe(true);
      });

      it('fails when its time is up, and its task runs on', async () => {
        const taskId = await started();
        expect(await runtime.probe(taskId, ['sh', '-c', 'sleep 60'], 200)).toBe(false);
        expect(await runtime.adopt()).toMatchObject([{ kind: 'running' }]);
      });

      it('fails where no such task runs', async () => {
        expect(await runtime.probe('0'.repeat(32), ['sh', '-c', 'exit 0'], 10_000)).toBe(false);
        const ended = shell(image, 'exit 0');
        await runToEnd(runtime, ended);
        expect(await runtime.probe(ended.taskId, ['sh', '-c', 'exit 0'], 10_000)).toBe(false);
      });

      it('writes nothing into the log of its task', async () => {
        const taskId = await started();
        await runtime.probe(taskId, ['sh', '-c', 'echo noise; echo noise >&2'], 10_000);
        await runtime.stop(taskId);
        expect(await logText(runtime, taskId)).toEqual(['ready']);
      });
    });

    describe('what cannot start', () => {
      it('says that an image is not found as ECS says it, and leaves nothing behind', async () => {
        const missing = `nobody/nothing@sha256:${'0'.repeat(64)}`;
        const spec = shell(missing, 'exit 0');
        await expect(runtime.start(spec)).rejects.toMatchObject({
          code: 'CannotPullContainerError',
          message: expect.stringContaining(missing),
        });
        expect(await runtime.adopt()).toEqual([]);
        await expect(runtime.readLog(spec.taskId, { limit: 1 })).rejects.toThrow(spec.taskId);
      });

      it('names an executable that the image does not have', async () => {
        const spec = taskSpec(image, { command: ['no-such-command-here', 'x'], isolation: {} });
        await expect(runtime.start(spec)).rejects.toMatchObject({
          code: 'CannotStartContainerError',
          message: expect.stringContaining('no-such-command-here'),
        });
        expect(await runtime.adopt()).toEqual([]);
      });
    });

    describe('logs', () => {
      it('are read page by page, oldest first, while the task runs and after it', async () => {
        const spec = shell(image, 'echo a; echo b; echo c; sleep 60');
        const started = await runtime.start(spec);
        await hasLogged(runtime, spec.taskId, 'c');
        const first = await runtime.readLog(spec.taskId, { limit: 2 });
        expect(first.lines.map(({ text }) => text)).toEqual(['a', 'b']);
        const second = await runtime.readLog(spec.taskId, { from: first.next, limit: 2 });
        expect(second.lines.map(({ text }) => text)).toEqual(['c']);
        const third = await runtime.readLog(spec.taskId, { from: second.next, limit: 2 });
        expect(third.lines).toEqual([]);
        await runtime.stop(spec.taskId);
        const again = await runtime.readLog(spec.taskId, { from: first.next, limit: 5 });
        expect(again.lines).toEqual(second.lines);
        expect(first.lines.every(({ at }) => at >= started.startedAt - 1000 && at <= Date.now())).toBe(true);
      });

      it('can be read from the end', async () => {
        const spec = shell(image, 'i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo $i; done');
        await runToEnd(runtime, spec);
        const { lines, next } = await runtime.readLog(spec.taskId, { limit: 3, tail: true });
        expect(lines.map(({ text }) => text)).toEqual(['48', '49', '50']);
        expect((await runtime.readLog(spec.taskId, { from: next, limit: 3 })).lines).toEqual([]);
      });

      it('hold a last line that was never finished', async () => {
        const spec = shell(image, 'echo whole; printf half');
        const { lastLines } = await runToEnd(runtime, spec);
        expect(lastLines).toEqual(['whole', 'half']);
      });

      it('are gone with the task once it is forgotten', async () => {
        const spec = shell(image, 'echo x');
        await runToEnd(runtime, spec);
        await runtime.forget(spec.taskId);
        await runtime.forget(spec.taskId);
        await expect(runtime.readLog(spec.taskId, { limit: 1 })).rejects.toThrow(spec.taskId);
        expect(await runtime.adopt()).toEqual([]);
      });

      it('are not forgotten while the task runs', async () => {
        const spec = shell(image, 'echo x; sleep 60');
        await runtime.start(spec);
        await expect(runtime.forget(spec.taskId)).rejects.toThrow(spec.taskId);
      });
    });

    describe('logs of a task that outlives an engine', () => {
      it('hold every line once, in order, whenever the engine went', async () => {
        const script = `i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo $i; [ $((i % 20)) -eq 0 ] && sleep 0.02; done; exit 0`;
        const spec = shell(image, script);
        await runtime.start(spec);
        let last = runtime;
        for (const line of ['40', '120', '200']) {
          await hasLogged(last, spec.taskId, line);
          last = await harness.reopen();
          await last.adopt();
        }
        await eventually(
          async () => ((await last.adopt()).some(({ kind }) => kind === 'exited') ? true : null),
          'the end of the task',
        );
        expect(await logText(last, spec.taskId)).toEqual(
          Array.from({ length: 400 }, (_, index) => String(index + 1)),
        );
      });
    });

    describe('adoption', () => {
      it('finds a running task again as it was, and tells its end', async () => {
        const ports = [{ containerPort: 80, hostPort: 0 }];
        const spec = shell(image, `trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done`, { ports });
        const started = await runtime.start(spec);
        await hasLogged(runtime, spec.taskId, 'ready');
        const next = await harness.reopen();
        expect(await next.adopt()).toEqual([{ kind: 'running', task: started }]);
        const heard = exitOf(next, spec.taskId);
        expect(await next.stop(spec.taskId)).toMatchObject({ exitCode: 5 });
        expect(await heard).toMatchObject({ exitCode: 5 });
      });

      it('hears of the end of an adopted task that ends by itself', async () => {
        const spec = shell(image, `trap 'echo asked; exit 6' TERM; echo ready; while :; do sleep 0.02; done`);
        const task = await runtime.start(spec);
        await hasLogged(runtime, spec.taskId, 'ready');
        const next = await harness.reopen();
        await next.adopt();
        const heard = exitOf(next, spec.taskId);
        await harness.signal(task, 'SIGTERM');
        expect(await heard).toMatchObject({ exitCode: 6, lastLines: ['ready', 'asked'] });
      });

      it('tells ends that nobody has seen, with code and last lines, until they are forgotten', async () => {
        const spec = shell(image, `trap 'echo asked; exit 6' TERM; echo ready; while :; do sleep 0.02; done`);
        const task = await runtime.start(spec);
        await hasLogged(runtime, spec.taskId, 'ready');
        const next = await harness.reopen();
        await harness.signal(task, 'SIGTERM');
        await eventually(async () => ((await harness.runs(task)) ? null : true), 'the end of the task');
        const exit = expect.objectContaining({ exitCode: 6, lastLines: ['ready', 'asked'] });
        const told = [{ kind: 'exited', taskId: spec.taskId, exit }];
        expect(await next.adopt()).toEqual(told);
        expect(await next.adopt()).toEqual(told);
        await next.forget(spec.taskId);
        expect(await next.adopt()).toEqual([]);
      });

      it('does not give out the port of an adopted task again', async () => {
        const spec = shell(image, 'sleep 60', { ports: [{ containerPort: 80, hostPort: 0 }] });
        const [port] = (await runtime.start(spec)).ports;
        const next = await harness.reopen();
        await next.adopt();
        const other = shell(image, 'sleep 60', {
          ports: [{ containerPort: 80, hostPort: port?.hostPort ?? 0 }],
        });
        await expect(next.start(other)).rejects.toMatchObject({
          message: expect.stringContaining('already in use'),
        });
      });
    });
  });
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}
