import type { MigrationClass } from '../app/environment.ts';

/**
 * What shows that a cause is the cause: kept in the journal, printed with the verdict.
 * Everything in here has been cleared of secret values before it is made.
 */
export type Evidence =
  | {
      readonly kind: 'response';
      readonly request: string;
      readonly status: number | null;
      /** First 2,000 characters. */
      readonly body: string;
      readonly expected: string;
      readonly found: string;
    }
  | {
      readonly kind: 'output';
      readonly source: string;
      readonly exitCode: number | null;
      /** The last ones. */
      readonly lines: readonly string[];
      /** What it said before them, and how many lines between were left out; null when they were not counted. */
      readonly first?: { readonly lines: readonly string[]; readonly leftOut: number | null };
    }
  | {
      readonly kind: 'task';
      readonly service: string;
      readonly task: string;
      readonly exitCode: number | null;
      readonly reason: string;
      readonly lines: readonly string[];
    }
  | { readonly kind: 'statements'; readonly statements: readonly HarmfulStatement[] }
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] };

/** A statement of a migration that does, or may do, harm. Its values are left out. */
export interface HarmfulStatement {
  /** The migration or file it is of; null where there is no name. */
  readonly script: string | null;
  readonly line: number;
  readonly shown: string;
  /** Names this very statement, with its values. */
  readonly fingerprint: string;
  readonly reasons: readonly {
    readonly class: MigrationClass | 'fails';
    readonly why: string;
    /** How to do it without; null where nobody knows a way. */
    readonly instead: string | null;
  }[];
}

/** One measured value beside its limit: `p95 912 ms, limit 500 ms`. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 's' | '%' | 'requests' | 'requests/s' | 'tasks';
  readonly limit: number | null;
  readonly ok: boolean;
}
