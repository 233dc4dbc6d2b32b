import type { DeploymentState, Observation } from './machine.ts';

export type BreakerThreshold =
  | { readonly type: 'BOUNDED_PERCENT'; readonly value: number }
  | { readonly type: 'UNBOUNDED_PERCENT'; readonly value: number }
  | { readonly type: 'COUNT'; readonly value: number };

export const defaultThreshold: BreakerThreshold = { type: 'BOUNDED_PERCENT', value: 50 };

/** How many failed tasks trip the breaker: by default half of the desired count, at least 3, at most 200. */
export function breakerThreshold(threshold: BreakerThreshold, desiredCount: number): number {
  const share = Math.ceil((threshold.value * desiredCount) / 100);
  switch (threshold.type) {
    case 'COUNT':
      return threshold.value;
    case 'UNBOUNDED_PERCENT':
      return Math.max(1, share);
    case 'BOUNDED_PERCENT':
      return Math.min(200, Math.max(3, share));
  }
}

export function breakerTripped(
  { breaker, strategy, assumptions }: DeploymentState,
  { target }: Observation,
): boolean {
  if (!breaker.enabled) return false;
  if (strategy.kind !== 'ROLLING' && !assumptions.breakerCoversBlueGreen) return false;
  return (breaker.resetOnHealthyTask ? target.failedInARow : target.failed) >= breaker.threshold;
}
