import type { Core } from '../core.ts';
import type { LogPage, TaskRuntime } from '../tasks/runtime.ts';

export interface Line {
  readonly at: number;
  readonly text: string;
}

/** Of one answer; the runtime gives less where its own page is full. */
export const mostEvents = 10_000;

/**
 * The containers whose lines the runtime has, with the time after which there are no more: it knows nothing of a task that has
 * not started, or never did.
 */
export function startedContainers(core: Core): ReadonlyMap<string, number> {
  const started = new Map<string, number>();
  for (const { startedAt, stoppedAt, containers } of core.tables.tasks.all())
    if (startedAt !== null)
      for (const { runtimeId } of containers) started.set(runtimeId, stoppedAt ?? Infinity);
  return started;
}

/** A container's output as the runtime keeps it. */
export function taskLines(runtime: TaskRuntime, runtimeId: string) {
  const read = async (cursor: string | undefined, limit: number): Promise<LogPage> =>
    runtime.readLog(runtimeId, { ...(cursor === undefined ? {} : { from: cursor }), limit });
  return {
    read,

    async first(): Promise<Line | null> {
      return (await read(undefined, 1)).lines[0] ?? null;
    },

    async last(): Promise<Line | null> {
      return (await runtime.readLog(runtimeId, { limit: 1, tail: true })).lines.at(-1) ?? null;
    },

    /**
     * From a time on, oldest first. Who follows a log asks for its end again and again: that is read first, and all of it
     * only where the end does not reach back far enough. Earlier lines may come before.
     */
    async *since(at: number): AsyncGenerator<readonly Line[]> {
      if (at > 0) {
        const { lines } = await runtime.readLog(runtimeId, { limit: mostEvents, tail: true });
        const [first] = lines;
        if (first === undefined || first.at < at) {
          yield lines;
          return;
        }
      }
      let cursor: string | undefined;
      for (;;) {
        const page = await read(cursor, mostEvents);
        if (page.lines.length === 0) return;
        cursor = page.next;
        yield page.lines;
      }
    },
  };
}
