import { appendFileSync, statSync, truncateSync } from 'node:fs';
import type { LogCursor, LogPage } from '../runtime.ts';
import { lastLines, linesFrom } from './lines.ts';
import { finishRotation, rotate } from './rotation.ts';
import type { LogLimits, Pause } from './rotation.ts';
import { currentSegment, rotatedSegments, withStream } from './segments.ts';
import { openTimes } from './times.ts';

export interface ReadOptions {
  readonly from?: LogCursor;
  readonly limit: number;
  readonly tail?: boolean;
}

/** The log of one task. A cursor is a position in the stream of all bytes ever written. */
export function openLog(file: string, clock: () => number, limits: LogLimits) {
  const times = openTimes(`${file}.times`);
  let start = 0;
  let rotating = false;
  let complete = false;
  relocate();

  function relocate(): void {
    start = currentSegment(file, rotatedSegments(file)).start;
  }

  function streamEnd(): number {
    const { start: first, size } = currentSegment(file, rotatedSegments(file));
    return first + size;
  }

  function observe(): number {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return 0;
    const end = start + stats.size;
    if (end > times.end()) {
      times.note(end, Math.min(stats.mtimeMs, clock()), rotatedSegments(file)[0]?.start ?? start);
    }
    return stats.size;
  }

  async function rotateNow(pause: Pause): Promise<void> {
    rotating = true;
    try {
      await rotate(file, limits, pause);
    } catch {
      // A full disk, most likely. The log is whole and grows on; the next sweep tries again.
    } finally {
      relocate();
      rotating = false;
    }
  }

  let sizeBefore = 0;
  let hot = false;

  return {
    /** To be called once a second: notes the time of what is new, and rotates when it is time to. */
    sweep(pause: Pause): void {
      if (rotating || complete) return;
      const size = observe();
      hot = size - sizeBefore > limits.fileBytes / 8;
      sizeBefore = size;
      if (size >= limits.fileBytes) void rotateNow(pause);
    },
    /** Grows so fast that it should be swept more often. */
    isHot: (): boolean => hot,
    isRotating: (): boolean => rotating,
    /** Completes what an engine that died amid a rotation had begun; the task must not write meanwhile. */
    finishRotation(): void {
      finishRotation(file);
      relocate();
    },
    /** No process of the task is left: a last line without line feed is a line. */
    complete(): void {
      complete = true;
      observe();
    },
    /** Where the stream ends now. */
    end: streamEnd,
    /** For a log that nobody but the engine writes: adds to it what was said at a time (ms since 1970). */
    append(bytes: Buffer, at: number): void {
      appendFileSync(file, bytes, { mode: 0o600 });
      times.note(streamEnd(), Math.min(at, clock()), rotatedSegments(file)[0]?.start ?? 0);
    },
    /** For such a log too: drops what lies behind a position. */
    cut(end: number): void {
      const { start: first, size } = currentSegment(file, rotatedSegments(file));
      if (first + size > end) truncateSync(file, Math.max(0, end - first));
    },
    read({ from, limit, tail }: ReadOptions): LogPage {
      observe();
      return withStream(file, (whole) => {
        // What was written since has no time yet: told with that of the note before, it would have another one later.
        const stream = { ...whole, end: Math.min(whole.end, times.end()) };
        const { lines, next } =
          tail === true && from === undefined
            ? lastLines(stream, limit, complete)
            : linesFrom(stream, positionOf(from), limit, complete);
        return { lines: lines.map(({ end, text }) => ({ at: times.at(end), text })), next: String(next) };
      });
    },
  };
}

export type TaskLog = ReturnType<typeof openLog>;

function positionOf(cursor: LogCursor | undefined): number {
  const position = Number(cursor ?? 0);
  return Number.isSafeInteger(position) && position >= 0 ? position : 0;
}
