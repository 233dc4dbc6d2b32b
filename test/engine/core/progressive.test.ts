import { expect, test } from 'vitest';
import type { DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { eventually } from '../tasks/rig.ts';
import {
  blueGreenApp,
  describedTasks,
  known,
  latestDeployment,
  pausedAt,
  settled,
  testEngine,
  traffic,
  weights,
} from './rig.ts';
import type { App, TestEngine } from './rig.ts';

/** Pauses that nobody needs to answer in time. */
const pauses = (...lifecycleStages: ('PRE_PRODUCTION_TRAFFIC_SHIFT' | 'POST_PRODUCTION_TRAFFIC_SHIFT')[]) =>
  [
    {
      targetType: 'PAUSE',
      lifecycleStages,
      timeoutConfiguration: { timeoutInMinutes: 1000, action: 'ROLLBACK' },
    },
  ] satisfies DeploymentConfiguration['lifecycleHooks'];

const canary = (canaryPercent: number, canaryBakeTimeInMinutes = 0): DeploymentConfiguration => ({
  strategy: 'CANARY',
  bakeTimeInMinutes: 0,
  canaryConfiguration: { canaryPercent, canaryBakeTimeInMinutes },
});

const linear = (stepPercent: number, stepBakeTimeInMinutes = 0): DeploymentConfiguration => ({
  strategy: 'LINEAR',
  bakeTimeInMinutes: 0,
  linearConfiguration: { stepPercent, stepBakeTimeInMinutes },
});

/** The deployment once it waits before a step, at another pause than those. */
function pausedAfter({ clients: { ecs } }: TestEngine, ...passed: readonly (string | null)[]) {
  return eventually(async () => {
    const paused = await pausedAt(ecs, 'PRE_PRODUCTION_TRAFFIC_SHIFT');
    return passed.includes(paused.hookId) ? null : paused;
  }, 'the next pause before a step');
}

/** Answers the next pause before a step, and gives back its id. */
async function goOn(engine: TestEngine, after: string | null): Promise<string> {
  const { ecs } = engine.clients;
  const { arn, hookId } = await pausedAfter(engine, after);
  await ecs.continueServiceDeployment({ serviceDeploymentArn: arn, hookId });
  return hookId;
}

/** The answers that so many users get. */
async function answers(app: App, users: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let user = 0; user < users; user += 1) {
    const answer = await app.answer(app.production);
    counts[answer] = (counts[answer] ?? 0) + 1;
  }
  return counts;
}

/**
 * Releases, and watches the weight of green on the production rule until that has succeeded. It goes through these, in
 * this order, and no other; one of them may pass unseen by who stands still for a while, and its bake is in the time that it
 * all took. Whole minutes.
 */
async function expectShares(
  { clients: { ecs, elb } }: TestEngine,
  app: App,
  shares: readonly number[],
  minutes: number,
  deploymentConfiguration?: DeploymentConfiguration,
): Promise<void> {
  const share = async () => (await weights(elb, app.productionRule))[app.green] ?? 0;
  const seen = [await share()];
  const before = (await latestDeployment(ecs)).serviceDeploymentArn;
  await app.release({ VERSION: '2' }, deploymentConfiguration);
  await eventually(async () => {
    // In this order: the last weights are there before the end.
    const { serviceDeploymentArn, status } = await latestDeployment(ecs);
    const now = await share();
    if (seen.at(-1) !== now) seen.push(now);
    return serviceDeploymentArn !== before && status === 'SUCCESSFUL';
  }, 'a deployment that is successful');
  expect(seen).toEqual(shares.filter((one) => seen.includes(one)));
  expect([seen[0], seen.at(-1)]).toEqual([shares[0], shares.at(-1)]);
  const { startedAt, finishedAt } = await latestDeployment(ecs);
  expect(known(finishedAt).getTime() - known(startedAt).getTime()).toBeGreaterThanOrEqual(minutes * minuteMs);
}

