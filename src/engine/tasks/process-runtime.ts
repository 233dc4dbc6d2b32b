import { randomInt } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { stepUp } from '../../process/priority.ts';
import type { ImageSource } from '../images/source.ts';
import { findTask } from './adoption.ts';
import { taskFolder } from './folder.ts';
import type { TaskFolder } from './folder.ts';
import { pauseOf, resumeTree } from './group.ts';
import { liveTask, runningTask } from './live-task.ts';
import type { LiveTask } from './live-task.ts';
import { openLog } from './log/log.ts';
import type { LogLimits } from './log/rotation.ts';
import { portBook } from './ports.ts';
import type { PortBook } from './ports.ts';
import { residentBytes } from './memory.ts';
import { placeOf, probe } from './probe.ts';
import type { Place } from './probe.ts';
import { processTable } from './process-table.ts';
import type { ProcessRow } from './process-table.ts';
import { readExit } from './record.ts';
import type { TaskRecord } from './record.ts';
import type { AdoptedTask, RunningTask, TaskExit, TaskRuntime, TaskSpec } from './runtime.ts';
import { removeTask } from './scratch.ts';
import { searchImage, startTask } from './start.ts';
import { surveyor } from './survey.ts';
import { taskBook } from './task-book.ts';

export interface ProcessRuntimeOptions {
  /** Everything of this runtime is below it; made if missing. For one engine at a time. */
  readonly folder: string;
  /** ms since 1970 */
  readonly clock: () => number;
  /** Asked in this order; the first that knows a reference has it. */
  readonly images: readonly ImageSource[];
  /** Shared with whoever else gives out ports of this machine. */
  readonly ports?: PortBook;
  readonly log?: LogLimits;
}

export interface ProcessRuntime extends TaskRuntime {
  /** Whether an image of this reference runs as a process. */
  has(image: string): Promise<boolean>;
  /** Watches no longer. Tasks run on. */
  close(): void;
}

const lookInterval = 200;
const looksPerSweep = 5;
/** Identities cost more than looking, and tell of a pid that was taken over. */
const looksPerIdentityCheck = 25;
const memoryInterval = 500;
const longestMemoryInterval = 5000;
/** Looking at everybody's memory takes one part in so many of the engine's time, unless that would be too seldom. */
const memoryShare = 50;
/** A task's log: 3 files of 10 MiB. */
export const defaultLog: LogLimits = { fileBytes: 10 * 1024 * 1024, files: 3 };

