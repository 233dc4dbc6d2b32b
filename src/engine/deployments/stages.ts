import type { DeploymentState, LifecycleStage } from './machine.ts';

/** All stages in ECS's order. */
export const lifecycle: readonly LifecycleStage[] = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP',
];

/** Where ECS lets a deployment pause. */
export const pauseStages: readonly LifecycleStage[] = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'POST_SCALE_UP',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
];

const productionStages: readonly LifecycleStage[] = [
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
];
const testStages: readonly LifecycleStage[] = ['TEST_TRAFFIC_SHIFT', 'POST_TEST_TRAFFIC_SHIFT'];

type Course = Pick<DeploymentState, 'strategy' | 'balanced' | 'tested' | 'reconciles' | 'assumptions'>;

/** The stages that a deployment goes through; those of a traffic shift are repeated for each of its steps. */
export function stagesOf(course: Course): readonly LifecycleStage[] {
  if (course.strategy.kind === 'ROLLING') return ['SCALE_UP', 'CLEAN_UP'];
  const shifts = course.balanced || course.assumptions.headlessTrafficStages;
  return lifecycle.filter((stage) => {
    if (stage === 'RECONCILE_SERVICE') return course.reconciles;
    if (testStages.includes(stage)) return shifts && (course.tested || !course.balanced);
    return shifts || !productionStages.includes(stage);
  });
}

export function stageAfter(course: Course, stage: LifecycleStage): LifecycleStage | null {
  const stages = stagesOf(course);
  return stages[stages.indexOf(stage) + 1] ?? null;
}

export function firstStage(course: Course): LifecycleStage {
  return stagesOf(course)[0] ?? 'PRE_SCALE_UP';
}

/** The stage as `DescribeServiceDeployments` tells it: rolling deployments have none. */
export function reportedStage(state: DeploymentState): LifecycleStage | null {
  if (state.strategy.kind === 'ROLLING' || state.startedAt === null) return null;
  return state.assumptions.unreportedStages.includes(state.stage) ? null : state.stage;
}

/**
 * Whoever wants blue back now deploys it anew. A rolling deployment may bake after its old tasks have gone, and its new
 * ones may yet become too few: the exchange can still be turned round.
 */
export function blueIsGoing({ stage, strategy }: DeploymentState): boolean {
  return stage === 'CLEAN_UP' && strategy.kind !== 'ROLLING';
}

export function isFinal(state: DeploymentState): boolean {
  switch (state.status) {
    case 'SUCCESSFUL':
    case 'STOPPED':
    case 'ROLLBACK_SUCCESSFUL':
    case 'ROLLBACK_FAILED':
      return true;
    case 'PENDING':
    case 'IN_PROGRESS':
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      return false;
  }
}
