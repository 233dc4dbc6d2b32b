import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * When lines were written, though tasks write them raw: the engine notes how far the log had come at what time, once a second
 * while it grows and whenever it is read. A line's time is that of the first note behind it, so it is late by at most a second,
 * never runs backwards, and stays the same when it is read again; only where more notes are needed than are kept (nine hours of
 * writing without a pause) it comes to be less exact. What was written while no engine ran has the time of the last write.
 */
export interface Note {
  /** Position in the stream up to which everything had been written... */
  readonly end: number;
  /** ...at this time (ms since 1970). */
  readonly at: number;
}

const mostNotes = 32_768;

export function openTimes(file: string) {
  let notes = readNotes(file);

  function thin(oldest: number): void {
    const kept = notes.filter(({ end }) => end > oldest);
    const half =
      kept.length > mostNotes / 2
        ? kept.filter((_, index) => index % 2 === 1 || index === kept.length - 1)
        : kept;
    notes = half;
    writeFileSync(`${file}.new`, half.map(format).join(''), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  return {
    /** `oldest`: what lies before it is no longer kept. */
    note(end: number, at: number, oldest: number): void {
      const last = notes.at(-1);
      if (end <= (last?.end ?? 0)) return;
      const added = { end, at: Math.max(Math.floor(at), last?.at ?? 0) };
      notes.push(added);
      appendFileSync(file, format(added), { mode: 0o600 });
      if (notes.length > mostNotes) thin(oldest);
    },
    /** Time of what ends at this position. */
    at(end: number): number {
      let low = 0;
      let high = notes.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((notes[middle]?.end ?? 0) >= end) high = middle;
        else low = middle + 1;
      }
      return notes[low]?.at ?? 0;
    },
    end: (): number => notes.at(-1)?.end ?? 0,
  };
}

function format({ end, at }: Note): string {
  return `${end} ${at}\n`;
}

function readNotes(file: string): Note[] {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // None yet.
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').map(Number))
    .flatMap(([end, at]) => (end !== undefined && at !== undefined && end > 0 ? [{ end, at }] : []));
}
