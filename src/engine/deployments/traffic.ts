import type { DeploymentState, DeploymentStrategy, Observation, Weights } from './machine.ts';

export const allOnSource: Weights = { source: 100, target: 0 };
export const allOnTarget: Weights = { source: 0, target: 100 };

/** One step of a traffic shift: how much of the traffic green has after it, and how long it stays there. */
export interface TrafficStep {
  readonly percent: number;
  readonly bakeMs: number;
}

/** Blue-green is one step to 100. A step that reaches 100 has no bake of its own: BAKE_TIME follows. */
export function trafficSteps(strategy: DeploymentStrategy): readonly TrafficStep[] {
  switch (strategy.kind) {
    case 'ROLLING':
      return [];
    case 'BLUE_GREEN':
      return [{ percent: 100, bakeMs: 0 }];
    case 'CANARY':
      return strategy.canaryPercent >= 100
        ? [{ percent: 100, bakeMs: 0 }]
        : [
            { percent: tenths(strategy.canaryPercent), bakeMs: strategy.canaryBakeMs },
            { percent: 100, bakeMs: 0 },
          ];
    case 'LINEAR': {
      // Not quite 100 after the last whole step (3 × 33.3) is one more step.
      const count = Math.ceil(100 / strategy.stepPercent - 1e-9);
      return Array.from({ length: count }, (_, index) => {
        const percent = Math.min(100, tenths((index + 1) * strategy.stepPercent));
        return { percent, bakeMs: percent === 100 ? 0 : strategy.stepBakeMs };
      });
    }
  }
}

/** The steps of this deployment: without a blue there is nothing to shift from, and green has it all at once. */
export function stepsOf({ strategy, source }: DeploymentState): readonly TrafficStep[] {
  return source === null ? [{ percent: 100, bakeMs: 0 }] : trafficSteps(strategy);
}

/** Weights have one decimal, as ECS's percentages have; both together are 100 to the last bit. */
export function weightsAt(percent: number): Weights {
  return { source: tenths(100 - percent), target: tenths(percent) };
}

export function acknowledged(wanted: Weights | null, seen: Weights | null): boolean {
  if (wanted === null) return true;
  return seen !== null && seen.source === wanted.source && seen.target === wanted.target;
}

/** Whether the balancer has the production weights that the deployment wants. */
export function shifted(state: DeploymentState, observation: Observation): boolean {
  return acknowledged(state.desired.production, observation.production);
}

export function bakeMs(strategy: DeploymentStrategy): number {
  return strategy.bakeMs ?? 0;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
