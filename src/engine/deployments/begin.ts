import type { BeginInput, DeploymentState, Weights } from './machine.ts';
import { firstStage } from './stages.ts';
import { allOnSource, allOnTarget } from './traffic.ts';

/** A deployment as it is created: PENDING, and nothing moves before the first `advance`. */
export function begin(input: BeginInput, now: number): DeploymentState {
  const { production: found, alarms, ...given } = input;
  const shifts = input.balanced && input.strategy.kind !== 'ROLLING';
  // Without a blue there is nothing to shift from: the group of the first revision has the traffic from the start.
  const initial = input.source === null ? allOnTarget : allOnSource;
  const production = shifts ? startingWeights(input) : leftWeights(input);
  const astray = found !== null && input.source !== null && shifts && found.target > 0;
  return {
    ...given,
    reconciles: input.reconciles || astray,
    alarms: alarms && { ...alarms, watched: null, triggered: [] },
    createdAt: now,
    status: 'PENDING',
    stage: firstStage({ ...input, reconciles: input.reconciles || astray }),
    stageSince: now,
    startedAt: null,
    finishedAt: null,
    workSince: now,
    history: [],
    hook: null,
    hooksLeft: [],
    passed: [],
    nextHookNumber: 1,
    shift: { step: 0, since: null },
    stuck: false,
    stopRequestedAt: null,
    rollback: null,
    statusReason: null,
    desired: {
      sourceTasks: input.source === null ? 0 : input.desiredCount,
      targetTasks: 0,
      otherTasks: null,
      production,
      test: shifts && input.tested ? initial : null,
    },
  };
}

function startingWeights({ source, production }: BeginInput): Weights {
  return source === null ? allOnTarget : (production ?? allOnSource);
}

/**
 * A rolling deployment has nothing to do with weights, except where a shift was broken off before it: then the group
 * of its tasks (old and new share it, and count as the target here) gets the traffic back.
 */
function leftWeights({ balanced, production, reconciles }: BeginInput): Weights | null {
  const astray = production !== null && (reconciles || production.target < 100);
  return balanced && astray ? production : null;
}
