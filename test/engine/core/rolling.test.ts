import { expect, test } from 'vitest';
import { eventually } from '../tasks/rig.ts';
import { describedTasks, known, latestDeployment, settled, testEngine } from './rig.ts';
import type { TestEngine } from './rig.ts';
import { workerService } from './worker.ts';

const latestArn = async ({ clients: { ecs } }: TestEngine): Promise<string> =>
  known((await latestDeployment(ecs)).serviceDeploymentArn);

/** The most and the fewest tasks that run at any time until the next deployment has this status. */
async function extremes({ clients: { ecs } }: TestEngine, before: string, status: string) {
  let most = 0;
  let fewest = Number.POSITIVE_INFINITY;
  await eventually(async () => {
    const tasks = await describedTasks(ecs, 'RUNNING');
    most = Math.max(most, tasks.length);
    // Of those that were listed some may have made room for others before they were described.
    const whole = tasks.every(({ desiredStatus }) => desiredStatus === 'RUNNING');
    if (whole) fewest = Math.min(fewest, tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length);
    const latest = await latestDeployment(ecs);
    return whole && latest.serviceDeploymentArn !== before && latest.status === status;
  }, `a deployment that is ${status}`);
  return { most, fewest };
}

test.each([
  { minimumHealthyPercent: 100, maximumPercent: 150, most: 6, fewest: 4 },
  { minimumHealthyPercent: 50, maximumPercent: 100, most: 4, fewest: 2 },
])(
  'a rolling deployment keeps $minimumHealthyPercent percent and has $maximumPercent at most',
  async ({ most, fewest, ...percentages }) => {
    const engine = await testEngine();
    const { release } = await workerService(engine, 4, percentages);
    const before = await latestArn(engine);
    const next = await release('2');
    const seen = await extremes(engine, before, 'SUCCESSFUL');
    expect(seen.most).toBeLessThanOrEqual(most);
    expect(seen.fewest).toBeGreaterThanOrEqual(fewest);
    const tasks = await describedTasks(engine.clients.ecs, 'RUNNING');
    expect(tasks.map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual(Array(4).fill(next));
  },
);

test('a desired count that changes during a rolling deployment holds at its end', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { release } = await workerService(engine, 2);
  const before = await latestArn(engine);
  const next = await release('2');
  await ecs.updateService({ cluster: 'test', service: 'web', desiredCount: 4 });
  await settled(ecs, 'SUCCESSFUL', before);
  const tasks = await describedTasks(ecs, 'RUNNING');
  expect(tasks.map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual(Array(4).fill(next));
});

test('the breaker trips at the number of failures that it is told', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { release } = await workerService(engine, 1);
  await release('2', 'exit 3', {
    deploymentCircuitBreaker: {
      enable: true,
      rollback: true,
      thresholdConfiguration: { type: 'COUNT', value: 2 },
    },
  });
  expect(await settled(ecs, 'ROLLBACK_SUCCESSFUL')).toMatchObject({
    statusReason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
    deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 2, threshold: 2 },
  });
});

test('without rollback a breaker that trips stops the deployment and leaves the old tasks', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { release } = await workerService(engine, 2);
  const kept = new Set((await describedTasks(ecs, 'RUNNING')).map(({ taskArn }) => taskArn));
  await release('2', 'exit 3', { deploymentCircuitBreaker: { enable: true, rollback: false } });
  const done = await settled(ecs, 'STOPPED');
  expect(done.deploymentCircuitBreaker).toMatchObject({ status: 'TRIGGERED', threshold: 3 });
  await eventually(async () => (await describedTasks(ecs, 'RUNNING')).length === 2, 'no new tasks');
  expect(new Set((await describedTasks(ecs, 'RUNNING')).map(({ taskArn }) => taskArn))).toEqual(kept);
});

/** Tasks that count as healthy and fail a little later, again and again. */
const healthyThenFails = 'sleep 1.5; exit 3';

test('a task that becomes healthy sets the count of failures back, unless it is told not to', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { release } = await workerService(engine, 1, { minimumHealthyPercent: 100, maximumPercent: 200 });
  const breaker = {
    enable: true,
    rollback: true,
    thresholdConfiguration: { type: 'COUNT', value: 2 } as const,
  };
  const before = await latestArn(engine);
  await release('2', healthyThenFails, {
    bakeTimeInMinutes: 1440,
    alarms: { alarmNames: ['none'], enable: true, rollback: true },
    deploymentCircuitBreaker: { ...breaker, resetOnHealthyTask: true },
  });
  // It fails more than twice in its bake and goes on: each of its tasks was healthy first.
  await eventually(async () => {
    const { services } = await ecs.describeServices({ cluster: 'test', services: ['web'] });
    return (services?.[0]?.deployments?.[0]?.failedTasks ?? 0) >= 3;
  }, 'three failed tasks');
  const going = await latestDeployment(ecs);
  expect(going.serviceDeploymentArn).not.toBe(before);
  expect(going.status).toBe('IN_PROGRESS');
  await release('3', healthyThenFails, {
    bakeTimeInMinutes: 1440,
    deploymentCircuitBreaker: { ...breaker, resetOnHealthyTask: false },
  });
  const done = await settled(ecs, 'ROLLBACK_SUCCESSFUL', known(going.serviceDeploymentArn));
  expect(done.deploymentCircuitBreaker).toMatchObject({ status: 'TRIGGERED', failureCount: 2 });
});

