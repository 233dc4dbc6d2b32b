import { statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { isRunning } from '../../process/identity.ts';
import type { TaskFolder } from './folder.ts';
import { signalGroup } from './group.ts';
import type { TaskLog } from './log/log.ts';
import { writeExit } from './record.ts';
import type { TaskRecord } from './record.ts';
import { killed, outOfMemoryReason } from './runtime.ts';
import type { RunningTask, TaskExit } from './runtime.ts';
import { readShimState } from './shim.ts';
import { exists, send } from './signals.ts';
import { processesOf } from './survey.ts';
import type { Survey } from './survey.ts';

const lastLineCount = 20;
const lastLineLength = 2000;
const pollInterval = 5;
const leftoverInterval = 50;
/** Between two looks at all processes of the machine: those cost milliseconds. */
const surveyInterval = 20;
/** SIGKILL takes effect at once, unless the process sits in the kernel: it is waited for, but not for ever. */
const longestDeath = 5000;

export interface Surroundings {
  readonly clock: () => number;
  readonly survey: () => Promise<Survey>;
  /** Called once, when no process of the task is left. */
  readonly ended: (taskId: string, exit: TaskExit) => void;
}

/** A task that this engine watches, from its start or adoption to its end. */
export interface LiveTask {
  readonly record: TaskRecord;
  readonly log: TaskLog;
  readonly exited: Promise<TaskExit>;
  stop(): Promise<TaskExit>;
  /** It holds more memory than it may: it is killed. */
  outOfMemory(): void;
  /** To be called when the shim has ended. */
  shimEnded(): void;
  /** Kills what is left and tells the exit. */
  settle(): void;
  /** Looks whether anything has changed; for tasks whose shim is not this process's child. `surely`: also costly checks. */
  look(surely: boolean): void;
}

export function liveTask(
  record: TaskRecord,
  folder: TaskFolder,
  log: TaskLog,
  { clock, survey, ended }: Surroundings,
): LiveTask {
  const { taskId, shim, main } = record;
  const group = { taskId, leader: shim, logFile: folder.log };
  const { promise: exited, resolve } = Promise.withResolvers<TaskExit>();
  let settling = false;
  let stopping: Promise<TaskExit> | null = null;
  let seenSize = -1;
  let killedForMemory = false;

  const exitCode = (): number | null => readShimState(folder.state).exitCode;
  const mainRuns = (): boolean => main !== null && exitCode() === null && isRunning(main);
  const state = () => statSync(folder.state, { throwIfNoEntry: false });

  /** Cheap, to be asked often: a look at the state file's size, and more only when that or the shim has changed. */
  function mainHasEnded(): boolean {
    const stats = state();
    // Its folder was removed: nobody writes down any more that it has ended.
    if (stats === undefined) return !mainRuns();
    const { size } = stats;
    const wrote = size !== seenSize;
    seenSize = size;
    if (wrote && exitCode() !== null) return true;
    return !exists(shim.pid) && !mainRuns();
  }

  function settle(): void {
    if (settling) return;
    settling = true;
    void end();
  }

  async function end(): Promise<void> {
    await killAll();
    const code = exitCode();
    const exit: TaskExit = {
      exitCode: killedForMemory ? killed : code,
      reason: killedForMemory ? outOfMemoryReason : code === null ? unknownExit(record) : null,
      stoppedAt: stoppedAt(code),
      lastLines: lastLinesOf(log),
    };
    try {
      writeExit(folder.exit, exit);
    } catch {
      // A full disk. The exit is told all the same, and the state file still holds the code for whoever adopts the task.
    }
    resolve(exit);
    ended(taskId, exit);
  }

  /** The shim writes once, when the main process has ended; that may be long ago when nobody watched. */
  function stoppedAt(code: number | null): number {
    const written = state()?.mtimeMs;
    if (code === null || written === undefined) return clock();
    return Math.max(record.startedAt, Math.min(Math.round(written), clock()));
  }

  /** As the end of a container's first process ends all others. */
  async function killAll(): Promise<void> {
    const deadline = performance.now() + longestDeath;
    signalGroup(shim, 'SIGKILL');
    // Most often that was all.
    await until(() => !exists(shim.pid), performance.now() + surveyInterval);
    while (performance.now() < deadline) {
      const left = processesOf(group, await survey());
      if (left.length === 0) return;
      for (const pid of left) send(pid, 'SIGKILL');
      await setTimeout(surveyInterval);
    }
  }

  async function stop(): Promise<TaskExit> {
    const deadline = performance.now() + record.stopTimeoutSeconds * 1000;
    if (isRunning(shim)) send(shim.pid, 'SIGURG');
    // The main process alone first, as a container's PID 1 gets it: a master that drains its workers must not find them
    // signalled too.
    if (main !== null && mainRuns()) send(main.pid, record.stopSignal);
    await until(() => settling || mainHasEnded(), deadline);
    // A wrapper that just dies (`sh -c`, `npm start`) leaves its server behind: that gets the signal now, and the rest of the time.
    await stopLeftovers(deadline);
    if (main !== null && mainRuns()) {
      send(main.pid, 'SIGKILL');
      await until(() => settling || mainHasEnded(), performance.now() + longestDeath);
    }
    settle();
    return exited;
  }

  async function stopLeftovers(deadline: number): Promise<void> {
    const signalled = new Set<number>();
    while (performance.now() < deadline) {
      if (settling) return;
      const { rows, strays } = await survey();
      // The shim and the sleep that it waits in are no leftovers.
      const own = new Set(
        rows.filter(({ pid, parent }) => pid === shim.pid || parent === shim.pid).map(({ pid }) => pid),
      );
      const left = processesOf(group, { rows, strays }).filter((pid) => !own.has(pid));
      if (left.length === 0) return;
      for (const pid of left) {
        if (!signalled.has(pid)) send(pid, record.stopSignal);
        signalled.add(pid);
      }
      await setTimeout(leftoverInterval);
    }
  }

  function shimEnded(): void {
    // Killed alone, the shim leaves a task that runs on and is watched by `look`.
    if (!mainRuns()) settle();
  }

  return {
    record,
    log,
    exited,
    shimEnded,
    stop() {
      stopping ??= stop();
      return stopping;
    },
    outOfMemory() {
      if (settling || killedForMemory) return;
      killedForMemory = true;
      if (main !== null && mainRuns()) send(main.pid, 'SIGKILL');
      else settle();
    },
    look(surely) {
      if (settling || stopping) return;
      if (mainHasEnded()) settle();
      else if (surely && !isRunning(shim)) shimEnded();
    },
    settle,
  };
}

/** What an exit tells of a log that nobody writes any more. */
export function lastLinesOf(log: TaskLog): string[] {
  try {
    log.complete();
    const { lines } = log.read({ limit: lastLineCount, tail: true });
    return lines.map(({ text }) =>
      text.length > lastLineLength ? `${text.slice(0, lastLineLength)}…` : text,
    );
  } catch {
    return [];
  }
}

export function runningTask({ taskId, main, shim, startedAt, ports, imageDigest }: TaskRecord): RunningTask {
  return { taskId, pid: (main ?? shim).pid, startedAt, ports, imageDigest };
}

/** Worded as ECS words what its agent cannot learn from Docker. */
function unknownExit({ shim }: TaskRecord): string {
  return `CannotInspectContainerError: the exit code is unknown: the shim (pid ${shim.pid}) was lost while the container ran`;
}

async function until(condition: () => boolean, deadline: number): Promise<void> {
  while (!condition() && performance.now() < deadline) await setTimeout(pollInterval);
}
