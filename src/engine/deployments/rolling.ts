import { finish } from './ending.ts';
import { groupsOf, mayServe } from './health.ts';
import type { DeploymentState, EarlySuccess, Observation, Step } from './machine.ts';
import { failed, isExhausted, recovering, succeeded } from './rollback.ts';
import { enter } from './shift.ts';
import { event, quiet, wanting } from './step.ts';
import { acknowledged, allOnTarget, bakeMs, shifted } from './traffic.ts';
import { events } from './wording.ts';

/** The way forward of a rolling deployment: new tasks in and old tasks out, within the service's two percentages. */
export function proceedRolling(state: DeploymentState, observation: Observation, now: number): Step {
  const { source, target, others } = groupsOf(observation);
  if (astray(state, observation)) return quiet(gathered(state, observation));
  const otherTasks = state.desired.otherTasks ?? others.remaining;
  const moved = exchange(state, {
    incoming: { wanted: state.desired.targetTasks, healthy: target.healthy },
    outgoing: {
      wanted: state.desired.sourceTasks + otherTasks,
      remaining: source.remaining + others.remaining,
    },
  });
  const current = wanting(state, {
    targetTasks: moved.incoming,
    ...shared(moved.outgoing, {
      source: { wanted: state.desired.sourceTasks, healthy: source.healthy },
      others: { wanted: otherTasks, healthy: others.healthy },
    }),
  });
  if (moved.stuck !== current.stuck) {
    const actions = moved.stuck ? [event(events.stuck(state))] : [];
    return { state: { ...current, stuck: moved.stuck }, actions };
  }
  const early = earlySuccessOf(current);
  if (early) return endEarly(current, observation, early, now);
  if (target.healthy < current.desiredCount) return quiet(current);
  if (current.stage !== 'CLEAN_UP') return quiet(enter(current, 'CLEAN_UP', now));
  if (source.remaining > 0 || others.remaining > 0) return quiet(current);
  return isBaked(current, now) ? finish(current, 'SUCCESSFUL', null, now) : quiet(baking(current, now));
}

function earlySuccessOf({ strategy, source }: DeploymentState): EarlySuccess | null {
  // A first deployment has nobody who serves meanwhile.
  return strategy.kind === 'ROLLING' && source !== null ? (strategy.earlySuccess ?? null) : null;
}

/** Enough new tasks are healthy and have baked: the old ones go, before the end or behind it, and the rest comes up. */
function endEarly(
  state: DeploymentState,
  observation: Observation,
  { healthyPercent, cleanup }: EarlySuccess,
  now: number,
): Step {
  const { source, target, others } = groupsOf(observation);
  if (target.healthy < Math.ceil((state.desiredCount * healthyPercent) / 100)) return quiet(state);
  if (!isBaked(state, now)) return quiet(baking(state, now));
  const cleared = wanting(state, { sourceTasks: 0, otherTasks: 0 });
  if (cleanup === 'DEFERRED')
    return finish(wanting(cleared, { targetTasks: state.desiredCount }), 'SUCCESSFUL', null, now);
  if (cleared.stage !== 'CLEAN_UP') return quiet(enter(cleared, 'CLEAN_UP', now));
  return source.remaining === 0 && others.remaining === 0
    ? finish(cleared, 'SUCCESSFUL', null, now)
    : quiet(cleared);
}

function baking(state: DeploymentState, now: number): DeploymentState {
  return state.shift.since === null ? { ...state, shift: { ...state.shift, since: now } } : state;
}

function isBaked({ shift, strategy }: DeploymentState, now: number): boolean {
  const bake = bakeMs(strategy);
  return bake === 0 || (shift.since !== null && now >= shift.since + bake);
}

