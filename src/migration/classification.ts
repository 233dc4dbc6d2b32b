import { migrationClasses } from '../app/environment.ts';
import type { Lock, Reason } from './finding.ts';

export type StatementClass = 'safe' | Reason['class'];

/** From what harms nobody to the worst. `fails`: PostgreSQL would refuse the statement. */
export const statementClasses: readonly StatementClass[] = ['safe', ...migrationClasses, 'fails'];

/** One statement of the pending SQL, judged against the revision that still runs. Nothing secret is in it. */
export interface ClassifiedStatement {
  /** The migration or file it is of; null where the command that prints the SQL names none. */
  readonly script: string | null;
  /** Within that, counted from 1. */
  readonly line: number;
  /** Whether its session gives up waiting for a lock. */
  readonly waits: 'limited' | 'for ever';
  /** The statement without its values. */
  readonly shown: string;
  /** Names this very statement, with its values: 12 hexadecimal digits. */
  readonly fingerprint: string;
  /** The worst of its reasons. */
  readonly class: StatementClass;
  readonly reasons: readonly Reason[];
  readonly locks: readonly Lock[];
}

export function worst(classes: Iterable<StatementClass>): StatementClass {
  const present = new Set(classes);
  return statementClasses.findLast((one) => present.has(one)) ?? 'safe';
}
