import type { DeploymentState } from './machine.ts';

/**
 * The service's desired count changes while it is being deployed, or after. `threshold` is the breaker's at the new
 * count (see `breakerThreshold`).
 */
export function rescale(state: DeploymentState, count: number, threshold: number): DeploymentState {
  return {
    ...state,
    desiredCount: count,
    breaker: { ...state.breaker, threshold },
    desired: { ...state.desired, ...tasks(state, count) },
  };
}

function tasks(
  { status, source, strategy, desired }: DeploymentState,
  count: number,
): { readonly sourceTasks: number; readonly targetTasks: number } {
  // Between the two, a rolling deployment may only shrink: growing is the exchange's own business.
  const scaled = (wanted: number) =>
    wanted === 0 ? 0 : strategy.kind === 'ROLLING' ? Math.min(wanted, count) : count;
  switch (status) {
    case 'SUCCESSFUL':
      return { sourceTasks: 0, targetTasks: count };
    case 'PENDING':
    case 'ROLLBACK_SUCCESSFUL':
      return { sourceTasks: source === null ? 0 : count, targetTasks: 0 };
    case 'IN_PROGRESS':
    case 'STOP_REQUESTED':
    case 'STOPPED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
    case 'ROLLBACK_FAILED':
      return { sourceTasks: scaled(desired.sourceTasks), targetTasks: scaled(desired.targetTasks) };
  }
}
