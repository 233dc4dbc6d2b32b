import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ECS } from '@aws-sdk/client-ecs';
import { eventually } from '../tasks/rig.ts';
import { known, testEngine } from './rig.ts';
import type { TestEngine } from './rig.ts';

async function job(
  { clients, image }: TestEngine,
  script: string,
  extra: Partial<Parameters<ECS['registerTaskDefinition']>[0]> = {},
) {
  const reference = await image({ 'run.sh': script }, ['sh', 'run.sh']);
  await clients.ecs.createCluster({ clusterName: 'test' });
  await clients.ecs.registerTaskDefinition({
    family: 'job',
    memory: '512',
    containerDefinitions: [
      {
        name: 'job',
        image: reference,
        environment: [{ name: 'GREETING', value: 'hello' }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/jobs',
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': 'ecs',
          },
        },
      },
    ],
    ...extra,
  });
  return reference;
}

async function stoppedTask(ecs: ECS, arn: string) {
  return eventually(async () => {
    const task = (await ecs.describeTasks({ cluster: 'test', tasks: [arn] })).tasks?.[0];
    return task?.lastStatus === 'STOPPED' ? task : null;
  }, 'a stopped task');
}

test('a one-off task runs once with its overrides and keeps its exit code, reason and log', async () => {
  const engine = await testEngine();
  const { ecs, logs } = engine.clients;
  await job(engine, 'echo "$GREETING $NAME $1"; exit 4');
  const { tasks, failures } = await ecs.runTask({
    cluster: 'test',
    taskDefinition: 'job',
    startedBy: 'deployer',
    group: 'migrations',
    overrides: {
      cpu: '512',
      containerOverrides: [
        {
          name: 'job',
          command: ['sh', 'run.sh', 'again'],
          environment: [
            { name: 'GREETING', value: 'good day' },
            { name: 'NAME', value: 'you' },
          ],
        },
      ],
    },
  });
  expect(failures).toEqual([]);
  expect(tasks?.[0]).toMatchObject({
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    group: 'migrations',
    startedBy: 'deployer',
    cpu: '512',
  });
  const arn = known(tasks?.[0]?.taskArn);
  expect(arn).toMatch(/^arn:aws:ecs:us-east-1:000000000000:task\/test\/[0-9a-f]{32}$/);
  const task = await stoppedTask(ecs, arn);
  expect(task).toMatchObject({
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [{ name: 'job', exitCode: 4, lastStatus: 'STOPPED' }],
  });
  const stream = `ecs/job/${arn.split('/').at(-1)}`;
  const { events } = await logs.getLogEvents({
    logGroupName: '/jobs',
    logStreamName: stream,
    startFromHead: true,
  });
  expect(events?.map((event) => event.message)).toEqual(['good day you again']);
  const { logStreams } = await logs.describeLogStreams({ logGroupName: '/jobs' });
  expect(logStreams?.map((each) => each.logStreamName)).toEqual([stream]);
  expect(
    (await ecs.listTasks({ cluster: 'test', startedBy: 'deployer', desiredStatus: 'STOPPED' })).taskArns,
  ).toEqual([arn]);
  expect((await ecs.listTasks({ cluster: 'test', startedBy: 'somebody' })).taskArns).toEqual([]);
  expect((await ecs.listTasks({ cluster: 'test', family: 'job' })).taskArns).toEqual([]);
});

test('a running task can be stopped: it is asked first', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  // It runs before its script has come so far that it hears.
  const hears = join(engine.folder, 'hears');
  await job(engine, `trap 'exit 0' TERM; touch '${hears}'; while :; do sleep 0.05; done`);
  const arn = known((await ecs.runTask({ cluster: 'test', taskDefinition: 'job' })).tasks?.[0]?.taskArn);
  await eventually(
    async () =>
      existsSync(hears) &&
      (await ecs.describeTasks({ cluster: 'test', tasks: [arn] })).tasks?.[0]?.lastStatus === 'RUNNING',
    'running',
  );
  await ecs.stopTask({ cluster: 'test', task: arn, reason: 'enough' });
  expect(await stoppedTask(ecs, arn)).toMatchObject({
    stopCode: 'UserInitiated',
    stoppedReason: 'enough',
    containers: [{ exitCode: 0 }],
  });
});

test('an image that is not there stops the task before it starts, with the reason', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  await job(engine, 'exit 0');
  await ecs.registerTaskDefinition({
    family: 'gone',
    memory: '512',
    containerDefinitions: [{ name: 'gone', image: `app@sha256:${'0'.repeat(64)}` }],
  });
  const arn = known((await ecs.runTask({ cluster: 'test', taskDefinition: 'gone' })).tasks?.[0]?.taskArn);
  const task = await stoppedTask(ecs, arn);
  expect(task.stopCode).toBe('TaskFailedToStart');
  expect(task.stoppedReason).toMatch(/^CannotPullContainerError: /);
  expect(task.containers?.[0]?.exitCode).toBeUndefined();
});

