import { expect, test } from 'vitest';
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
} from './rig.ts';
import type { TestEngine } from './rig.ts';

/** A service without a load balancer: a worker that goes on until it is told to stop. */
async function worker({ clients, image }: TestEngine, desiredCount: number) {
  const reference = await image(
    { 'run.sh': `echo "$VERSION"; trap 'exit 0' TERM; while :; do sleep 0.05; done` },
    ['sh', 'run.sh'],
  );
  await clients.ecs.createCluster({ clusterName: 'test' });
  const version = async (name: string, command?: string[]): Promise<string> => {
    const { taskDefinition } = await clients.ecs.registerTaskDefinition({
      family: 'worker',
      memory: '512',
      containerDefinitions: [
        {
          name: 'worker',
          image: reference,
          environment: [{ name: 'VERSION', value: name }],
          ...(command === undefined ? {} : { command }),
        },
      ],
    });
    return known(taskDefinition?.taskDefinitionArn);
  };
  await clients.ecs.createService({
    cluster: 'test',
    serviceName: 'web',
    taskDefinition: await version('1'),
    desiredCount,
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    tags: [{ key: 'team', value: 'orders' }],
    propagateTags: 'SERVICE',
  });
  await settled(clients.ecs, 'SUCCESSFUL');
  return { version };
}

const described = async ({ clients }: TestEngine) =>
  known(
    (await clients.ecs.describeServices({ cluster: 'test', services: ['web'], include: ['TAGS'] }))
      .services?.[0],
  );

test('a rolling deployment replaces every task and ends on the new task definition', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { version } = await worker(engine, 3);
  const first = await latestDeployment(ecs);
  const next = await version('2');
  const { service } = await ecs.updateService({ cluster: 'test', service: 'web', taskDefinition: next });
  expect(service?.deployments?.map((each) => [each.status, each.rolloutState])).toEqual([
    ['PRIMARY', 'IN_PROGRESS'],
    ['ACTIVE', 'COMPLETED'],
  ]);
  await settled(ecs, 'SUCCESSFUL', known(first.serviceDeploymentArn));
  const tasks = await describedTasks(ecs, 'RUNNING');
  expect(tasks.map((task) => task.taskDefinitionArn)).toEqual([next, next, next]);
  expect(await described(engine)).toMatchObject({
    runningCount: 3,
    pendingCount: 0,
    taskDefinition: next,
    deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED', desiredCount: 3 }],
    tags: [{ key: 'team', value: 'orders' }],
  });
  const { events } = await described(engine);
  expect(events?.[0]?.message).toBe('(service web) has reached a steady state.');
  const { tasks: tagged } = await ecs.describeTasks({
    cluster: 'test',
    tasks: [known(tasks[0]?.taskArn)],
    include: ['TAGS'],
  });
  expect(tagged?.[0]?.tags).toEqual([{ key: 'team', value: 'orders' }]);
});

test('a rolling release that exits at once trips the breaker and the old tasks stay', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { version } = await worker(engine, 2);
  const before = (await described(engine)).taskDefinition;
  const kept = new Set((await describedTasks(ecs, 'RUNNING')).map((task) => task.taskArn));
  await ecs.updateService({
    cluster: 'test',
    service: 'web',
    taskDefinition: await version('2', ['sh', '-c', 'exit 1']),
  });
  await settled(ecs, 'ROLLBACK_SUCCESSFUL');
  await eventually(
    async () => ((await described(engine)).deployments?.length === 1 ? true : null),
    'one deployment',
  );
  expect(new Set((await describedTasks(ecs, 'RUNNING')).map((task) => task.taskArn))).toEqual(kept);
  expect((await described(engine)).taskDefinition).toBe(before);
});

test('a new desired count starts and stops tasks without a deployment', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  await worker(engine, 1);
  const deployment = (await latestDeployment(ecs)).serviceDeploymentArn;
  for (const count of [3, 0]) {
    await ecs.updateService({ cluster: 'test', service: 'web', desiredCount: count });
    await eventually(
      async () => ((await described(engine)).runningCount === count ? true : null),
      `${count} tasks`,
    );
  }
  expect((await latestDeployment(ecs)).serviceDeploymentArn).toBe(deployment);
});