/** Every second task of a service never becomes healthy: it waits for a lock that the first one holds. */
const oneAtATime = (folder: string) =>
  `trap 'rmdir ${folder}/lock; exit 0' TERM; mkdir ${folder}/lock || { sleep 0.1; exit 1; }; while :; do sleep 0.05; done`;

test.each(['BLOCKING', 'DEFERRED'] as const)(
  'a deployment is over early when enough tasks are healthy: %s',
  async (sourceServiceRevisionCleanup) => {
    const engine = await testEngine();
    const { ecs } = engine.clients;
    const { release } = await workerService(engine, 2);
    const before = await latestArn(engine);
    await release('2', oneAtATime(engine.folder), {
      minimumHealthyPercent: 50,
      maximumPercent: 200,
      earlySuccessCriteria: { enable: true, healthyPercent: 50, sourceServiceRevisionCleanup },
    });
    const done = await settled(ecs, 'SUCCESSFUL', before);
    expect(done.targetServiceRevision?.requestedTaskCount).toBe(2);
    await eventually(async () => {
      const latest = await latestDeployment(ecs);
      return latest.sourceServiceRevisions?.[0]?.runningTaskCount === 0;
    }, 'no old task');
  },
);

test('early success is refused where it cannot be', async () => {
  const engine = await testEngine();
  const { release } = await workerService(engine, 1);
  const refused = { name: 'InvalidParameterException' };
  const criteria = { enable: true, healthyPercent: 50, sourceServiceRevisionCleanup: 'BLOCKING' } as const;
  for (const wrong of [
    { earlySuccessCriteria: criteria, minimumHealthyPercent: 60 },
    { earlySuccessCriteria: { ...criteria, healthyPercent: 101 } },
    { earlySuccessCriteria: { enable: true, healthyPercent: 100 } },
    { earlySuccessCriteria: criteria, strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 },
  ] as const)
    await expect(release('2', undefined, wrong)).rejects.toMatchObject(refused);
});

test('the history of deployments is told newest first, by page, status and time', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { release } = await workerService(engine, 1, {
    deploymentCircuitBreaker: { enable: true, rollback: true },
  });
  const arns = [await latestArn(engine)];
  for (const [name, script, status] of [
    ['2', undefined, 'SUCCESSFUL'],
    ['3', 'exit 1', 'ROLLBACK_SUCCESSFUL'],
    ['4', undefined, 'SUCCESSFUL'],
  ] as const) {
    await release(name, script);
    arns.push(known((await settled(ecs, status, known(arns.at(-1)))).serviceDeploymentArn));
  }
  const list = async (filter: Omit<Parameters<typeof ecs.listServiceDeployments>[0], 'service'> = {}) =>
    ecs.listServiceDeployments({ cluster: 'test', service: 'web', ...filter });
  const found = async (filter?: Parameters<typeof list>[0]) =>
    (await list(filter)).serviceDeployments?.map(({ serviceDeploymentArn }) => serviceDeploymentArn);
  expect(await found()).toEqual(arns.toReversed());
  expect(await found({ status: ['ROLLBACK_SUCCESSFUL', 'PENDING'] })).toEqual([arns[2]]);
  const [, third, second] = known((await list()).serviceDeployments);
  expect(await found({ createdAt: { before: known(third?.createdAt) } })).toEqual([arns[1], arns[0]]);
  expect(await found({ createdAt: { after: known(second?.createdAt) } })).toEqual([arns[3], arns[2]]);
  const first = await list({ maxResults: 3 });
  const rest = await list({ maxResults: 3, nextToken: known(first.nextToken) });
  expect(
    [...known(first.serviceDeployments), ...known(rest.serviceDeployments)].map(
      ({ serviceDeploymentArn }) => serviceDeploymentArn,
    ),
  ).toEqual(arns.toReversed());
  expect(rest.nextToken).toBeUndefined();
  await expect(list({ nextToken: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(list({ maxResults: 101 })).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