/** Tasks as real processes; shim.ts has what keeps them when the engine dies. */
export function createProcessRuntime(options: ProcessRuntimeOptions): ProcessRuntime {
  mkdirSync(join(options.folder, 'tasks'), { recursive: true, mode: 0o700 });
  const folder = realpathSync(options.folder);
  const { clock, images, log: limits = defaultLog } = options;
  const book = taskBook<LiveTask>({ folder, clock, limits });
  const { live } = book;
  /** Tasks whose shim is a child of this process and runs: its end will be an event. */
  const children = new Set<string>();
  const ports = options.ports ?? portBook((below) => randomInt(below));
  const survey = surveyor(() => new Set([...live.values()].map(({ record }) => record.shim.pid)));
  /** Of tasks that this engine started itself. */
  const places = new Map<string, Place>();
  let looks = 0;
  let closed = false;
  const timer = setInterval(look, lookInterval).unref();
  let memoryTimer = setTimeout(lookAtMemory, memoryInterval).unref();

  function lookAtMemory(): void {
    const before = process.cpuUsage();
    const limited = [...live.values()].filter(({ record }) => record.memoryLimit !== null);
    const sizes =
      limited.length === 0
        ? new Map<number, number>()
        : residentBytes(new Set(limited.map(({ record }) => record.shim.pid)));
    for (const task of limited) {
      const { shim, memoryLimit } = task.record;
      if (memoryLimit !== null && (sizes.get(shim.pid) ?? 0) > memoryLimit) task.outOfMemory();
    }
    // Of the processor's time: on a busy machine the wait for it says nothing.
    const { user, system } = process.cpuUsage(before);
    const pauseMs = ((user + system) / 1000) * memoryShare;
    memoryTimer = setTimeout(
      lookAtMemory,
      Math.min(longestMemoryInterval, Math.max(memoryInterval, pauseMs)),
    ).unref();
  }

  function look(): void {
    looks += 1;
    for (const [taskId, task] of live) {
      if (!children.has(taskId)) task.look(looks % looksPerIdentityCheck === 0);
      if (looks % looksPerSweep === 0 || task.log.isHot()) task.log.sweep(pauseOf(task.record.shim));
    }
  }

  function watch(record: TaskRecord, home: TaskFolder, tell: boolean): LiveTask {
    const log = openLog(home.log, clock, limits);
    const ended = (taskId: string, exit: TaskExit): void => {
      live.delete(taskId);
      children.delete(taskId);
      places.delete(taskId);
      ports.release(taskId, record.ports);
      if (tell) book.tell(taskId, exit);
    };
    const task = liveTask(record, home, log, { clock, survey, ended });
    live.set(record.taskId, task);
    return task;
  }

  async function start(spec: TaskSpec): Promise<RunningTask> {
    const { taskId } = spec;
    const home = taskFolder(folder, taskId);
    const { record, shim, place } = await startTask(spec, home, { clock, images, ports });
    const task = watch(record, home, true);
    places.set(taskId, place);
    const shimEnded = (): void => {
      if (closed) return;
      children.delete(taskId);
      task.shimEnded();
    };
    children.add(taskId);
    shim.once('exit', shimEnded);
    // It may have ended before anybody listened.
    if (shim.exitCode !== null || shim.signalCode !== null) shimEnded();
    return runningTask(record);
  }

  async function adoptTask(taskId: string, rows: () => readonly ProcessRow[]): Promise<AdoptedTask | null> {
    const known = live.get(taskId);
    if (known) return { kind: 'running', task: runningTask(known.record) };
    const home = taskFolder(folder, taskId);
    const told = readExit(home.exit);
    if (told) return { kind: 'exited', taskId, exit: told };
    const found = await findTask(home);
    switch (found.kind) {
      case 'never-started':
        removeTask(home);
        return null;
      case 'ended': {
        const task = watch(found.record, home, false);
        task.log.finishRotation();
        task.settle();
        return { kind: 'exited', taskId, exit: await task.exited };
      }
      case 'running': {
        const { record } = found;
        ports.hold(taskId, record.ports);
        // In this order: what a rotation had begun can be finished only while the task stands still.
        const task = watch(record, home, true);
        task.log.finishRotation();
        resumeTree(record.shim, rows());
        return { kind: 'running', task: runningTask(record) };
      }
    }
  }

  return {
    async has(image) {
      return (await searchImage(image, images)) !== null;
    },

    start: (spec) => book.start(spec.taskId, () => start(spec)),
    stop: book.stop,
    readLog: book.readLog,
    onExit: book.onExit,

    serves(taskId) {
      const task = live.get(taskId);
      if (task) void stepUp(task.record.shim.pid);
    },

    async probe(taskId, argv, timeoutMs) {
      const task = live.get(taskId);
      const place = task && (places.get(taskId) ?? placeOf(task.record.shim));
      return place ? probe(place, argv, timeoutMs) : false;
    },

    async adopt() {
      let table: readonly ProcessRow[] | null = null;
      const rows = (): readonly ProcessRow[] => (table ??= processTable());
      const adopted = await Promise.all(book.left().map(async (taskId) => adoptTask(taskId, rows)));
      return adopted.filter((task) => task !== null);
    },

    async forget(taskId) {
      book.expectEnded(taskId);
      removeTask(taskFolder(folder, taskId));
    },

    async release() {
      // They share nothing but the machine.
    },

    close() {
      closed = true;
      clearInterval(timer);
      clearTimeout(memoryTimer);
    },
  };
}
