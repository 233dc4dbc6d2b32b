import { expect, test } from 'vitest';
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

test('a first deployment brings the service up on its primary group', async () => {
  const engine = await testEngine();
  const app = await blueGreenApp(engine);
  expect(await app.answer(app.production)).toBe('1');
  expect(await weights(engine.clients.elb, app.productionRule)).toEqual({ [app.blue]: 100, [app.green]: 0 });
  const { services } = await engine.clients.ecs.describeServices({ cluster: 'test', services: ['web'] });
  expect(services?.[0]).toMatchObject({
    status: 'ACTIVE',
    desiredCount: 1,
    runningCount: 1,
    pendingCount: 0,
    deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED', runningCount: 1, failedTasks: 0 }],
  });
});

test('a blue-green deployment pauses, tests green, shifts all traffic and loses no request', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine, {
    stages: ['POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'],
  });
  const load = traffic(app.production);
  await app.release({ VERSION: '2' });

  const tested = await pausedAt(ecs, 'POST_TEST_TRAFFIC_SHIFT');
  expect(await app.answer(app.test)).toBe('2');
  expect(await app.answer(app.production)).toBe('1');
  expect(tested.deployment).toMatchObject({
    status: 'IN_PROGRESS',
    lifecycleHookDetails: [{ targetType: 'PAUSE', status: 'AWAITING_ACTION', timeoutAction: 'ROLLBACK' }],
    sourceServiceRevisions: [
      { requestedTaskCount: 1, runningTaskCount: 1, requestedProductionTrafficWeight: 100 },
    ],
    targetServiceRevision: {
      requestedTaskCount: 1,
      runningTaskCount: 1,
      requestedProductionTrafficWeight: 0,
      requestedTestTrafficWeight: 100,
    },
  });
  await ecs.continueServiceDeployment({ serviceDeploymentArn: tested.arn, hookId: tested.hookId });

  const shifted = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  expect(shifted.hookId).not.toBe(tested.hookId);
  expect(await app.answer(app.production)).toBe('2');
  expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 0, [app.green]: 100 });
  expect(await describedTasks(ecs, 'RUNNING')).toHaveLength(2);
  await ecs.continueServiceDeployment({
    serviceDeploymentArn: shifted.arn,
    hookId: shifted.hookId,
    action: 'CONTINUE',
  });

  const done = await settled(ecs, 'SUCCESSFUL', null);
  expect(done.serviceDeploymentArn).toBe(tested.arn);
  expect(done.finishedAt).toBeInstanceOf(Date);
  expect(await describedTasks(ecs, 'RUNNING')).toHaveLength(1);
  const { requests, failed, versions } = await load.stop();
  expect(failed).toEqual([]);
  expect(requests).toBeGreaterThan(10);
  expect([...versions].sort()).toEqual(['1', '2']);
  const [stopped] = await describedTasks(ecs, 'STOPPED');
  expect(stopped).toMatchObject({
    lastStatus: 'STOPPED',
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: expect.stringMatching(/^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/),
    containers: [{ name: 'web', exitCode: 0, lastStatus: 'STOPPED' }],
  });
});

test('a rollback at a pause returns to blue, and the service says so', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_PRODUCTION_TRAFFIC_SHIFT'] });
  const before = known(
    (await ecs.describeServices({ cluster: 'test', services: ['web'] })).services?.[0]?.taskDefinition,
  );
  const load = traffic(app.production);
  await app.release({ VERSION: '2' });
  const paused = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  await ecs.continueServiceDeployment({
    serviceDeploymentArn: paused.arn,
    hookId: paused.hookId,
    action: 'ROLLBACK',
  });
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done.rollback).toMatchObject({
    reason: 'Service deployment rolled back because POST_PRODUCTION_TRAFFIC_SHIFT lifecycle hook(s) failed.',
    serviceRevisionArn: done.sourceServiceRevisions?.[0]?.arn,
  });
  expect(await app.answer(app.production)).toBe('1');
  expect((await load.stop()).failed).toEqual([]);
  const service = (await ecs.describeServices({ cluster: 'test', services: ['web'] })).services?.[0];
  expect(service).toMatchObject({
    taskDefinition: before,
    runningCount: 1,
    deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }],
  });
});

test('the groups alternate from deployment to deployment', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  let last = (await latestDeployment(ecs)).serviceDeploymentArn ?? null;
  for (const [version, group] of [
    ['2', app.green],
    ['3', app.blue],
  ] as const) {
    await app.release({ VERSION: version });
    last = (await settled(ecs, 'SUCCESSFUL', last)).serviceDeploymentArn ?? null;
    expect(await app.answer(app.production)).toBe(version);
    expect((await weights(elb, app.productionRule))[group]).toBe(100);
  }
});

test('a pause that nobody answers rolls back when its minutes are over', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_TEST_TRAFFIC_SHIFT'], timeoutInMinutes: 1 });
  await app.release({ VERSION: '2' });
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done.statusReason).toBe(
    'Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT pause hook timed out.',
  );
});

test('a hook that is over, or was never there, cannot be answered', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, {
    stages: ['POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'],
  });
  await app.release({ VERSION: '2' });
  const first = await pausedAt(ecs, 'POST_TEST_TRAFFIC_SHIFT');
  await expect(
    ecs.continueServiceDeployment({ serviceDeploymentArn: first.arn, hookId: 'ecs-pause-nobody' }),
  ).rejects.toMatchObject({ name: 'ClientException' });
  await ecs.continueServiceDeployment({ serviceDeploymentArn: first.arn, hookId: first.hookId });
  await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  await expect(
    ecs.continueServiceDeployment({ serviceDeploymentArn: first.arn, hookId: first.hookId }),
  ).rejects.toMatchObject({ name: 'ClientException' });
  await expect(
    ecs.continueServiceDeployment({ serviceDeploymentArn: `${first.arn}x`, hookId: first.hookId }),
  ).rejects.toMatchObject({ name: 'ServiceDeploymentNotFoundException' });
});

