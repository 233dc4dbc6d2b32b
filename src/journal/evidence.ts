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
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] };

/** One measured value beside its limit: `p95 912 ms, limit 500 ms`. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 's' | '%' | 'requests' | 'requests/s' | 'tasks';
  readonly limit: number | null;
  readonly ok: boolean;
}
