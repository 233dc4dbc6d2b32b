import { join } from 'node:path';
import { imageStore } from '../../../src/engine/images/store.ts';
import type { ImageSource } from '../../../src/engine/images/source.ts';
import type { LogLimits } from '../../../src/engine/tasks/log/rotation.ts';
import { readRecord } from '../../../src/engine/tasks/record.ts';
import { exists } from '../../../src/engine/tasks/signals.ts';
import { createProcessRuntime } from '../../../src/engine/tasks/process-runtime.ts';
import type { ProcessRuntime } from '../../../src/engine/tasks/process-runtime.ts';
import { isRunning } from '../../../src/process/identity.ts';
import type { RuntimeHarness } from './conformance.ts';
import { pidOf, temporaryFolder, writeImage } from './rig.ts';

export interface ProcessHarness extends RuntimeHarness {
  readonly runtime: ProcessRuntime;
  readonly folder: string;
  readonly images: string;
  reopen(): Promise<ProcessRuntime>;
}

export function processRuntimeIn(
  folder: string,
  options: { readonly log?: LogLimits; readonly sources?: readonly ImageSource[] } = {},
): ProcessRuntime {
  const store = imageStore({
    folder: join(folder, 'images'),
    sealsFolder: join(folder, 'seals'),
    path: process.env['PATH'] ?? '',
  });
  return createProcessRuntime({
    folder: join(folder, 'engine'),
    clock: Date.now,
    images: [...(options.sources ?? []), store],
    ...(options.log ? { log: options.log } : {}),
  });
}

export async function processHarness(
  options: { readonly log?: LogLimits; readonly sources?: readonly ImageSource[] } = {},
): Promise<ProcessHarness> {
  const folder = temporaryFolder();
  const images = join(folder.path, 'images');
  const { reference } = await writeImage(images, { 'hello.txt': 'hello\n', 'work/here.txt': 'here\n' });
  const runtimes = [processRuntimeIn(folder.path, options)];
  const [runtime] = runtimes;
  if (runtime === undefined) throw new Error('no runtime');
  return {
    runtime,
    image: reference,
    folder: folder.path,
    images,
    async reopen() {
      for (const runtime of runtimes) runtime.close();
      const next = processRuntimeIn(folder.path, options);
      runtimes.push(next);
      return next;
    },
    async signal(task, signal) {
      process.kill(pidOf(task), signal);
    },
    async runs(task) {
      // Its shim writes down how it ended, and ends then.
      const record = readRecord(join(folder.path, 'engine', 'tasks', task.taskId, 'task.json'));
      return exists(pidOf(task)) || (record !== null && isRunning(record.shim));
    },
    async close() {
      for (const runtime of runtimes) runtime.close();
      const last = processRuntimeIn(folder.path, options);
      const tasks = await last.adopt();
      await Promise.all(
        tasks.map(async (task) => (task.kind === 'running' ? last.stop(task.task.taskId) : null)),
      );
      last.close();
      folder.remove();
    },
  };
}
