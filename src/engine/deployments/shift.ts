import { finish } from './ending.ts';
import { groupsOf, mayServe } from './health.ts';
import type { DeploymentState, LifecycleStage, Observation, Step } from './machine.ts';
import { pausesAt } from './pause.ts';
import { stageAfter } from './stages.ts';
import { quiet, wanting } from './step.ts';
import { acknowledged, allOnSource, allOnTarget, bakeMs, shifted, stepsOf, weightsAt } from './traffic.ts';

export function enter(state: DeploymentState, stage: LifecycleStage, now: number): DeploymentState {
  return {
    ...state,
    stage,
    stageSince: now,
    workSince: now,
    history: [...state.history, { stage, at: now }],
    hooksLeft: pausesAt(state, stage),
  };
}

/**
 * The way forward of a deployment that shifts traffic (blue-green, linear, canary): the work of the stage it is in, and
 * on to the next when that is done.
 */
export function proceedShift(state: DeploymentState, observation: Observation, now: number): Step {
  const current = wanting(state, tasksAt(state));
  const { source, target, others } = groupsOf(observation);
  switch (current.stage) {
    case 'RECONCILE_SERVICE':
      return quiet(reconcile(current, observation, now));
    case 'PRE_SCALE_UP':
    case 'POST_SCALE_UP':
    case 'POST_TEST_TRAFFIC_SHIFT':
    case 'PRE_PRODUCTION_TRAFFIC_SHIFT':
    case 'POST_PRODUCTION_TRAFFIC_SHIFT':
      return quiet(onward(current, now));
    case 'SCALE_UP':
      return quiet(target.healthy >= current.desiredCount ? onward(current, now) : current);
    case 'TEST_TRAFFIC_SHIFT': {
      const testing = wanting(current, { test: current.desired.test && allOnTarget });
      return quiet(acknowledged(testing.desired.test, observation.test) ? onward(testing, now) : testing);
    }
    case 'PRODUCTION_TRAFFIC_SHIFT':
      return quiet(shiftTraffic(current, observation, now));
    case 'BAKE_TIME': {
      const baked = now >= current.workSince + bakeMs(current.strategy);
      const carried = shifted(current, observation) && target.healthy >= current.desiredCount;
      return quiet(baked && carried ? onward(current, now) : current);
    }
    case 'CLEAN_UP':
      return source.remaining === 0 && others.remaining === 0
        ? finish(current, 'SUCCESSFUL', null, now)
        : quiet(current);
  }
}

function onward(state: DeploymentState, now: number): DeploymentState {
  const next = stageAfter(state, state.stage);
  return next ? enter(state, next, now) : state;
}

function tasksAt({
  stage,
  source,
  desiredCount,
  desired,
}: DeploymentState): Partial<DeploymentState['desired']> {
  const blue = source === null ? 0 : desiredCount;
  switch (stage) {
    case 'RECONCILE_SERVICE':
    case 'PRE_SCALE_UP':
      return { sourceTasks: blue, targetTasks: 0 };
    case 'SCALE_UP':
    case 'POST_SCALE_UP':
    case 'TEST_TRAFFIC_SHIFT':
    case 'POST_TEST_TRAFFIC_SHIFT':
    case 'PRE_PRODUCTION_TRAFFIC_SHIFT':
    case 'PRODUCTION_TRAFFIC_SHIFT':
    case 'POST_PRODUCTION_TRAFFIC_SHIFT':
    case 'BAKE_TIME':
      return { sourceTasks: blue, targetTasks: desiredCount, otherTasks: desired.otherTasks };
    case 'CLEAN_UP':
      return { sourceTasks: 0, targetTasks: desiredCount, otherTasks: 0 };
  }
}

/**
 * A superseded deployment left tasks of its own, perhaps with the traffic: back to the revision that completed last,
 * then they go. Without such a revision they stay until green can take over.
 */
function reconcile(state: DeploymentState, observation: Observation, now: number): DeploymentState {
  const { source, others } = groupsOf(observation);
  if (state.source === null) return onward(state, now);
  const { production, otherTasks } = state.desired;
  if (production !== null && !acknowledged(allOnSource, production)) {
    return mayServe(source.healthy, state.desiredCount, others.healthy)
      ? wanting(state, { production: allOnSource })
      : state;
  }
  if (!shifted(state, observation)) return state;
  const spared = source.healthy >= state.desiredCount || others.healthy === 0;
  if (otherTasks !== 0) return spared ? wanting(state, { otherTasks: 0 }) : state;
  return others.remaining === 0 ? onward(state, now) : state;
}

/** One step of the shift: give green its share, wait until the balancer has it, let it bake, go on to the next. */
function shiftTraffic(state: DeploymentState, observation: Observation, now: number): DeploymentState {
  const steps = stepsOf(state);
  const step = steps[state.shift.step];
  if (!step) return onward(state, now);
  const { source, target } = groupsOf(observation);
  if (state.desired.production !== null) {
    const wanted = weightsAt(step.percent);
    if (!acknowledged(wanted, state.desired.production)) {
      return mayServe(target.healthy, state.desiredCount, source.healthy)
        ? wanting(state, { production: wanted })
        : state;
    }
    if (!shifted(state, observation)) return state;
  }
  const { since } = state.shift;
  if (since === null) return { ...state, shift: { ...state.shift, since: now } };
  if (now < since + step.bakeMs) return state;
  const next = { step: state.shift.step + 1, since: null };
  if (next.step >= steps.length) return onward({ ...state, shift: next }, now);
  const passed = state.passed.filter((stage) => stage !== 'PRE_PRODUCTION_TRAFFIC_SHIFT');
  return enter({ ...state, shift: next, passed }, 'PRE_PRODUCTION_TRAFFIC_SHIFT', now);
}
