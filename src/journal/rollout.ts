import type { Barrier, Step } from './barrier.ts';

/** What is moved from where to where; all that `decide` needs besides the journal and the engine's state. */
export interface Rollout {
  readonly services: readonly RolloutService[];
  /** Milliseconds. */
  readonly scaleUpDeadline: number;
}

export interface RolloutService {
  readonly service: string;
  /** Task definition ARNs. */
  readonly previous: string | null;
  readonly target: string;
  /** Whether the deployment pauses at the barriers (blue-green, canary, linear) or goes through (rolling). */
  readonly pauses: boolean;
  /** Percent of the traffic that green has after each step of its shift, 100 the last; none where it shifts in one go. */
  readonly steps?: readonly number[];
}

/** The barriers of one service, in order. Its pauses come in this order too, each once. */
export function barriersOf({ steps = [] }: Pick<RolloutService, 'steps'>): readonly Barrier[] {
  return ['A', ...steps.map((_, index): Barrier => `S${index + 1}`), 'B'];
}

/** The barriers of a rollout: of the service that has most. */
export function barriersIn({ services }: Rollout): readonly Barrier[] {
  return services.map(barriersOf).reduce((most, one) => (one.length > most.length ? one : most), ['A', 'B']);
}

/** Percent of the traffic that green has while it is waited at a barrier; 0 before the first step. */
export function shareAt({ steps = [] }: Pick<RolloutService, 'steps'>, barrier: Step): number {
  return steps[stepNumber(barrier) - 2] ?? 0;
}

export function stepNumber(barrier: Step): number {
  return Number(barrier.slice(1));
}
