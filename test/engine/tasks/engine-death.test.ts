import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/process/identity.ts';
import { findStrays, processTable } from '../../../src/engine/tasks/process-table.ts';
import { processHarness } from './process-harness.ts';
import type { ProcessHarness } from './process-harness.ts';
import { eventually, exitOf, hasLogged, logText, shell } from './rig.ts';

const fixture = fileURLToPath(new URL('./engine.fixture.ts', import.meta.url));
const stoppable = `trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.02; done`;

describe('tasks of an engine that was killed', () => {
  let harness: ProcessHarness;
  const engines: ChildProcess[] = [];

  beforeEach(async () => {
    harness = await processHarness();
  });
  afterEach(async () => {
    for (const engine of engines.splice(0)) engine.kill('SIGKILL');
    await harness.close();
  });

  /** Resolves when the engine has said `word`; what it said before is in `lines`. */
  async function engine(
    count: number,
    script: string,
    word: string,
  ): Promise<{ child: ChildProcess; lines: string[] }> {
    const args = [fixture, harness.folder, harness.image, String(count), 'sh', '-c', script];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    engines.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually(() => (output.includes(word) ? true : null), `the engine says ${word}`);
    return { child, lines: output.split('\n').filter((line) => line.startsWith('{')) };
  }

  async function kill(child: ChildProcess): Promise<void> {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  it('run on, are adopted as they were, and stop as they should', async () => {
    const { child, lines } = await engine(1, stoppable, 'all');
    const started: { taskId: string; pid: number } = JSON.parse(lines[0] ?? '');
    await kill(child);
    expect(await harness.runtime.adopt()).toEqual([{ kind: 'running', task: started }]);
    await hasLogged(harness.runtime, started.taskId, 'ready');
    const heard = exitOf(harness.runtime, started.taskId);
    expect(await harness.runtime.stop(started.taskId)).toMatchObject({ exitCode: 5 });
    expect(await heard).toMatchObject({ exitCode: 5, lastLines: ['ready', 'bye'] });
    expect(identityOf(started.pid)).toBeNull();
  });

  it('tell how they ended while no engine was there', async () => {
    const { child, lines } = await engine(1, stoppable, 'all');
    const started: { taskId: string; pid: number } = JSON.parse(lines[0] ?? '');
    await eventually(() => (logOf(started.taskId).includes('ready') ? true : null), 'a ready task');
    await kill(child);
    process.kill(started.pid, 'SIGTERM');
    const state = join(taskFolderOf(started.taskId), 'state');
    await eventually(() => readFileSync(state, 'utf8').includes('exit 5\n') || null, 'its end on the disk');
    const exit = expect.objectContaining({ exitCode: 5, reason: null, lastLines: ['ready', 'bye'] });
    expect(await harness.runtime.adopt()).toEqual([{ kind: 'exited', taskId: started.taskId, exit }]);
  });

  it('are all known, whenever it was killed while it started them', async () => {
    const { child } = await engine(25, 'sleep 300', '\n');
    await kill(child);
    const adopted = await harness.runtime.adopt();
    expect(adopted.length).toBeGreaterThan(0);
    const running = adopted.flatMap((task) => (task.kind === 'running' ? [task.task] : []));
    expect(running).toHaveLength(adopted.length);
    await Promise.all(running.map(async ({ taskId }) => harness.runtime.stop(taskId)));
    const left = [...findStrays(processTable(), new Set()).byLog.keys()];
    expect(left.filter((file) => file.startsWith(harness.folder))).toEqual([]);
  });

  it('go on even where the engine had made them stand still', async () => {
    const { child, lines } = await engine(1, 'while :; do echo beat; sleep 0.02; done', 'all');
    const started: { taskId: string; pid: number } = JSON.parse(lines[0] ?? '');
    await kill(child);
    const shim = JSON.parse(readFileSync(join(taskFolderOf(started.taskId), 'task.json'), 'utf8')).shim.pid;
    process.kill(-shim, 'SIGSTOP');
    await harness.runtime.adopt();
    const before = (await logText(harness.runtime, started.taskId)).length;
    await eventually(
      async () => ((await logText(harness.runtime, started.taskId)).length > before ? true : null),
      'another beat',
    );
  });

  it('are not confused with a process that took over their pid', async () => {
    const stranger = spawn('sleep', ['300'], { stdio: 'ignore', detached: true });
    try {
      const { pid = 0 } = stranger;
      const identity = identityOf(pid);
      const spec = shell(harness.image, 'sleep 300');
      await harness.runtime.start(spec);
      await harness.runtime.stop(spec.taskId);
      // As if the machine had given the task's pids to somebody else.
      const folder = taskFolderOf(spec.taskId);
      const record = JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8'));
      const reused = { pid, startTime: `${identity?.startTime}-earlier` };
      writeFileSync(join(folder, 'task.json'), JSON.stringify({ ...record, shim: reused, main: reused }));
      writeFileSync(join(folder, 'state'), `main ${pid}\n`);
      rmSync(join(folder, 'exit.json'));
      const next = await harness.reopen();
      const exit = expect.objectContaining({ exitCode: null, reason: expect.stringContaining('unknown') });
      expect(await next.adopt()).toEqual([{ kind: 'exited', taskId: spec.taskId, exit }]);
      expect(identityOf(pid)).toEqual(identity);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('leave no secret on the disk', async () => {
    await engine(1, 'sleep 300', 'all');
    const files = readdirSync(harness.folder, { recursive: true, encoding: 'utf8' });
    const found = files.map((name) => join(harness.folder, name)).filter((file) => statSync(file).isFile());
    expect(found.length).toBeGreaterThan(2);
    expect(found.filter((file) => readFileSync(file, 'utf8').includes('a-secret-value'))).toEqual([]);
  });

  function taskFolderOf(taskId: string): string {
    return join(harness.folder, 'engine', 'tasks', taskId);
  }

  function logOf(taskId: string): string {
    return readFileSync(join(taskFolderOf(taskId), 'log'), 'utf8');
  }
});
