import type { Cause, Verdict } from '../journal/cause.ts';

/** What is told at the end of a deployment; never anything else than what the engine says runs. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly cause: Cause | null;
  /** Null when nothing was begun. */
  readonly deployment: string | null;
  readonly release: string | null;
  /** Task definition ARN by service; null for a service that does not run. */
  readonly running: Readonly<Record<string, string | null>>;
}

/** Each verdict has an exit code of its own; 1 is left to faults of ours and 64 to a command line that is not understood. */
export const exitCodes: Readonly<Record<Verdict, number>> = {
  succeeded: 0,
  'nothing-to-do': 2,
  refused: 3,
  'rolled-back': 4,
  'needs-attention': 5,
};
