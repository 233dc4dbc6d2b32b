import { expect } from 'vitest';
import { advance } from '../../../src/engine/deployments/advance.ts';
import { groupsOf } from '../../../src/engine/deployments/health.ts';
import type { DeploymentState, Weights } from '../../../src/engine/deployments/machine.ts';
import { isFinal, lifecycle, stagesOf } from '../../../src/engine/deployments/stages.ts';
import {
  acknowledged,
  allOnSource,
  allOnTarget,
  trafficSteps,
} from '../../../src/engine/deployments/traffic.ts';
import type { Move } from '../../simulation/service.ts';

/** What holds of every move of every deployment, whatever the world does. */
export function checkMove(move: Move) {
  weightsAreWhole(move);
  trafficGoesToTheHealthy(move);
  noTrafficForDeadGreen(move);
  nobodyStopsBeforeTheOtherServes(move);
  askingAgainChangesNothing(move);
  stagesKeepTheirOrder(move.after);
  pausesHappenOnce(move.after);
  theFinalStateIsWhatTheStatusSays(move);
  expect(JSON.parse(JSON.stringify(move.after))).toEqual(move.after);
}

function weightsAreWhole({ after }: Move) {
  for (const weights of [after.desired.production, after.desired.test])
    if (weights) expect(weights.source + weights.target).toBe(100);
}

/** Weight is only ever raised on a group that is seen healthy, unless the group that has it is seen dead. */
function trafficGoesToTheHealthy({ before, after, observation }: Move) {
  const was = before.desired.production;
  const is = after.desired.production;
  if (!was || !is || after.desiredCount === 0) return;
  const { source, target, others } = groupsOf(observation);
  if (after.strategy.kind === 'ROLLING') {
    // Old and new tasks share a group; the other one may have traffic of a shift that was broken off.
    expect(is.source).toBeLessThanOrEqual(was.source);
    if (is.target > was.target)
      expect(source.healthy + target.healthy > 0 || others.healthy === 0).toBe(true);
    return;
  }
  const elsewhere = target.healthy + others.healthy;
  if (is.source > was.source) expect(source.healthy > 0 || elsewhere === 0).toBe(true);
  if (is.target > was.target) {
    expect(target.healthy > 0 || source.healthy === 0).toBe(true);
    // Forward, green has all its tasks, or blue has none.
    expect(target.healthy >= after.desiredCount || source.healthy === 0).toBe(true);
  }
}

/** Under this assumption green keeps its traffic only while it lives, or while blue does not. */
function noTrafficForDeadGreen({ after, observation }: Move) {
  const { production } = after.desired;
  const applies =
    after.assumptions.deadGreenRollsBack &&
    after.strategy.kind !== 'ROLLING' &&
    after.status === 'IN_PROGRESS' &&
    after.source !== null &&
    after.desiredCount > 0 &&
    after.stage !== 'RECONCILE_SERVICE' &&
    after.stage !== 'CLEAN_UP';
  if (!applies || !production || production.target === 0) return;
  const { source, target } = groupsOf(observation);
  expect(target.healthy > 0 || source.healthy === 0).toBe(true);
}

function nobodyStopsBeforeTheOtherServes({ before, after, observation }: Move) {
  if (before.strategy.kind === 'ROLLING') return enoughStayHealthy({ before, after, observation });
  const { source, target } = groupsOf(observation);
  const count = after.desiredCount;
  const carried = (weights: Weights) =>
    before.desired.production === null || acknowledged(weights, observation.production);
  if (before.desired.sourceTasks > 0 && after.desired.sourceTasks === 0 && count > 0) {
    expect(carried(allOnTarget)).toBe(true);
    expect(target.healthy).toBeGreaterThanOrEqual(count);
  }
  // A breaker that trips without rollback starts no new task where none was healthy: nobody is stopped by that.
  const noNewTasks = after.status === 'STOPPED' && target.healthy === 0;
  const greenGoes = before.desired.targetTasks > 0 && after.desired.targetTasks === 0;
  if (greenGoes && count > 0 && after.source !== null && !noNewTasks) {
    expect(carried(allOnSource)).toBe(true);
    if (before.desired.production === null) expect(source.healthy).toBeGreaterThan(0);
  }
}

