import type { Entry } from '../event.ts';
import type { Holder } from '../lease.ts';
import { isEntry } from '../line.ts';

/**
 * The one object in which everything is decided: who has the lease, and what the deployment that was last written to has
 * in its journal. Every write replaces it as a whole, and only the version that its writer has read.
 */
export interface Head {
  /** Of the job that wrote it. Makes every version another one, and tells a writer whose answer was lost that it is its own. */
  readonly mark: string;
  readonly epoch: number;
  readonly holder: Holder;
  /** When its holder got the lease, by the holder's clock: for people, and to tell it from any other of that epoch. */
  readonly since: number;
  readonly released: boolean;
  /** Null before the first event. */
  readonly open: OpenJournal | null;
}

export interface OpenJournal {
  readonly deployment: string;
  readonly entries: readonly Entry[];
}

/** Counts up when older versions of Fairway could no longer read it. */
const format = 1;

export function printHead(head: Head): string {
  return JSON.stringify({ format, ...head });
}

/** Null where the text is no head. */
export function parseHead(text: string): Head | 'of-a-later-version' | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('format' in value)) return null;
  if (typeof value.format === 'number' && value.format > format) return 'of-a-later-version';
  return isHead(value) ? value : null;
}

function isHead(value: object): value is Head {
  return (
    'mark' in value &&
    typeof value.mark === 'string' &&
    'epoch' in value &&
    Number.isInteger(value.epoch) &&
    'since' in value &&
    typeof value.since === 'number' &&
    'released' in value &&
    typeof value.released === 'boolean' &&
    'holder' in value &&
    isHolder(value.holder) &&
    'open' in value &&
    isOpenJournal(value.open)
  );
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'who' in value &&
    typeof value.who === 'string' &&
    'host' in value &&
    typeof value.host === 'string' &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'startTime' in value &&
    typeof value.startTime === 'string' &&
    'purpose' in value &&
    typeof value.purpose === 'string'
  );
}

function isOpenJournal(value: unknown): value is OpenJournal | null {
  if (value === null) return true;
  return (
    typeof value === 'object' &&
    'deployment' in value &&
    typeof value.deployment === 'string' &&
    'entries' in value &&
    Array.isArray(value.entries) &&
    value.entries.every((entry, index) => isEntry(entry) && entry.seq === index + 1)
  );
}
