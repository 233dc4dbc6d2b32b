import type { Observation, RevisionHealth } from './machine.ts';

const nothing: RevisionHealth = { running: 0, healthy: 0, failed: 0, failedInARow: 0, remaining: 0 };

/** What is seen of blue, green and whatever still older revisions are left. */
export interface Groups {
  readonly source: RevisionHealth;
  readonly target: RevisionHealth;
  readonly others: RevisionHealth;
}

export function groupsOf({ source, target, others }: Observation): Groups {
  return { source: source ?? nothing, target, others: others ?? nothing };
}

/**
 * Whether a group may be given (more) traffic: it has all its tasks healthy. While the group that has the traffic is
 * dead, one healthy task is better than none. In a service scaled to nothing it makes no difference.
 */
export function mayServe(healthy: number, wanted: number, elsewhere: number): boolean {
  return healthy >= (elsewhere === 0 ? Math.min(1, wanted) : wanted);
}
