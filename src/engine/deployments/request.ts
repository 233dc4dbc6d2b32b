import { stopAsked } from './ending.ts';
import type { DeploymentState, Request } from './machine.ts';
import { answer } from './pause.ts';
import { rollbackAsked } from './rollback.ts';
import { blueIsGoing, isFinal } from './stages.ts';
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
      return blueIsGoing(state) ? state : stopAsked(state, reasons.aborted, now);
    case 'supersede':
      return state.status === 'IN_PROGRESS' && !blueIsGoing(state)
        ? stopAsked(state, reasons.superseded, now)
        : state;
  }
}
