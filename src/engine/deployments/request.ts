import { stopAsked } from './ending.ts';
import type { DeploymentState, Request } from './machine.ts';
import { answer } from './pause.ts';
import { rollbackAsked } from './rollback.ts';
import { isFinal } from './stages.ts';
import { reasons } from './wording.ts';

/** What people ask of a deployment, oldest first. Asking twice is asking once. */
export function heard(state: DeploymentState, requests: readonly Request[], now: number): DeploymentState {
  return requests.reduce((current, request) => hear(current, request, now), state);
}

function hear(state: DeploymentState, request: Request, now: number): DeploymentState {
  if (isFinal(state) || state.status === 'STOP_REQUESTED') return state;
  switch (request.kind) {
    case 'continue':
      return state.status === 'IN_PROGRESS' ? answer(state, request, now) : state;
    case 'stop':
      if (state.status !== 'IN_PROGRESS') return state;
      if (request.how === 'ROLLBACK') return rollbackAsked(state, reasons.user, now);
      return committed(state) ? state : stopAsked(state, reasons.aborted, now);
    case 'supersede':
      return state.status === 'IN_PROGRESS' && !committed(state)
        ? stopAsked(state, reasons.superseded, now)
        : state;
  }
}

/** Blue is going already: the deployment ends in a moment, and what comes next starts from green. */
function committed(state: DeploymentState): boolean {
  return state.status === 'IN_PROGRESS' && state.stage === 'CLEAN_UP' && !rollingBakes(state);
}

/** A rolling deployment bakes after its old tasks have gone, and may take long over it. */
function rollingBakes({ strategy, shift }: DeploymentState): boolean {
  return strategy.kind === 'ROLLING' && shift.since !== null;
}