test('a deployment can be stopped, once', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_PRODUCTION_TRAFFIC_SHIFT'] });
  await app.release({ VERSION: '2' });
  const { arn } = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  await ecs.stopServiceDeployment({ serviceDeploymentArn: arn, stopType: 'ROLLBACK' });
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done.statusReason).toBe('Service deployment rolled back by user.');
  expect(await app.answer(app.production)).toBe('1');
  await expect(ecs.stopServiceDeployment({ serviceDeploymentArn: arn })).rejects.toMatchObject({
    name: 'ConflictException',
  });
});

test('an update during a deployment supersedes it, and traffic stays whole', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_PRODUCTION_TRAFFIC_SHIFT'] });
  const load = traffic(app.production);
  await app.release({ VERSION: '2' });
  const first = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  await app.release({ VERSION: '3' }, { lifecycleHooks: [] });
  const second = await settled(ecs, 'SUCCESSFUL', first.arn);
  expect(second.sourceServiceRevisions).toHaveLength(2);
  const { serviceDeployments } = await ecs.describeServiceDeployments({ serviceDeploymentArns: [first.arn] });
  expect(serviceDeployments?.[0]).toMatchObject({ status: 'STOPPED' });
  expect(await app.answer(app.production)).toBe('3');
  expect((await load.stop()).failed).toEqual([]);
});

test('green that exits at start trips the circuit breaker, with the exit code and log kept', async () => {
  const engine = await testEngine();
  const { ecs, logs } = engine.clients;
  const app = await blueGreenApp(engine);
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: 'web' });
  const [container] = taskDefinition?.containerDefinitions ?? [];
  const broken = await ecs.registerTaskDefinition({
    family: 'web',
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ ...container, command: ['sh', '-c', 'echo no database; exit 7'] }],
  });
  await ecs.updateService({
    cluster: 'test',
    service: 'web',
    taskDefinition: known(broken.taskDefinition?.taskDefinitionArn),
  });
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done).toMatchObject({
    deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 },
  });
  const stopped = (await describedTasks(ecs, 'STOPPED')).find(
    (task) => task.stopCode === 'EssentialContainerExited',
  );
  expect(stopped).toMatchObject({
    stoppedReason: 'Essential container in task exited',
    containers: [{ exitCode: 7 }],
  });
  const { events } = await logs.getLogEvents({
    logGroupName: '/ecs/web',
    logStreamName: `ecs/web/${stopped?.taskArn?.split('/').at(-1)}`,
    startFromHead: true,
  });
  expect(events?.map((event) => event.message)).toEqual(['no database']);
  expect(await app.answer(app.production)).toBe('1');
});

test('green that fails its health checks is replaced until the breaker trips', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  await elb.modifyTargetGroup({ TargetGroupArn: app.green, UnhealthyThresholdCount: 2 });
  await ecs.updateService({ cluster: 'test', service: 'web', healthCheckGracePeriodSeconds: 0 });
  await app.release({ VERSION: '2', HEALTH: '500' });
  await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  const failed = (await describedTasks(ecs, 'STOPPED')).filter((task) =>
    task.stoppedReason?.startsWith('Task failed ELB health checks'),
  );
  expect(failed.length).toBeGreaterThanOrEqual(3);
  expect(await app.answer(app.production)).toBe('1');
});

test('two target groups that are not both on the rule cannot carry a deployment', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine);
  await elb.modifyRule({ RuleArn: app.testRule, Actions: [{ Type: 'forward', TargetGroupArn: app.blue }] });
  await app.release({ VERSION: '2' });
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  expect(done.statusReason).toContain('invalid networking configuration');
});

test('a rolling update after a shift that was broken off brings the traffic back to its own tasks', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_PRODUCTION_TRAFFIC_SHIFT'] });
  const load = traffic(app.production);
  await app.release({ VERSION: '2' });
  const { arn } = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  await ecs.stopServiceDeployment({ serviceDeploymentArn: arn, stopType: 'ABORT' });
  await settled(ecs, 'STOPPED');
  expect(await app.answer(app.production)).toBe('2');
  await app.release({ VERSION: '3' }, { strategy: 'ROLLING' });
  await settled(ecs, 'SUCCESSFUL', arn);
  expect(await app.answer(app.production)).toBe('3');
  expect(await weights(elb, app.productionRule)).toEqual({ [app.blue]: 100, [app.green]: 0 });
  expect(await describedTasks(ecs, 'RUNNING')).toHaveLength(1);
  expect((await load.stop()).failed).toEqual([]);
});

test.each(['ROLLING', 'BLUE_GREEN'] as const)(
  'a %s update mends weights that point where no task is',
  async (strategy) => {
    const engine = await testEngine();
    const { ecs, elb } = engine.clients;
    const app = await blueGreenApp(engine);
    const before = known((await latestDeployment(ecs)).serviceDeploymentArn);
    await elb.modifyRule({
      RuleArn: app.productionRule,
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: app.blue, Weight: 0 },
              { TargetGroupArn: app.green, Weight: 1 },
            ],
          },
        },
      ],
    });
    await app.release({ VERSION: '2' }, { strategy });
    await settled(ecs, 'SUCCESSFUL', before);
    expect(await app.answer(app.production)).toBe('2');
  },
);