/** A step that bakes for a minute is mostly long enough to be seen. */
const minuteMs = 3000;
const longMinutes = ['--minute-ms', String(minuteMs)];

test('a canary gets its share of real traffic first, and the rest only after it was let through', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  const load = traffic(app.production);
  await app.release(
    { VERSION: '2' },
    { ...canary(25), lifecycleHooks: pauses('PRE_PRODUCTION_TRAFFIC_SHIFT') },
  );
  const before = await pausedAt(ecs, 'PRE_PRODUCTION_TRAFFIC_SHIFT');
  expect(await answers(app, 20)).toEqual({ '1': 20 });
  await ecs.continueServiceDeployment({ serviceDeploymentArn: before.arn, hookId: before.hookId });

  const step = await pausedAfter(engine, before.hookId);
  expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 75, [app.green]: 25 });
  expect(step.deployment).toMatchObject({
    sourceServiceRevisions: [{ requestedProductionTrafficWeight: 75 }],
    targetServiceRevision: { requestedProductionTrafficWeight: 25 },
  });
  const shares = await answers(app, 200);
  expect(shares['2']).toBeGreaterThan(10);
  expect(shares['2']).toBeLessThan(100);
  await ecs.continueServiceDeployment({ serviceDeploymentArn: step.arn, hookId: step.hookId });

  const done = await settled(ecs, 'SUCCESSFUL');
  expect(done.serviceDeploymentArn).toBe(before.arn);
  expect(done.deploymentConfiguration).toMatchObject({
    strategy: 'CANARY',
    canaryConfiguration: { canaryPercent: 25, canaryBakeTimeInMinutes: 0 },
  });
  expect(await answers(app, 20)).toEqual({ '2': 20 });
  expect((await load.stop()).failed).toEqual([]);
  expect(await describedTasks(ecs, 'RUNNING')).toHaveLength(1);
});

test('a linear shift moves in equal steps, each after a pause of its own, and ends at all', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  const load = traffic(app.production);
  await app.release(
    { VERSION: '2' },
    {
      ...linear(40),
      lifecycleHooks: pauses('PRE_PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'),
    },
  );
  const hookIds: string[] = [];
  for (const share of [0, 40, 80]) {
    const paused = await pausedAfter(engine, ...hookIds);
    expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 100 - share, [app.green]: share });
    hookIds.push(paused.hookId);
    await ecs.continueServiceDeployment({ serviceDeploymentArn: paused.arn, hookId: paused.hookId });
  }
  const last = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  expect(hookIds).not.toContain(last.hookId);
  expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 0, [app.green]: 100 });
  await ecs.continueServiceDeployment({ serviceDeploymentArn: last.arn, hookId: last.hookId });
  await settled(ecs, 'SUCCESSFUL', null);
  expect(await answers(app, 20)).toEqual({ '2': 20 });
  expect((await load.stop()).failed).toEqual([]);
});

test('without pauses the steps follow each other by their bake times', async () => {
  const engine = await testEngine(longMinutes);
  const app = await blueGreenApp(engine);
  // Weights are whole numbers: percentages with a decimal are told in tenths.
  await expectShares(engine, app, [0, 333, 666, 999, 100], 3, linear(33.3, 1));
});

test('all traffic bakes after the last step, with blue still there', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  await app.release({ VERSION: '2' }, { ...canary(10), bakeTimeInMinutes: 1440 });
  const baking = await eventually(async () => {
    const deployment = await latestDeployment(ecs);
    return deployment.lifecycleStage === 'BAKE_TIME' ? deployment : null;
  }, 'the bake');
  expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 0, [app.green]: 100 });
  expect(await describedTasks(ecs, 'RUNNING')).toHaveLength(2);
  await ecs.stopServiceDeployment({ serviceDeploymentArn: known(baking.serviceDeploymentArn) });
  await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(await answers(app, 20)).toEqual({ '1': 20 });
});