test('secrets come from parameters by name and by ARN; one that is missing keeps the task from starting', async () => {
  const engine = await testEngine();
  const { ecs, ssm, logs } = engine.clients;
  await ssm.putParameter({ Name: '/dev/password', Value: 'swordfish', Type: 'SecureString' });
  const { Parameter } = await ssm.getParameter({ Name: '/dev/password' });
  const image = await job(engine, 'echo "$A $B"');
  const register = (secrets: { name: string; valueFrom: string }[]) =>
    ecs.registerTaskDefinition({
      family: 'job',
      memory: '512',
      containerDefinitions: [
        {
          name: 'job',
          image,
          secrets,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': '/jobs',
              'awslogs-region': 'us-east-1',
              'awslogs-stream-prefix': 'ecs',
            },
          },
        },
      ],
    });
  await register([
    { name: 'A', valueFrom: '/dev/password' },
    { name: 'B', valueFrom: known(Parameter?.ARN) },
  ]);
  const arn = known((await ecs.runTask({ cluster: 'test', taskDefinition: 'job' })).tasks?.[0]?.taskArn);
  await stoppedTask(ecs, arn);
  const { events } = await logs.getLogEvents({
    logGroupName: '/jobs',
    logStreamName: `ecs/job/${arn.split('/').at(-1)}`,
    startFromHead: true,
  });
  expect(events?.map((event) => event.message)).toEqual(['swordfish swordfish']);

  await register([{ name: 'A', valueFrom: '/dev/nothing' }]);
  const second = known((await ecs.runTask({ cluster: 'test', taskDefinition: 'job' })).tasks?.[0]?.taskArn);
  expect(await stoppedTask(ecs, second)).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: expect.stringMatching(
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*invalid ssm parameters: \/dev\/nothing$/,
    ),
  });
});

test('an essential container that ends takes the others with it', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const image = await job(engine, 'exit 0');
  const hears = join(engine.folder, 'hears');
  const main = `while [ ! -e '${hears}' ]; do sleep 0.05; done; exit 5`;
  const side = `trap 'exit 6' TERM; touch '${hears}'; while :; do sleep 0.05; done`;
  await ecs.registerTaskDefinition({
    family: 'pair',
    memory: '512',
    containerDefinitions: [
      { name: 'main', image, command: ['sh', '-c', main] },
      { name: 'side', image, command: ['sh', '-c', side] },
    ],
  });
  const arn = known((await ecs.runTask({ cluster: 'test', taskDefinition: 'pair' })).tasks?.[0]?.taskArn);
  const task = await stoppedTask(ecs, arn);
  expect(Object.fromEntries((task.containers ?? []).map((each) => [each.name, each.exitCode]))).toEqual({
    main: 5,
    side: 6,
  });
});

test('log events are read forward and backward, and a token at the end finds what is written later', async () => {
  const engine = await testEngine();
  const { ecs, logs } = engine.clients;
  await job(engine, 'for i in 1 2 3 4 5 6 7; do echo line $i; done; sleep 60');
  const arn = known((await ecs.runTask({ cluster: 'test', taskDefinition: 'job' })).tasks?.[0]?.taskArn);
  const stream = { logGroupName: '/jobs', logStreamName: `ecs/job/${arn.split('/').at(-1)}` };
  const texts = (events: { message?: string | undefined }[] | undefined) =>
    events?.map((event) => event.message?.slice(5)).join('');
  await eventually(
    async () =>
      (await logs.getLogEvents({ ...stream, startFromHead: true }).catch(() => null))?.events?.length === 7
        ? true
        : null,
    'seven lines',
  );
  const first = await logs.getLogEvents({ ...stream, startFromHead: true, limit: 4 });
  expect(texts(first.events)).toBe('1234');
  const second = await logs.getLogEvents({ ...stream, nextToken: first.nextForwardToken, limit: 4 });
  expect(texts(second.events)).toBe('567');
  const third = await logs.getLogEvents({ ...stream, nextToken: second.nextForwardToken });
  expect(third).toMatchObject({ events: [], nextForwardToken: second.nextForwardToken });
  const last = await logs.getLogEvents({ ...stream, limit: 3 });
  expect(texts(last.events)).toBe('567');
  const back = await logs.getLogEvents({ ...stream, nextToken: last.nextBackwardToken, limit: 3 });
  expect(texts(back.events)).toBe('234');
  await expect(logs.getLogEvents({ ...stream, nextToken: 'f/nonsense' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(logs.getLogEvents({ ...stream, logGroupName: '/none' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await ecs.stopTask({ cluster: 'test', task: arn });
});
