import type { MigrationClass } from '../app/environment.ts';

/** What one statement would do to those who work while it runs, and to the revision that runs on after it. */
export interface Finding {
  readonly reasons: readonly Reason[];
  readonly locks: readonly Lock[];
  /** It takes as long as there are rows: whoever holds a lock meanwhile holds it long. */
  readonly works: boolean;
}

export interface Reason {
  /** `fails`: PostgreSQL would refuse it. */
  readonly class: MigrationClass | 'fails';
  readonly why: string;
  /** How to do it without; null where nobody knows a way. */
  readonly instead: string | null;
}

/** A lock on a table of the running revision. All locks are held until the transaction ends. */
export interface Lock {
  readonly table: string;
  readonly mode: LockMode;
  /** What the statement does to the rows while it holds it; null where it holds it for a moment. */
  readonly during: string | null;
  readonly instead: string | null;
}

/** From the weakest to the strongest. */
export const lockModes = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;

export type LockMode = (typeof lockModes)[number];

/** Whether whoever writes to the table waits for it: writers take ROW EXCLUSIVE. */
export function stopsWriters(mode: LockMode): boolean {
  return lockModes.indexOf(mode) >= lockModes.indexOf('SHARE');
}

export const harmless: Finding = { reasons: [], locks: [], works: false };

export function together(findings: readonly Finding[]): Finding {
  return {
    reasons: findings.flatMap(({ reasons }) => reasons),
    locks: findings.flatMap(({ locks }) => locks),
    works: findings.some(({ works }) => works),
  };
}

export function harm(kind: Reason['class'], why: string, instead: string | null = null): Finding {
  return { ...harmless, reasons: [{ class: kind, why, instead }] };
}

export const breaks = (why: string, instead: string | null = null): Finding =>
  harm('breaks-running', why, instead);
export const loses = (why: string, instead: string | null = null): Finding =>
  harm('loses-data', why, instead);
/** What nobody can tell may also take long. */
export const unknown = (why: string, instead: string | null = null): Finding => ({
  ...harm('unknown', why, instead),
  works: true,
});

/** A lock that is needed for a change of the catalogue only. */
export function moment(table: string, mode: LockMode = 'ACCESS EXCLUSIVE'): Finding {
  return { ...harmless, locks: [{ table, mode, during: null, instead: null }] };
}

/** A lock that is held while the rows are read or written. */
export function held(table: string, mode: LockMode, during: string, instead: string | null): Finding {
  return { ...harmless, locks: [{ table, mode, during, instead }], works: true };
}
