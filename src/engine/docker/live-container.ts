import { setTimeout as pause } from 'node:timers/promises';
import type { TaskFolder } from '../tasks/folder.ts';
import { lastLinesOf } from '../tasks/live-task.ts';
import type { TaskLog } from '../tasks/log/log.ts';
import { writeExit } from '../tasks/record.ts';
import { killed, outOfMemoryReason } from '../tasks/runtime.ts';
import type { TaskExit } from '../tasks/runtime.ts';
import { endOf } from './container-end.ts';
import type { Containers, ContainerState } from './containers.ts';
import { logFrames } from './frames.ts';
import { logCopy } from './log-copy.ts';
import type { ContainerRecord } from './record.ts';

/** How long a line may wait for others. */
const togetherMs = 20;
/** Between two tries while the daemon does not answer, or has ended a log that goes on. */
const retryMs = 250;

export interface ContainerSurroundings {
  readonly containers: Containers;
  readonly clock: () => number;
  /** Called once, when the container has ended and its log is whole. */
  readonly ended: (taskId: string, exit: TaskExit) => void;
  /** This runtime looks away. */
  readonly closed: AbortSignal;
  /** Known to have ended like this, before anybody watched; null where nobody can tell. */
  readonly found?: ContainerState | null;
}

/** A container that this engine watches, from its start or adoption to its end. */
export interface LiveContainer {
  readonly record: ContainerRecord;
  readonly log: TaskLog;
  readonly exited: Promise<TaskExit>;
  stop(): Promise<TaskExit>;
  /** Ends it because it has lost what it cannot do without; `why` becomes its reason. */
  lose(why: string): void;
}

export function liveContainer(
  record: ContainerRecord,
  folder: TaskFolder,
  log: TaskLog,
  { containers, clock, ended, closed, found }: ContainerSurroundings,
): LiveContainer {
  const { taskId, containerId } = record;
  const { promise: exited, resolve } = Promise.withResolvers<TaskExit>();
  const copy = logCopy(log, `${folder.log}.copied`);
  const over = new AbortController();
  const following = follow(AbortSignal.any([over.signal, closed]));
  let stopping: Promise<TaskExit> | null = null;
  /** What it cannot do without and has lost, in ECS's words. */
  let loss: string | null = null;
  void watch();

  async function copyLog(follows: boolean, signal: AbortSignal): Promise<void> {
    const { since, take } = copy.begin();
    const framesIn = logFrames();
    const stream = await containers.logs(containerId, since, follows, signal);
    const { promise, resolve: done, reject } = Promise.withResolvers<void>();
    let heard: Buffer[] = [];
    let timer: NodeJS.Timeout | null = null;
    // Docker sends line by line: what comes together is written together. Not by `for await`: a rotation must not come in between.
    const write = (): void => {
      timer = null;
      const chunk = Buffer.concat(heard);
      heard = [];
      try {
        if (!signal.aborted) take(framesIn(chunk));
      } catch (failure) {
        stream.destroy();
        reject(failure);
      }
    };
    stream.on('data', (chunk: Buffer) => {
      heard.push(chunk);
      timer ??= setTimeout(write, togetherMs);
    });
    stream.once('error', reject);
    stream.once('close', () => {
      if (timer !== null) clearTimeout(timer);
      write();
      done();
    });
    await promise;
  }

  async function follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A full disk, or no daemon: what was not copied is asked for again.
      await copyLog(true, signal).catch(() => {});
      await pause(retryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async function watch(): Promise<void> {
    const state = found === undefined ? await endOf(containerId, containers, closed) : found;
    if (closed.aborted) return;
    over.abort();
    await following;
    if (state !== null) await copyLog(false, closed).catch(() => {});
    if (closed.aborted) return;
    const exit = exitOf(state);
    try {
      writeExit(folder.exit, exit);
      await containers.remove(containerId);
    } catch {
      // A full disk, or no daemon: the container stays, and with it what it says, for whoever adopts it.
    }
    resolve(exit);
    ended(taskId, exit);
  }

  function exitOf(state: ContainerState | null): TaskExit {
    const lastLines = lastLinesOf(log);
    if (state === null) {
      const reason = `CannotInspectContainerError: the exit code is unknown: the container ${containerId.slice(0, 12)} was removed, or its daemon has gone`;
      return { exitCode: null, reason, stoppedAt: clock(), lastLines };
    }
    return {
      exitCode: state.outOfMemory ? killed : state.exitCode,
      reason: state.outOfMemory ? outOfMemoryReason : loss,
      stoppedAt: Math.max(record.startedAt, Math.min(state.finishedAt ?? clock(), clock())),
      lastLines,
    };
  }

  async function stop(): Promise<TaskExit> {
    await containers.kill(containerId, record.stopSignal).catch(() => {});
    const grace = new AbortController();
    const inTime = await Promise.race([
      exited,
      pause(record.stopTimeoutSeconds * 1000, null, { signal: grace.signal }).catch(() => null),
    ]);
    grace.abort();
    if (inTime !== null) return inTime;
    await containers.kill(containerId, 'SIGKILL').catch(() => {});
    return exited;
  }

  return {
    record,
    log,
    exited,
    stop() {
      stopping ??= stop();
      return stopping;
    },
    lose(why) {
      // Whoever stops it already knows why.
      if (stopping !== null) return;
      loss = why;
      stopping = stop();
    },
  };
}
