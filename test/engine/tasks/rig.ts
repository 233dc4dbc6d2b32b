import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { imageDigest } from '../../../src/engine/images/digest.ts';
import type { ImageConfiguration } from '../../../src/engine/images/image.ts';
import { treeEntries, treeItems } from '../../../src/engine/images/tree.ts';
import type {
  ContainerSpec,
  RunningTask,
  TaskExit,
  TaskRuntime,
  TaskSpec,
} from '../../../src/engine/tasks/runtime.ts';

export function taskSpec(image: string, container: Partial<ContainerSpec> = {}): TaskSpec {
  return {
    taskId: randomBytes(16).toString('hex'),
    container: {
      name: 'app',
      image,
      command: null,
      entryPoint: null,
      environment: {},
      workingDirectory: null,
      ports: [],
      mounts: [],
      stopSignal: null,
      stopTimeoutSeconds: 10,
      // Without it a container's first process hears no signal that it does not ask for.
      isolation: { init: true },
      ...container,
    },
  };
}

export function shell(image: string, script: string, container: Partial<ContainerSpec> = {}): TaskSpec {
  return taskSpec(image, { command: ['sh', '-c', script], ...container });
}

/** Polls; a generous deadline only so that a failing test ends. */
export async function eventually<Value>(
  look: () => Promise<Value | null> | Value | null,
  what: string,
  within = 90_000,
): Promise<Value> {
  const deadline = performance.now() + within;
  for (;;) {
    const value = await look();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`never came about: ${what}`);
    await setTimeout(10);
  }
}

export function pidOf({ taskId, pid }: RunningTask): number {
  if (pid === null) throw new Error(`nobody knows the pid of ${taskId}`);
  return pid;
}

/** To be called before the task can end. */
export async function exitOf(runtime: TaskRuntime, taskId: string): Promise<TaskExit> {
  return new Promise((resolve) => {
    runtime.onExit((ended, exit) => {
      if (ended === taskId) resolve(exit);
    });
  });
}

export async function runToEnd(runtime: TaskRuntime, spec: TaskSpec): Promise<TaskExit> {
  const exit = exitOf(runtime, spec.taskId);
  await runtime.start(spec);
  return exit;
}

export async function logText(runtime: TaskRuntime, taskId: string): Promise<string[]> {
  const lines: string[] = [];
  for (let from = '0'; ;) {
    const page = await runtime.readLog(taskId, { from, limit: 10_000 });
    lines.push(...page.lines.map(({ text }) => text));
    if (page.next === from) return lines;
    from = page.next;
  }
}

export async function hasLogged(runtime: TaskRuntime, taskId: string, text: string): Promise<void> {
  await eventually(
    async () => ((await logText(runtime, taskId)).includes(text) ? true : null),
    `the line ${text} in the log`,
  );
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'fairway-tasks-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Writes an image as docs/images.md says and returns its reference. */
export async function writeImage(
  folder: string,
  files: Readonly<Record<string, string>>,
  configuration: Partial<ImageConfiguration> = {},
): Promise<{ reference: string; root: string; folder: string }> {
  const image: ImageConfiguration = {
    command: ['sh'],
    entryPoint: null,
    workingDirectory: '.',
    environment: {},
    stopSignal: null,
    ...configuration,
  };
  const staging = join(folder, `staging-${randomBytes(4).toString('hex')}`);
  const staged = join(staging, 'root');
  mkdirSync(staged, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const file = join(staged, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, content.startsWith('#!') ? 0o555 : 0o444);
  }
  const digest = imageDigest(image, await treeEntries(staged, await treeItems(staged)));
  const hex = digest.slice('sha256:'.length);
  const host = { path: process.env['PATH'] ?? '' };
  writeFileSync(join(staging, 'image.json'), JSON.stringify({ format: 1, digest, ...image, host }));
  rmSync(join(folder, hex), { recursive: true, force: true });
  renameSync(staging, join(folder, hex));
  return { reference: `app@${digest}`, root: join(folder, hex, 'root'), folder: join(folder, hex) };
}
