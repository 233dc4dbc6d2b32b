import { finish } from './ending.ts';
import { checkFailure } from './failure.ts';
import type { DeploymentState, Observation, Step } from './machine.ts';
import { proceedPause } from './pause.ts';
import { heard } from './request.ts';
import { announcement, noCandidate, proceedRollback } from './rollback.ts';
import { proceedRolling, proceedRollingBack } from './rolling.ts';
import { enter, proceedShift } from './shift.ts';
import { isFinal } from './stages.ts';
import { quiet, wanting } from './step.ts';

/** More moves than any deployment makes without the world changing: a linear one passes 34 steps of two stages. */
const manyMoves = 500;

/**
 * Moves a deployment as far as what is observed allows. Asked again about the same, it does and says nothing.
 * The state and the actions belong together: persist both before acting on either (see `conclusion`).
 */
export function advance(state: DeploymentState, observation: Observation, now: number): Step {
  if (isFinal(state)) return quiet(state);
  let current = heard(started(state, observation, now), observation.requests, now);
  const actions = [];
  for (let moves = 0; moves < manyMoves; moves += 1) {
    const next = proceed(current, observation, now);
    if (next.state === current) return { state: current, actions };
    actions.push(...next.actions);
    current = next.state;
  }
  throw new Error(`the deployment ${state.id} does not come to rest in ${state.stage}`);
}

function started(state: DeploymentState, observation: Observation, now: number): DeploymentState {
  if (state.status !== 'PENDING') return state;
  const alarms = state.alarms && { ...state.alarms, watched: observation.alarms.length === 0 };
  const found = state.strategy.kind === 'ROLLING' && state.reconciles ? leftOver(state, observation) : state;
  return enter({ ...found, status: 'IN_PROGRESS', startedAt: now, alarms }, found.stage, now);
}

/** A superseded exchange of tasks is taken up where it stands: what it took from blue is not given back. */
function leftOver(state: DeploymentState, { source }: Observation): DeploymentState {
  return wanting(state, { sourceTasks: Math.min(state.desired.sourceTasks, source?.healthy ?? 0) });
}

function proceed(state: DeploymentState, observation: Observation, now: number): Step {
  const rolling = state.strategy.kind === 'ROLLING';
  const later = state.stopRequestedAt === null || now > state.stopRequestedAt;
  switch (state.status) {
    case 'IN_PROGRESS': {
      const failure = checkFailure(state, observation, now);
      if (failure.state !== state) return failure;
      if (state.hook || state.hooksLeft.length > 0) return proceedPause(state, now);
      return rolling ? proceedRolling(state, observation, now) : proceedShift(state, observation, now);
    }
    case 'ROLLBACK_REQUESTED':
      if (!later) return quiet(state);
      return { state: { ...state, status: 'ROLLBACK_IN_PROGRESS' }, actions: announcement(state) };
    case 'ROLLBACK_IN_PROGRESS':
      if (state.source === null) return noCandidate(state, now);
      return rolling ? proceedRollingBack(state, observation, now) : proceedRollback(state, observation, now);
    case 'STOP_REQUESTED':
      return later ? finish(state, 'STOPPED', state.statusReason, now) : quiet(state);
    case 'PENDING':
    case 'SUCCESSFUL':
    case 'STOPPED':
    case 'ROLLBACK_SUCCESSFUL':
    case 'ROLLBACK_FAILED':
      return quiet(state);
  }
}