test('the same settings again are no deployment, unless forced', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  await worker(engine, 1);
  const deployment = known((await latestDeployment(ecs)).serviceDeploymentArn);
  const taskDefinition = known((await described(engine)).taskDefinition);
  await ecs.updateService({ cluster: 'test', service: 'web', taskDefinition });
  expect((await latestDeployment(ecs)).serviceDeploymentArn).toBe(deployment);
  await ecs.updateService({ cluster: 'test', service: 'web', forceNewDeployment: true });
  await settled(ecs, 'SUCCESSFUL', deployment);
  const { serviceDeployments } = await ecs.listServiceDeployments({ cluster: 'test', service: 'web' });
  expect(serviceDeployments?.map((each) => each.status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
  const earlier = await ecs.listServiceDeployments({
    cluster: 'test',
    service: 'web',
    status: ['SUCCESSFUL'],
    createdAt: { before: known(serviceDeployments?.[0]?.createdAt) },
  });
  expect(earlier.serviceDeployments?.map((each) => each.serviceDeploymentArn)).toEqual([deployment]);
});

test('a task that ends is replaced', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine);
  const [before] = await describedTasks(ecs, 'RUNNING');
  await fetch(`http://127.0.0.1:${app.production}/crash`).catch(() => null);
  await eventually(async () => {
    const [after] = await describedTasks(ecs, 'RUNNING');
    return after !== undefined && after.taskArn !== before?.taskArn && after.lastStatus === 'RUNNING'
      ? true
      : null;
  }, 'another task');
  await app.answers('1');
  const stopped = (await describedTasks(ecs, 'STOPPED')).find((task) => task.taskArn === before?.taskArn);
  expect(stopped).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 9 }] });
});

test('a task is drained before it is asked to stop: a request that it holds is answered', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { desiredCount: 2 });
  const load = traffic(app.production);
  const slow = Promise.all([app.answer(app.production, '/slow'), app.answer(app.production, '/slow')]);
  await eventually(async () => (await app.answer(app.production)) === '1' || null, 'traffic');
  await ecs.updateService({ cluster: 'test', service: 'web', desiredCount: 1 });
  expect(await slow).toEqual(['1', '1']);
  await eventually(
    async () => ((await describedTasks(ecs, 'RUNNING')).length === 1 ? true : null),
    'one task',
  );
  expect((await load.stop()).failed).toEqual([]);
});

test('a service scaled during a deployment has the new count on both sides', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_TEST_TRAFFIC_SHIFT'] });
  await app.release({ VERSION: '2' });
  const { arn, hookId } = await pausedAt(ecs, 'POST_TEST_TRAFFIC_SHIFT');
  await ecs.updateService({ cluster: 'test', service: 'web', desiredCount: 2 });
  await eventually(async () => {
    const tasks = await describedTasks(ecs, 'RUNNING');
    return tasks.filter((task) => task.lastStatus === 'RUNNING').length === 4 ? true : null;
  }, 'four tasks');
  await ecs.continueServiceDeployment({ serviceDeploymentArn: arn, hookId });
  await settled(ecs, 'SUCCESSFUL');
  await eventually(async () => ((await described(engine)).runningCount === 2 ? true : null), 'two tasks');
});

test('a deleted service drains, becomes inactive and can be made anew', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { version } = await worker(engine, 2);
  await expect(ecs.deleteService({ cluster: 'test', service: 'web' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: 'The service cannot be stopped while it is scaled above 0.',
  });
  const { service } = await ecs.deleteService({ cluster: 'test', service: 'web', force: true });
  expect(service).toMatchObject({ status: 'DRAINING', desiredCount: 0 });
  expect((await ecs.listServices({ cluster: 'test' })).serviceArns).toEqual([]);
  await eventually(
    async () => ((await described(engine)).status === 'INACTIVE' ? true : null),
    'an inactive service',
  );
  await expect(ecs.updateService({ cluster: 'test', service: 'web', desiredCount: 1 })).rejects.toMatchObject(
    {
      name: 'ServiceNotActiveException',
    },
  );
  await ecs.createService({
    cluster: 'test',
    serviceName: 'web',
    taskDefinition: await version('3'),
    desiredCount: 1,
  });
  await eventually(
    async () => ((await described(engine)).runningCount === 1 ? true : null),
    'a running service',
  );
  await ecs.deleteService({ cluster: 'test', service: 'web', force: true });
  await eventually(
    async () => ((await described(engine)).status === 'INACTIVE' ? true : null),
    'an inactive service',
  );
  await ecs.deleteCluster({ cluster: 'test' });
});

test('a service whose first release never comes up ends without tasks, and a next release mends it', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { version } = await worker(engine, 1);
  await ecs.deleteService({ cluster: 'test', service: 'web', force: true });
  await eventually(
    async () => ((await described(engine)).status === 'INACTIVE' ? true : null),
    'an inactive service',
  );
  const broken = await version('x', ['sh', '-c', 'exit 1']);
  await ecs.createService({
    cluster: 'test',
    serviceName: 'web',
    taskDefinition: broken,
    desiredCount: 1,
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  });
  const failed = await settled(ecs, 'ROLLBACK_FAILED');
  await ecs.updateService({ cluster: 'test', service: 'web', taskDefinition: await version('3') });
  await settled(ecs, 'SUCCESSFUL', known(failed.serviceDeploymentArn));
  expect(await described(engine)).toMatchObject({ runningCount: 1 });
});