/** A rolling deployment stops a task only where enough healthy ones remain, or where that was the case before. */
function enoughStayHealthy({ before, after, observation }: Pick<Move, 'before' | 'after' | 'observation'>) {
  if (after.strategy.kind !== 'ROLLING' || after.status === 'ROLLBACK_FAILED') return;
  const { source, target, others } = groupsOf(observation);
  const left = (healthy: number, was: number | null, is: number | null) =>
    is === null || (was !== null && is >= was) ? healthy : Math.min(healthy, is);
  const remain =
    left(source.healthy, before.desired.sourceTasks, after.desired.sourceTasks) +
    left(target.healthy, before.desired.targetTasks, after.desired.targetTasks) +
    left(others.healthy, before.desired.otherTasks, after.desired.otherTasks);
  const least = Math.ceil((after.desiredCount * after.strategy.minimumHealthyPercent) / 100);
  const healthy = source.healthy + target.healthy + others.healthy;
  expect(remain).toBeGreaterThanOrEqual(Math.min(least, healthy));
  const most = Math.floor((after.desiredCount * after.strategy.maximumPercent) / 100);
  const started = (was: number, is: number) => Math.max(0, is - was);
  const starts =
    started(before.desired.sourceTasks, after.desired.sourceTasks) +
    started(before.desired.targetTasks, after.desired.targetTasks);
  const wanted = after.desired.sourceTasks + after.desired.targetTasks + (after.desired.otherTasks ?? 0);
  if (starts > 0) expect(wanted).toBeLessThanOrEqual(Math.max(most, after.desiredCount));
}

function askingAgainChangesNothing({ after, observation, now }: Move) {
  const again = advance(after, observation, now);
  expect(again.state).toEqual(after);
  expect(again.actions).toEqual([]);
}

function stagesKeepTheirOrder(state: DeploymentState) {
  const allowed = stagesOf(state);
  const names = state.history.map(({ stage }) => stage);
  expect(names.every((stage) => allowed.includes(stage))).toBe(true);
  const forward = names.map((stage) => lifecycle.indexOf(stage));
  let steps = 0;
  for (const [index, place] of forward.entries()) {
    const last = forward[index - 1];
    if (last === undefined || place > last) continue;
    // The one way back: to the next step of a linear or canary shift.
    expect([names[index - 1], names[index]]).toEqual([
      'PRODUCTION_TRAFFIC_SHIFT',
      'PRE_PRODUCTION_TRAFFIC_SHIFT',
    ]);
    steps += 1;
  }
  expect(steps).toBeLessThan(Math.max(1, trafficSteps(state.strategy).length));
  const times = state.history.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
}

/** As many pauses as hooks for each time that a stage was entered, and no more. */
function pausesHappenOnce(state: DeploymentState) {
  const pausesAt = (stage: string) =>
    state.hooks.filter(({ stages }) => stages.some((one) => one === stage)).length;
  const most = state.history.reduce((sum, { stage }) => sum + pausesAt(stage), 0);
  expect(state.nextHookNumber - 1).toBeLessThanOrEqual(most);
  expect(new Set(state.passed).size).toBe(state.passed.length);
}

function theFinalStateIsWhatTheStatusSays({ after, actions, before }: Move) {
  const over = isFinal(after) && !isFinal(before);
  expect(actions.filter(({ kind }) => kind === 'finished')).toHaveLength(over ? 1 : 0);
  const promoted = actions.flatMap((action) => (action.kind === 'promote' ? [action.revision] : []));
  if (!over) return expect(promoted).toEqual([]);
  const { desired, desiredCount: count, source, target } = after;
  expect(after.finishedAt).not.toBeNull();
  expect(after.hook).toBeNull();
  switch (after.status) {
    case 'SUCCESSFUL':
      expect(promoted).toEqual([target]);
      expect(desired).toMatchObject({ sourceTasks: 0, targetTasks: count, otherTasks: 0 });
      if (desired.production) expect(desired.production).toEqual(allOnTarget);
      return expect(after.rollback).toBeNull();
    case 'ROLLBACK_SUCCESSFUL':
      expect(promoted).toEqual([source]);
      expect(desired).toMatchObject({ sourceTasks: count, targetTasks: 0, otherTasks: 0 });
      if (desired.production)
        expect(desired.production).toEqual(after.strategy.kind === 'ROLLING' ? allOnTarget : allOnSource);
      if (desired.test) expect(desired.test).toEqual(allOnSource);
      return expect(after.rollback?.reason).toBe(after.statusReason);
    case 'ROLLBACK_FAILED':
      expect(promoted).toEqual([]);
      return expect(after.rollback).not.toBeNull();
    case 'STOPPED':
      return expect(promoted).toEqual([]);
    case 'PENDING':
    case 'IN_PROGRESS':
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      throw new Error(`${after.status} is not final`);
  }
}
