import type { DeploymentAlarms, DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { eventually } from '../tasks/rig.ts';
import {
  alarmedEngine,
  blueGreenApp,
  describedTasks,
  known,
  latestDeployment,
  pausedAt,
  settled,
  traffic,
  weights,
} from './rig.ts';
import type { TestEngine } from './rig.ts';

const alarms = (change: Partial<DeploymentAlarms> = {}): DeploymentAlarms => ({
  alarmNames: ['errors', 'latency'],
  enable: true,
  rollback: true,
  ...change,
});

const canary: DeploymentConfiguration = {
  strategy: 'CANARY',
  bakeTimeInMinutes: 0,
  canaryConfiguration: { canaryPercent: 25, canaryBakeTimeInMinutes: 1440 },
};

async function events({ clients: { ecs } }: TestEngine): Promise<readonly string[]> {
  const { services } = await ecs.describeServices({ cluster: 'test', services: ['web'] });
  return (services?.[0]?.events ?? []).map(({ message }) => message ?? '');
}

const stage = ({ clients: { ecs } }: TestEngine, name: string) =>
  eventually(async () => {
    const deployment = await latestDeployment(ecs);
    return deployment.lifecycleStage === name ? deployment : null;
  }, `the stage ${name}`);

test('an alarm that goes red while a canary bakes gives all traffic back to blue', async () => {
  const engine = await alarmedEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  const load = traffic(app.production);
  await app.release({ VERSION: '2' }, { ...canary, alarms: alarms() });
  await eventually(async () => (await weights(elb, app.productionRule))[app.green] === 25, 'the canary');
  expect((await latestDeployment(ecs)).alarms).toEqual({
    status: 'MONITORING',
    alarmNames: ['errors', 'latency'],
    triggeredAlarmNames: [],
  });
  engine.red.add('latency');
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done).toMatchObject({
    statusReason: 'Service deployment rolled back because of CloudWatch alarm(s) in ALARM state: latency.',
    alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['latency'] },
    rollback: { serviceRevisionArn: done.sourceServiceRevisions?.[0]?.arn },
  });
  expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 100, [app.green]: 0 });
  expect((await load.stop()).failed).toEqual([]);
  expect(await events(engine)).toContainEqual(expect.stringContaining('deployment failed: alarm detected.'));
});

test('without rollback a red alarm stops the deployment where it is', async () => {
  const engine = await alarmedEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  await app.release({ VERSION: '2' }, { ...canary, alarms: alarms({ rollback: false }) });
  await eventually(async () => (await weights(elb, app.productionRule))[app.green] === 25, 'the canary');
  engine.red.add('errors');
  const done = await settled(ecs, 'STOPPED');
  expect(done.alarms).toMatchObject({ status: 'TRIGGERED', triggeredAlarmNames: ['errors'] });
  expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 75, [app.green]: 25 });
  expect(await describedTasks(ecs, 'RUNNING')).toHaveLength(2);
});

test('an alarm of somebody else, or alarms that are not enabled, change nothing', async () => {
  const engine = await alarmedEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_PRODUCTION_TRAFFIC_SHIFT'] });
  for (const [version, configured] of [
    ['2', alarms({ alarmNames: ['others'] })],
    ['3', alarms({ enable: false })],
  ] as const) {
    engine.red.clear();
    await app.release({ VERSION: version }, { alarms: configured });
    const { arn, hookId, deployment } = await eventually(async () => {
      const found = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
      return (await app.answer(app.production)) === version ? found : null;
    }, `a pause of version ${version}`);
    expect(deployment.alarms?.status).toBe(configured.enable === true ? 'MONITORING' : 'DISABLED');
    engine.red.add('errors');
    await ecs.continueServiceDeployment({ serviceDeploymentArn: arn, hookId });
    await eventually(async () => {
      const latest = await latestDeployment(ecs);
      return latest.serviceDeploymentArn === arn && latest.status === 'SUCCESSFUL';
    }, 'a successful deployment');
  }
});

test('an alarm that is red when a deployment starts is not watched during it', async () => {
  const engine = await alarmedEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_PRODUCTION_TRAFFIC_SHIFT'] });
  const before = known((await latestDeployment(ecs)).serviceDeploymentArn);
  engine.red.add('errors');
  await app.release({ VERSION: '2' }, { bakeTimeInMinutes: 1, alarms: alarms() });
  const { arn, hookId } = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  engine.red.add('latency');
  await ecs.continueServiceDeployment({ serviceDeploymentArn: arn, hookId });
  const done = await settled(ecs, 'SUCCESSFUL', before);
  expect(done.alarms).toMatchObject({ status: 'DISABLED', triggeredAlarmNames: [] });
});

test('alarms are watched while all traffic bakes on green, and in a pause', async () => {
  const engine = await alarmedEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_TEST_TRAFFIC_SHIFT'] });
  await app.release({ VERSION: '2' }, { bakeTimeInMinutes: 1440, alarms: alarms() });
  const paused = await pausedAt(ecs, 'POST_TEST_TRAFFIC_SHIFT');
  engine.red.add('errors');
  await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  engine.red.clear();
  await app.release({ VERSION: '3' }, { lifecycleHooks: [] });
  await eventually(
    async () => (await latestDeployment(ecs)).serviceDeploymentArn !== paused.arn,
    'a new deployment',
  );
  await stage(engine, 'BAKE_TIME');
  expect(await app.answer(app.production)).toBe('3');
  engine.red.add('errors');
  await settled(ecs, 'ROLLBACK_SUCCESSFUL', paused.arn);
  expect(await app.answer(app.production)).toBe('1');
});

test('a rolling deployment bakes after its old tasks have gone, and an alarm brings them back', async () => {
  const engine = await alarmedEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { desiredCount: 2 });
  const before = known((await latestDeployment(ecs)).serviceDeploymentArn);
  const load = traffic(app.production);
  await app.release({ VERSION: '2' }, { strategy: 'ROLLING', bakeTimeInMinutes: 1440, alarms: alarms() });
  await eventually(async () => {
    const { serviceDeploymentArn, sourceServiceRevisions, targetServiceRevision } =
      await latestDeployment(ecs);
    return (
      serviceDeploymentArn !== before &&
      sourceServiceRevisions?.[0]?.runningTaskCount === 0 &&
      targetServiceRevision?.runningTaskCount === 2
    );
  }, 'a whole exchange');
  expect((await latestDeployment(ecs)).status).toBe('IN_PROGRESS');
  engine.red.add('errors');
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done.alarms?.triggeredAlarmNames).toEqual(['errors']);
  expect(await app.answer(app.production)).toBe('1');
  expect((await load.stop()).failed).toEqual([]);
});

test('no name is no alarm', async () => {
  const engine = await alarmedEngine();
  const app = await blueGreenApp(engine);
  await expect(app.release({ VERSION: '2' }, { alarms: alarms({ alarmNames: [] }) })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});
