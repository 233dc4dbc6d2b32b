import { existsSync } from 'node:fs';
import { taskFolder, taskIds } from './folder.ts';
import { openLog } from './log/log.ts';
import type { TaskLog } from './log/log.ts';
import type { LogLimits } from './log/rotation.ts';
import { readExit } from './record.ts';
import type { RunningTask, TaskExit, TaskRuntime } from './runtime.ts';

interface Live {
  readonly log: TaskLog;
  stop(): Promise<TaskExit>;
}

interface BookOptions {
  /** The runtime's own. */
  readonly folder: string;
  /** ms since 1970 */
  readonly clock: () => number;
  readonly limits: LogLimits;
}

/** What every runtime knows of its tasks: which are being started, which it watches, and what the disk says of the others. */
export interface TaskBook<Task extends Live> extends Pick<TaskRuntime, 'stop' | 'readLog' | 'onExit'> {
  /** Those that are watched, by id. */
  readonly live: Map<string, Task>;
  /** A task is started once, ever. */
  start(taskId: string, start: () => Promise<RunningTask>): Promise<RunningTask>;
  /** Those on disk that are not being started just now. */
  left(): readonly string[];
  /** Tells everybody who listens. */
  tell(taskId: string, exit: TaskExit): void;
  /** Throws unless it has ended. */
  expectEnded(taskId: string): void;
}

export function taskBook<Task extends Live>({ folder, clock, limits }: BookOptions): TaskBook<Task> {
  const live = new Map<string, Task>();
  const starting = new Map<string, Promise<RunningTask>>();
  const listeners = new Set<(taskId: string, exit: TaskExit) => void>();
  return {
    live,

    async start(taskId, start) {
      if (starting.has(taskId) || existsSync(taskFolder(folder, taskId).path)) {
        throw new Error(`task ${taskId} has been started before`);
      }
      const started = start().finally(() => starting.delete(taskId));
      starting.set(taskId, started);
      return started;
    },

    left: () => taskIds(folder).filter((taskId) => !starting.has(taskId)),

    async stop(taskId) {
      await starting.get(taskId)?.catch(() => {});
      const task = live.get(taskId);
      const exit = task ? await task.stop() : readExit(taskFolder(folder, taskId).exit);
      if (exit === null) throw new Error(`no task ${taskId}`);
      return exit;
    },

    async readLog(taskId, wanted) {
      const task = live.get(taskId);
      if (task) return task.log.read(wanted);
      const home = taskFolder(folder, taskId);
      if (!existsSync(home.path)) throw new Error(`no task ${taskId}`);
      const log = openLog(home.log, clock, limits);
      if (readExit(home.exit) !== null) log.complete();
      return log.read(wanted);
    },

    onExit(listener) {
      listeners.add(listener);
    },

    tell(taskId, exit) {
      for (const listener of listeners) listener(taskId, exit);
    },

    expectEnded(taskId) {
      if (live.has(taskId) || starting.has(taskId)) throw new Error(`task ${taskId} still runs`);
    },
  };
}