/** The way back is the same exchange the other way round; failing tasks of green are not started again. */
export function proceedRollingBack(state: DeploymentState, observation: Observation, now: number): Step {
  const { source, target, others } = groupsOf(observation);
  if (astray(state, observation)) {
    const current = recovering(gathered(state, observation), source.healthy, now);
    return isExhausted(current, now) ? failed(current, now) : quiet(current);
  }
  const targetTasks = Math.min(state.desired.targetTasks, target.healthy);
  const otherTasks = Math.min(state.desired.otherTasks ?? others.remaining, others.healthy);
  const moved = exchange(state, {
    incoming: { wanted: state.desired.sourceTasks, healthy: source.healthy },
    outgoing: { wanted: targetTasks + otherTasks, remaining: target.remaining + others.remaining },
  });
  const wanted = wanting(state, {
    sourceTasks: moved.incoming,
    targetTasks: Math.max(0, moved.outgoing - otherTasks),
    otherTasks: Math.min(otherTasks, moved.outgoing),
  });
  const current = recovering(wanted, source.healthy, now);
  if (source.healthy < current.desiredCount)
    return isExhausted(current, now) ? failed(current, now) : quiet(current);
  return target.remaining === 0 && others.remaining === 0 ? succeeded(current, now) : quiet(current);
}

/** Of the old tasks that stay, the healthy ones first, and among those the ones of the completed revision. */
function shared(
  kept: number,
  { source, others }: Readonly<Record<'source' | 'others', { wanted: number; healthy: number }>>,
): { readonly sourceTasks: number; readonly otherTasks: number } {
  const healthySource = Math.min(kept, source.wanted, source.healthy);
  const healthyOthers = Math.min(kept - healthySource, others.wanted, others.healthy);
  const rest = kept - healthySource - healthyOthers;
  const moreSource = Math.min(rest, source.wanted - healthySource);
  return {
    sourceTasks: healthySource + moreSource,
    otherTasks: healthyOthers + Math.min(rest - moreSource, others.wanted - healthyOthers),
  };
}

/** Whether a shift that was broken off has left traffic with the other group. */
function astray(state: DeploymentState, observation: Observation): boolean {
  const { production } = state.desired;
  return production !== null && !(acknowledged(allOnTarget, production) && shifted(state, observation));
}

/** First of all the traffic comes back to the group in which tasks are exchanged; the others stay until it has. */
function gathered(state: DeploymentState, observation: Observation): DeploymentState {
  const { source, target, others } = groupsOf(observation);
  const standing = wanting(
    state,
    state.source === null ? { targetTasks: state.desiredCount } : { sourceTasks: state.desiredCount },
  );
  return mayServe(source.healthy + target.healthy, state.desiredCount, others.healthy)
    ? wanting(standing, { production: allOnTarget })
    : standing;
}

interface Exchange {
  readonly incoming: { readonly wanted: number; readonly healthy: number };
  readonly outgoing: { readonly wanted: number; readonly remaining: number };
}

/**
 * One old task goes for each new one that is healthy, and new ones start as far as `maximumPercent` leaves room. Where
 * it leaves none, old ones go first, down to `minimumHealthyPercent`.
 */
function exchange(
  { strategy, desiredCount }: DeploymentState,
  { incoming, outgoing }: Exchange,
): { readonly incoming: number; readonly outgoing: number; readonly stuck: boolean } {
  const rolling =
    strategy.kind === 'ROLLING' ? strategy : { minimumHealthyPercent: 100, maximumPercent: 200 };
  const least = Math.ceil((desiredCount * rolling.minimumHealthyPercent) / 100);
  const most = Math.floor((desiredCount * rolling.maximumPercent) / 100);

  const replaced = Math.min(outgoing.wanted, Math.max(0, desiredCount - incoming.healthy));
  const started = Math.min(incoming.wanted, desiredCount);
  const full = started < desiredCount && started + Math.max(outgoing.remaining, outgoing.wanted) >= most;
  const idle = full && incoming.healthy >= started;
  const kept = idle ? Math.min(replaced, Math.max(0, least - incoming.healthy)) : replaced;
  const room = most - Math.max(outgoing.remaining, kept);
  return {
    incoming: Math.max(started, Math.min(desiredCount, room)),
    outgoing: kept,
    stuck: idle && kept === outgoing.wanted && kept > 0 && outgoing.remaining <= kept,
  };
}
