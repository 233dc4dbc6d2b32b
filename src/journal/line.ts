import type { Entry } from './event.ts';

export interface ParsedLines {
  readonly entries: readonly Entry[];
  readonly droppedBytes: number;
  /** 1-based; null when everything before the tail is whole. */
  readonly damagedLine: number | null;
}

/**
 * Journal lines, and what of the tail is not one. A crash can tear the last line and nothing else; two holders can only
 * interleave by epoch, so an entry of an older epoch behind a newer one was written by a holder that had lost its
 * lease, and does not count.
 */
export function parseEntries(bytes: Buffer): ParsedLines {
  const entries: Entry[] = [];
  let start = 0;
  let line = 0;
  while (start < bytes.length) {
    line += 1;
    const end = bytes.indexOf(0x0a, start);
    const entry = end === -1 ? null : parseEntry(bytes.toString('utf8', start, end));
    const last = entries.at(-1);
    if (entry === null || entry.seq !== (last?.seq ?? 0) + 1) {
      const stale = entry !== null && last !== undefined && entry.epoch < last.epoch;
      if (!stale) {
        const isTail = end === -1 || end === bytes.length - 1;
        if (isTail && entry === null)
          return { entries, droppedBytes: bytes.length - start, damagedLine: null };
        return { entries, droppedBytes: 0, damagedLine: line };
      }
    } else {
      entries.push(entry);
    }
    start = end + 1;
  }
  return { entries, droppedBytes: 0, damagedLine: null };
}

function parseEntry(text: string): Entry | null {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : null;
  } catch {
    return null;
  }
}

export function isEntry(value: unknown): value is Entry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'seq' in value &&
    Number.isInteger(value.seq) &&
    'at' in value &&
    typeof value.at === 'number' &&
    'epoch' in value &&
    Number.isInteger(value.epoch) &&
    'event' in value &&
    typeof value.event === 'object' &&
    value.event !== null &&
    'type' in value.event &&
    typeof value.event.type === 'string'
  );
}
