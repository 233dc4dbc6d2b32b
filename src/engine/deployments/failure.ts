import { breakerTripped } from './breaker.ts';
import { finish } from './ending.ts';
import { groupsOf } from './health.ts';
import type { DeploymentState, Observation, Step } from './machine.ts';
import { startRollback } from './rollback.ts';
import { blueIsGoing } from './stages.ts';
import { event, quiet, wanting } from './step.ts';
import { bakeMs, stepsOf } from './traffic.ts';
import { events, reasons } from './wording.ts';

/** Ends or turns back a deployment that failed by itself; the very same state where it has not. */
export function checkFailure(state: DeploymentState, observation: Observation, now: number): Step {
  const networking = observation.networkingProblem;
  if (networking !== null && beforeTraffic(state))
    return startRollback(state, reasons.networking(networking), now);
  if (breakerTripped(state, observation)) return tripped(state, observation, now);
  const red = redAlarms(state, observation);
  if (red.length > 0) return alarmed(state, red, now);
  if (greenIsDead(state, observation)) return startRollback(state, reasons.deadGreen, now);
  if (now - state.createdAt >= state.assumptions.deploymentLimitMs && !blueIsGoing(state))
    return startRollback(state, reasons.deploymentTimedOut, now);
  if (stageIsOverdue(state, now)) return startRollback(state, reasons.stageTimedOut(state.stage), now);
  return quiet(state);
}

/** Past the shift a broken rule cannot be mended by going back over the same rule. */
function beforeTraffic(state: DeploymentState): boolean {
  const { strategy, desired, stage } = state;
  const { production } = desired;
  return (
    strategy.kind !== 'ROLLING' &&
    production !== null &&
    stage !== 'CLEAN_UP' &&
    (production.target === 0 || stage === 'PRODUCTION_TRAFFIC_SHIFT' || state.source === null)
  );
}

/** Without rollback the deployment just stops: it starts no new task, and what is healthy stays. */
function tripped(state: DeploymentState, { target }: Observation, now: number): Step {
  if (state.breaker.rollback)
    return startRollback(
      state,
      reasons.breaker,
      now,
      state.strategy.kind === 'ROLLING' ? events.tasksFailed : null,
    );
  const calm = wanting(state, { targetTasks: Math.min(state.desired.targetTasks, target.healthy) });
  const ended = finish(calm, 'STOPPED', reasons.breakerStopped, now);
  return { ...ended, actions: [event(events.failed(state, events.tasksFailed)), ...ended.actions] };
}

function redAlarms(state: DeploymentState, observation: Observation): readonly string[] {
  const { alarms, hook, assumptions } = state;
  if (blueIsGoing(state)) return [];
  if (!alarms?.watched || (hook && !assumptions.alarmsSeenWhilePaused)) return [];
  return observation.alarms;
}

function alarmed(state: DeploymentState, names: readonly string[], now: number): Step {
  const { alarms } = state;
  if (!alarms) return quiet(state);
  const noted: DeploymentState = { ...state, alarms: { ...alarms, triggered: names } };
  if (alarms.rollback) return startRollback(noted, reasons.alarms(names), now, events.alarmDetected);
  const ended = finish(noted, 'STOPPED', reasons.alarmsStopped(names), now);
  return { ...ended, actions: [event(events.failed(state, events.alarmDetected)), ...ended.actions] };
}

function greenIsDead(state: DeploymentState, observation: Observation): boolean {
  const { production } = state.desired;
  if (state.strategy.kind === 'ROLLING') return false;
  if (!state.assumptions.deadGreenRollsBack || state.source === null || state.stage === 'CLEAN_UP')
    return false;
  const { source, target } = groupsOf(observation);
  const hasTraffic = production !== null && production.target > 0 && state.stage !== 'RECONCILE_SERVICE';
  return hasTraffic && state.desiredCount > 0 && target.healthy === 0 && source.healthy > 0;
}

function stageIsOverdue(state: DeploymentState, now: number): boolean {
  if (state.strategy.kind === 'ROLLING' || state.hook || state.stage === 'CLEAN_UP') return false;
  return now - state.workSince >= state.assumptions.stageLimitMs + bakeOf(state);
}

function bakeOf(state: DeploymentState): number {
  const { stage, strategy, shift } = state;
  if (stage === 'BAKE_TIME') return bakeMs(strategy);
  return stage === 'PRODUCTION_TRAFFIC_SHIFT' ? (stepsOf(state)[shift.step]?.bakeMs ?? 0) : 0;
}