test.each([
  { at: 'the canary', configuration: canary(25), steps: 1, share: 25 },
  { at: 'the first linear step', configuration: linear(40), steps: 1, share: 40 },
  { at: 'the second linear step', configuration: linear(40), steps: 2, share: 80 },
])('a rollback at $at gives all traffic back to blue and loses no request', async (given) => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  const load = traffic(app.production);
  await app.release(
    { VERSION: '2' },
    { ...given.configuration, lifecycleHooks: pauses('PRE_PRODUCTION_TRAFFIC_SHIFT') },
  );
  let last: string | null = null;
  for (let step = 0; step < given.steps; step += 1) last = await goOn(engine, last);
  const paused = await pausedAfter(engine, last);
  expect(await weights(elb, app.productionRule)).toEqual({
    [app.blue]: 100 - given.share,
    [app.green]: given.share,
  });
  await ecs.continueServiceDeployment({
    serviceDeploymentArn: paused.arn,
    hookId: paused.hookId,
    action: 'ROLLBACK',
  });
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done.statusReason).toBe(
    'Service deployment rolled back because PRE_PRODUCTION_TRAFFIC_SHIFT lifecycle hook(s) failed.',
  );
  expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 100, [app.green]: 0 });
  expect(await answers(app, 20)).toEqual({ '1': 20 });
  expect((await load.stop()).failed).toEqual([]);
  expect(await describedTasks(ecs, 'RUNNING')).toHaveLength(1);
});

test('a step whose pause nobody answers rolls back by itself', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine);
  await app.release(
    { VERSION: '2' },
    {
      ...canary(25),
      lifecycleHooks: [
        {
          targetType: 'PAUSE',
          lifecycleStages: ['PRE_PRODUCTION_TRAFFIC_SHIFT'],
          timeoutConfiguration: { timeoutInMinutes: 10, action: 'ROLLBACK' },
        },
      ],
    },
  );
  await goOn(engine, null);
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done.statusReason).toBe(
    'Service deployment rolled back because PRE_PRODUCTION_TRAFFIC_SHIFT pause hook timed out.',
  );
  expect(await answers(app, 20)).toEqual({ '1': 20 });
});

test('a service can begin as a canary, and its next release goes by its settings', async () => {
  const engine = await testEngine(longMinutes);
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { deploymentConfiguration: canary(50, 1) });
  const first = await latestDeployment(ecs);
  expect(first.deploymentConfiguration?.canaryConfiguration?.canaryPercent).toBe(50);
  await expectShares(engine, app, [0, 50, 100], 1);
});

test('green that dies at a step is rolled back while blue is healthy', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine);
  await app.release(
    { VERSION: '2' },
    { ...canary(50), lifecycleHooks: pauses('PRE_PRODUCTION_TRAFFIC_SHIFT') },
  );
  const first = await goOn(engine, null);
  await pausedAfter(engine, first);
  await fetch(`http://127.0.0.1:${app.test}/crash`).catch(() => null);
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done.statusReason).toContain('no task of the target service revision is healthy');
  expect(await answers(app, 20)).toEqual({ '1': 20 });
});

test('a killed engine goes on at the step where it was', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  const load = traffic(app.production);
  await app.release(
    { VERSION: '2' },
    { ...linear(40), lifecycleHooks: pauses('PRE_PRODUCTION_TRAFFIC_SHIFT') },
  );
  const first = await goOn(engine, null);
  const paused = await pausedAfter(engine, first);
  const pid = engine.pid();
  process.kill(pid, 'SIGKILL');
  await eventually(() => engine.pid() !== pid, 'another engine');
  const again = await eventually(
    () => pausedAt(engine.clients.ecs, 'PRE_PRODUCTION_TRAFFIC_SHIFT').catch(() => null),
    'the same pause',
  );
  expect(again.hookId).toBe(paused.hookId);
  expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 60, [app.green]: 40 });
  await goOn(engine, first);
  await goOn(engine, paused.hookId);
  await settled(ecs, 'SUCCESSFUL');
  expect((await load.stop()).failed).toEqual([]);
});
