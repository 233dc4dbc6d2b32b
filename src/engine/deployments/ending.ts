import type { Action, DeploymentState, DeploymentStatus, Step } from './machine.ts';
import { event } from './step.ts';
import { events, reasons } from './wording.ts';

type FinalStatus = Extract<
  DeploymentStatus,
  'SUCCESSFUL' | 'STOPPED' | 'ROLLBACK_SUCCESSFUL' | 'ROLLBACK_FAILED'
>;

export function finish(
  state: DeploymentState,
  status: FinalStatus,
  statusReason: string | null,
  now: number,
): Step {
  const ended: DeploymentState = {
    ...state,
    status,
    statusReason,
    finishedAt: now,
    hook: null,
    hooksLeft: [],
  };
  return { state: ended, actions: [...farewell(ended), ...conclusion(ended)] };
}

/**
 * What a final state means for the service. `advance` tells it once; an engine that died after persisting the state and
 * before acting on it tells itself again with this.
 */
export function conclusion(state: DeploymentState): readonly Action[] {
  switch (state.status) {
    case 'SUCCESSFUL':
      return [{ kind: 'promote', revision: state.target }, { kind: 'finished' }];
    case 'ROLLBACK_SUCCESSFUL':
      return state.source === null
        ? [{ kind: 'finished' }]
        : [{ kind: 'promote', revision: state.source }, { kind: 'finished' }];
    case 'STOPPED':
    case 'ROLLBACK_FAILED':
      return [{ kind: 'finished' }];
    case 'PENDING':
    case 'IN_PROGRESS':
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      return [];
  }
}

/** Stopping is asked for now and shows as done at a later time. What runs and who has the traffic stays as it is. */
export function stopAsked(state: DeploymentState, statusReason: string, now: number): DeploymentState {
  return {
    ...state,
    status: 'STOP_REQUESTED',
    statusReason,
    stopRequestedAt: now,
    hook: null,
    hooksLeft: [],
  };
}

function farewell(state: DeploymentState): readonly Action[] {
  switch (state.status) {
    case 'SUCCESSFUL':
      return [event(events.completed(state)), event(events.steady(state))];
    case 'ROLLBACK_SUCCESSFUL':
      return [event(events.steady(state))];
    case 'ROLLBACK_FAILED':
      return [event(events.rollbackFailed(state, state.statusReason ?? reasons.notRecovered))];
    case 'STOPPED':
    case 'PENDING':
    case 'IN_PROGRESS':
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      return [];
  }
}
