import { finish } from './ending.ts';
import { groupsOf, mayServe } from './health.ts';
import type { DeploymentState, Observation, Rollback, Step } from './machine.ts';
import { event, quiet, wanting } from './step.ts';
import { allOnSource, acknowledged, shifted } from './traffic.ts';
import { events, reasons } from './wording.ts';

/** The engine turns back by itself, at once. */
export function startRollback(
  state: DeploymentState,
  reason: string,
  now: number,
  headline: string | null = null,
): Step {
  const turned = turnedBack({ ...state, status: 'ROLLBACK_IN_PROGRESS' }, reason, now);
  const failed = event(events.failed(state, headline ?? reason));
  return { state: turned, actions: [failed, ...announcement(turned)] };
}

/** A person asks for it: that shows as requested first. */
export function rollbackAsked(state: DeploymentState, reason: string, now: number): DeploymentState {
  return { ...turnedBack({ ...state, status: 'ROLLBACK_REQUESTED' }, reason, now), stopRequestedAt: now };
}

export function announcement(state: DeploymentState): Step['actions'] {
  return state.source === null ? [] : [event(events.rollingBack(state, state.source))];
}

function turnedBack(state: DeploymentState, reason: string, now: number): DeploymentState {
  const rollback: Rollback = { reason, startedAt: now, recovery: null };
  return { ...state, rollback, statusReason: reason, hook: null, hooksLeft: [] };
}

/** Nothing to return to: what was started stops, and the service is left without tasks until someone deploys anew. */
export function noCandidate(state: DeploymentState, now: number): Step {
  return finish(wanting(state, { targetTasks: 0 }), 'ROLLBACK_FAILED', reasons.noCandidate, now);
}

/**
 * The way back of a deployment that shifts traffic, safe at every point: blue up and healthy first, then the traffic
 * back to blue, and only when the balancer has that, green goes.
 */
export function proceedRollback(state: DeploymentState, observation: Observation, now: number): Step {
  const { source, target, others } = groupsOf(observation);
  const count = state.desiredCount;
  const restored = wanting(state, {
    sourceTasks: count,
    targetTasks: state.desired.targetTasks === 0 ? 0 : count,
    test: state.desired.test && allOnSource,
  });
  const current = recovering(restored, source.healthy, now);
  const exhausted = isExhausted(current, now);
  const blueServes =
    mayServe(source.healthy, count, target.healthy + others.healthy) || (exhausted && source.healthy > 0);
  const { production, targetTasks, otherTasks } = current.desired;

  if (production !== null && !acknowledged(allOnSource, production)) {
    if (blueServes) return quiet(wanting(current, { production: allOnSource }));
    return exhausted ? failed(current, now) : quiet(current);
  }
  if (!shifted(current, observation)) return quiet(current);
  if (production === null && targetTasks > 0 && !blueServes)
    return exhausted ? failed(current, now) : quiet(current);
  if (targetTasks > 0 || otherTasks !== 0) return quiet(wanting(current, { targetTasks: 0, otherTasks: 0 }));
  if (target.remaining > 0 || others.remaining > 0) return quiet(current);
  if (source.healthy >= count || (exhausted && source.healthy > 0)) return succeeded(current, now);
  return exhausted ? failed(current, now) : quiet(current);
}

export function succeeded(state: DeploymentState, now: number): Step {
  return finish(state, 'ROLLBACK_SUCCESSFUL', state.rollback?.reason ?? null, now);
}

/** What serves is left serving. */
export function failed(state: DeploymentState, now: number): Step {
  return finish(state, 'ROLLBACK_FAILED', reasons.notRecovered, now);
}

/** Keeps watch over blue's way up: the limit runs while it is short of tasks and gets no further. */
export function recovering(state: DeploymentState, healthy: number, now: number): DeploymentState {
  const { rollback } = state;
  if (!rollback) return state;
  const { recovery } = rollback;
  if (healthy >= state.desiredCount)
    return recovery ? { ...state, rollback: { ...rollback, recovery: null } } : state;
  if (recovery && healthy <= recovery.best) return state;
  return { ...state, rollback: { ...rollback, recovery: { since: now, best: healthy } } };
}

export function isExhausted({ rollback, assumptions }: DeploymentState, now: number): boolean {
  const recovery = rollback?.recovery;
  return recovery ? now - recovery.since >= assumptions.recoveryLimitMs : false;
}
