import type { ClassifiedStatement } from './classification.ts';
import type { Reason } from './finding.ts';

export interface Policy {
  /** Classes, and fingerprints of statements, that the description lets pass. */
  readonly allow: readonly string[];
  /** The same, asked for by whoever deploys, for this deployment only. */
  readonly asked: readonly string[];
  /** Where nothing runs yet, nothing can be broken or made to wait. */
  readonly somethingRuns: boolean;
}

/** The statements that may not be run, and those that may, though not without harm. */
export interface Ruling {
  readonly refused: readonly ClassifiedStatement[];
  readonly tolerated: readonly ClassifiedStatement[];
}

export function rule(policy: Policy, statements: readonly ClassifiedStatement[]): Ruling {
  const harmful = statements.filter((statement) => concerns(policy, statement).length > 0);
  const refused = harmful.filter((statement) => !passes(policy, statement));
  return { refused, tolerated: harmful.filter((statement) => !refused.includes(statement)) };
}

function concerns({ somethingRuns }: Policy, { reasons }: ClassifiedStatement): readonly Reason[] {
  return somethingRuns
    ? reasons
    : reasons.filter((reason) => reason.class === 'loses-data' || reason.class === 'fails');
}

function passes(policy: Policy, statement: ClassifiedStatement): boolean {
  const allowed = [...policy.allow, ...policy.asked];
  const reasons = concerns(policy, statement);
  // What PostgreSQL refuses is not made better by allowing it.
  if (reasons.some((reason) => reason.class === 'fails')) return false;
  if (allowed.includes(statement.fingerprint)) return true;
  return reasons.every((reason) => {
    // Without a limit everybody waits for as long as anybody is in the way: that is to be asked for each time.
    const list = reason.class === 'blocks-writers' && statement.waits === 'for ever' ? policy.asked : allowed;
    return list.includes(reason.class);
  });
}
