import type { Stream } from './segments.ts';

interface Line {
  /** Position of the first byte and of the byte behind the line feed. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const lineFeed = 0x0a;
const chunkBytes = 64 * 1024;
const longestLine = 256 * 1024;
const cutMark = '… [cut]';
/** One answer holds about as much as CloudWatch Logs puts into one. */
const pageBytes = 1024 * 1024;

export interface Lines {
  readonly lines: Line[];
  /** Where the next page begins. */
  readonly next: number;
}

/**
 * Up to `limit` lines from a position on. A last line without line feed is a line only when nobody writes any more
 * (`complete`). What is no longer kept is skipped.
 */
export function linesFrom(stream: Stream, from: number, limit: number, complete: boolean): Lines {
  const lines: Line[] = [];
  let next = Math.min(Math.max(from, stream.start), stream.end);
  let bytes = 0;
  if (limit <= 0) return { lines, next };
  for (const line of scan(stream, next, complete)) {
    lines.push(line);
    next = line.end;
    bytes += line.text.length;
    if (lines.length >= limit || bytes >= pageBytes) break;
  }
  return { lines, next };
}

/** The last `limit` lines, or as many of them as a page holds. */
export function lastLines(stream: Stream, limit: number, complete: boolean): Lines {
  const lines: Line[] = [];
  let next = tailStart(stream, limit);
  for (const line of scan(stream, next, complete)) {
    lines.push(line);
    next = line.end;
  }
  return { lines: limit <= 0 ? [] : lines.slice(-limit), next };
}

/** Goes back until `limit` finished lines and perhaps an unfinished one lie behind it. */
function tailStart(stream: Stream, limit: number): number {
  let start = stream.end;
  let feeds = 0;
  while (start > stream.start && stream.end - start < pageBytes) {
    const from = Math.max(stream.start, start - chunkBytes);
    const chunk = stream.read(from, start - from);
    for (
      let at = chunk.lastIndexOf(lineFeed);
      at >= 0;
      at = at === 0 ? -1 : chunk.lastIndexOf(lineFeed, at - 1)
    ) {
      feeds += 1;
      if (feeds > limit) return from + at + 1;
    }
    start = from;
  }
  return start;
}

function* scan(stream: Stream, from: number, complete: boolean): Generator<Line> {
  let start = from;
  let position = from;
  let head: Buffer[] = [];
  let kept = 0;
  const take = (part: Buffer): void => {
    if (kept <= longestLine) head.push(part);
    kept += part.length;
  };
  while (position < stream.end) {
    const chunk = stream.read(position, Math.min(chunkBytes, stream.end - position));
    if (chunk.length === 0) break;
    let used = 0;
    for (let feed = chunk.indexOf(lineFeed); feed !== -1; feed = chunk.indexOf(lineFeed, used)) {
      take(chunk.subarray(used, feed));
      used = feed + 1;
      const end = position + used;
      yield { start, end, text: textOf(head) };
      start = end;
      head = [];
      kept = 0;
    }
    if (used < chunk.length) take(chunk.subarray(used));
    position += chunk.length;
  }
  if (complete && kept > 0) yield { start, end: stream.end, text: textOf(head) };
}

function textOf(parts: readonly Buffer[]): string {
  const bytes = Buffer.concat(parts);
  if (bytes.length > longestLine) {
    const room = longestLine - Buffer.byteLength(cutMark);
    return bytes.toString('utf8', 0, room).replace(/\uFFFD+$/, '') + cutMark;
  }
  const text = bytes.toString('utf8');
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
