import { advance } from '../../../src/engine/deployments/advance.ts';
import { begin } from '../../../src/engine/deployments/begin.ts';
import type {
  BeginInput,
  DeploymentState,
  LifecycleStage,
  Observation,
  PauseHook,
  RevisionHealth,
  Step,
} from '../../../src/engine/deployments/machine.ts';
import { plainAssumptions } from './arbitraries.ts';

export const input: BeginInput = {
  id: 'd1',
  service: 'api',
  strategy: { kind: 'BLUE_GREEN', bakeMs: 5000 },
  source: 'api:1',
  target: 'api:2',
  desiredCount: 2,
  balanced: true,
  tested: true,
  hooks: [],
  breaker: { enabled: false, rollback: false, threshold: 3, resetOnHealthyTask: true },
  alarms: null,
  reconciles: false,
  production: null,
  assumptions: plainAssumptions,
};

export function pause(...stages: readonly LifecycleStage[]): PauseHook {
  return { stages, timeoutMs: 60_000, timeoutAction: 'ROLLBACK' };
}

export function begun(change: Partial<BeginInput> = {}): DeploymentState {
  return begin({ ...input, ...change }, 0);
}

export function tasks(count: number, change: Partial<RevisionHealth> = {}): RevisionHealth {
  return { running: count, healthy: count, remaining: count, failed: 0, failedInARow: 0, ...change };
}

/** A world in which all that was wanted has come true. */
export function cameTrue(
  { desired, source }: DeploymentState,
  change: Partial<Observation> = {},
): Observation {
  return {
    source: source === null ? null : tasks(desired.sourceTasks),
    target: tasks(desired.targetTasks),
    others: null,
    production: desired.production,
    test: desired.test,
    networkingProblem: null,
    alarms: [],
    requests: [],
    ...change,
  };
}

/** One tick a second, each in a world that has caught up with the one before, until the predicate holds. */
export function run(
  from: DeploymentState,
  until: (state: DeploymentState) => boolean,
  start: number,
): { readonly state: DeploymentState; readonly steps: readonly Step[]; readonly now: number } {
  const steps: Step[] = [];
  let state = from;
  let now = start;
  for (; !until(state); now += 1000) {
    if (now - start > 3_600_000) throw new Error(`it stays ${state.status} in ${state.stage}`);
    const step = advance(state, cameTrue(state), now);
    steps.push(step);
    state = step.state;
  }
  return { state, steps, now };
}

export const at =
  (stage: LifecycleStage) =>
  (state: DeploymentState): boolean =>
    state.stage === stage && state.startedAt !== null;

export const over = (state: DeploymentState): boolean => state.finishedAt !== null;

export function said(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(({ actions }) =>
    actions.flatMap((action) => (action.kind === 'event' ? [action.message] : [])),
  );
}
