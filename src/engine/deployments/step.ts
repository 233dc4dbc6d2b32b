import type { Action, DeploymentState, Desired, Step, Weights } from './machine.ts';

/** A step that says nothing. The very same state means: nothing to do. */
export function quiet(state: DeploymentState): Step {
  return { state, actions: [] };
}

export function event(message: string): Action {
  return { kind: 'event', message };
}

/** The state wanting this, or the very same state where it wants that already. */
export function wanting(state: DeploymentState, change: Partial<Desired>): DeploymentState {
  const desired = { ...state.desired, ...change };
  return sameDesired(desired, state.desired) ? state : { ...state, desired };
}

function sameDesired(one: Desired, other: Desired): boolean {
  return (
    one.sourceTasks === other.sourceTasks &&
    one.targetTasks === other.targetTasks &&
    one.otherTasks === other.otherTasks &&
    sameWeights(one.production, other.production) &&
    sameWeights(one.test, other.test)
  );
}

function sameWeights(one: Weights | null, other: Weights | null): boolean {
  if (one === null || other === null) return one === other;
  return one.source === other.source && one.target === other.target;
}
