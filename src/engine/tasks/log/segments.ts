import { closeSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { dirname, basename, join } from 'node:path';

/**
 * A task's log is one endless stream of bytes, of which the newest part is kept: the file that the task appends to, and
 * before it rotated ones named by the position of their first byte. A position in the stream is a cursor that survives rotation.
 */
export interface Segment {
  readonly file: string;
  readonly start: number;
  readonly size: number;
}

/** The one being written comes behind the rotated ones. */
export function currentSegment(logFile: string, rotated: readonly Segment[]): Segment {
  const last = rotated.at(-1);
  const start = last === undefined ? 0 : last.start + last.size;
  return { file: logFile, start, size: statSync(logFile, { throwIfNoEntry: false })?.size ?? 0 };
}

/** Oldest first. */
export function rotatedSegments(logFile: string): Segment[] {
  const prefix = `${basename(logFile)}.`;
  return readdirSync(dirname(logFile))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => {
      const file = join(dirname(logFile), name);
      return { file, start: Number(name.slice(prefix.length)), size: statSync(file).size };
    })
    .toSorted((left, right) => left.start - right.start);
}

export interface Stream {
  /** First position still kept, and the position behind the last byte. */
  readonly start: number;
  readonly end: number;
  /** Fewer bytes than asked for only at the end. */
  read(position: number, length: number): Buffer;
}

/** Reads synchronously, so that no rotation comes in between. */
export function withStream<Result>(logFile: string, use: (stream: Stream) => Result): Result {
  const rotated = rotatedSegments(logFile);
  const current = currentSegment(logFile, rotated);
  const segments = [...rotated, current];
  const open = new Map<string, number>();
  const descriptor = (file: string): number => {
    const known = open.get(file);
    if (known !== undefined) return known;
    const fd = openSync(file, 'r');
    open.set(file, fd);
    return fd;
  };
  const read = (position: number, length: number): Buffer => {
    const parts: Buffer[] = [];
    let at = position;
    for (const { file, start, size } of segments) {
      const wanted = Math.min(position + length, start + size) - at;
      if (wanted <= 0) continue;
      const part = Buffer.allocUnsafe(wanted);
      const got = readSync(descriptor(file), part, 0, wanted, at - start);
      parts.push(part.subarray(0, got));
      at += got;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  };
  try {
    return use({ start: rotated[0]?.start ?? current.start, end: current.start + current.size, read });
  } finally {
    for (const fd of open.values()) closeSync(fd);
  }
}
