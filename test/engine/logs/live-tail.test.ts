import type { LiveTailSessionUpdate, StartLiveTailRequest } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { known, testEngine } from '../core/rig.ts';
import type { TestEngine } from '../core/rig.ts';

/** What would last a second lasts a sixtieth of one. */
const quick = ['--minute-ms', '1000'];
const app = { logGroupName: '/app', logStreamName: 'one' };
const jobs = { logGroupName: '/jobs' };

async function withGroups(words = quick): Promise<TestEngine> {
  const engine = await testEngine(words);
  const { logs } = engine.clients;
  await logs.createLogGroup({ logGroupName: app.logGroupName });
  await logs.createLogGroup(jobs);
  await logs.createLogStream(app);
  return engine;
}

async function arnsOf({ clients }: TestEngine, ...names: readonly string[]): Promise<string[]> {
  const { logGroups = [] } = await clients.logs.describeLogGroups({});
  return names.map((name) => known(logGroups.find(({ logGroupName }) => logGroupName === name)?.logGroupArn));
}

async function startTail({ clients }: TestEngine, input: StartLiveTailRequest) {
  const { responseStream } = await clients.logs.startLiveTail(input);
  const stream = known(responseStream)[Symbol.asyncIterator]();
  const next = async () => known((await stream.next()).value);
  const { sessionStart } = await next();
  return {
    sessionStart,
    /** The first update that holds anything, with those before it that held nothing. */
    async update(): Promise<LiveTailSessionUpdate> {
      for (;;) {
        const { sessionUpdate } = await next();
        if (known(sessionUpdate).sessionResults?.length !== 0) return known(sessionUpdate);
      }
    },
    next,
  };
}

const put = ({ clients }: TestEngine, ...messages: readonly string[]) =>
  clients.logs.putLogEvents({
    ...app,
    logEvents: messages.map((message) => ({ timestamp: Date.now(), message })),
  });

const messagesIn = ({ sessionResults = [] }: LiveTailSessionUpdate) =>
  sessionResults.map(({ message }) => message);

test('a session tells what comes after it began, of clients and of tasks, and nothing from before', async () => {
  const engine = await withGroups();
  await put(engine, 'before');
  const [appArn = '', jobsArn = ''] = await arnsOf(engine, '/app', '/jobs');
  const tail = await startTail(engine, { logGroupIdentifiers: [appArn, jobsArn] });
  expect(tail.sessionStart).toMatchObject({ logGroupIdentifiers: [appArn, jobsArn] });
  await put(engine, 'after');
  expect(await tail.update()).toEqual({
    sessionMetadata: { sampled: false },
    sessionResults: [
      {
        logStreamName: 'one',
        logGroupIdentifier: appArn,
        message: 'after',
        timestamp: expect.any(Number),
        ingestionTime: expect.any(Number),
      },
    ],
  });
  const task = await runJob(engine, 'echo first; echo second');
  const told: (string | undefined)[] = [];
  while (told.length < 2) {
    const update = await tail.update();
    told.push(...messagesIn(update));
    expect(update.sessionResults?.[0]).toMatchObject({ logStreamName: task, logGroupIdentifier: jobsArn });
  }
  expect(told).toEqual(['first', 'second']);
  // Of a task that has ended, a later session tells nothing.
  const later = await startTail(engine, { logGroupIdentifiers: [jobsArn] });
  await runJob(engine, 'echo third');
  expect(messagesIn(await later.update())).toEqual(['third']);
});

test('a session tells what matches its pattern, of the streams that it names', async () => {
  const engine = await withGroups();
  await engine.clients.logs.createLogStream({ ...app, logStreamName: 'two' });
  const logGroupIdentifiers = await arnsOf(engine, '/app');
  const pattern = { logEventFilterPattern: 'ERROR -expected' };
  const both = await startTail(engine, { logGroupIdentifiers, ...pattern });
  const one = await startTail(engine, { logGroupIdentifiers, logStreamNames: ['one'] });
  const prefixed = await startTail(engine, { logGroupIdentifiers, logStreamNamePrefixes: ['tw'] });
  const logEvents = [{ timestamp: Date.now(), message: 'ERROR in two' }];
  await engine.clients.logs.putLogEvents({ ...app, logStreamName: 'two', logEvents });
  await put(engine, 'INFO in one', 'ERROR as expected', 'ERROR in one');
  const told = [...messagesIn(await both.update())];
  if (told.length < 2) told.push(...messagesIn(await both.update()));
  expect(told).toEqual(['ERROR in two', 'ERROR in one']);
  expect(messagesIn(await one.update())).toEqual(['INFO in one', 'ERROR as expected', 'ERROR in one']);
  expect(messagesIn(await prefixed.update())).toEqual(['ERROR in two']);
});

test('of more than 500 events in a second 500 are told, and that there were more', async () => {
  const engine = await withGroups(['--minute-ms', '60000']);
  const tail = await startTail(engine, { logGroupIdentifiers: await arnsOf(engine, '/app') });
  await put(engine, ...Array.from({ length: 600 }, (_, index) => `line ${index}`));
  const update = await tail.update();
  expect(update.sessionMetadata).toEqual({ sampled: true });
  expect(update.sessionResults).toHaveLength(500);
  await put(engine, 'one more');
  expect(await tail.update()).toMatchObject({
    sessionMetadata: { sampled: false },
    sessionResults: [{ message: 'one more' }],
  });
});

test('a session ends by itself after three hours', async () => {
  const engine = await withGroups(['--minute-ms', '20']);
  const tail = await startTail(engine, { logGroupIdentifiers: await arnsOf(engine, '/app') });
  const ending = (async () => {
    for (;;) await tail.next();
  })();
  await expect(ending).rejects.toMatchObject({ name: 'SessionTimeoutException' });
});

test('what CloudWatch Logs refuses is refused', async () => {
  const engine = await withGroups();
  const [arn = '', other = ''] = await arnsOf(engine, '/app', '/jobs');
  const cases: readonly [StartLiveTailRequest, string][] = [
    [{ logGroupIdentifiers: [] }, 'InvalidParameterException'],
    [{ logGroupIdentifiers: Array.from({ length: 11 }, () => arn) }, 'InvalidParameterException'],
    [{ logGroupIdentifiers: ['/app'] }, 'InvalidParameterException'],
    [{ logGroupIdentifiers: [`${arn}:*`] }, 'InvalidParameterException'],
    [{ logGroupIdentifiers: [`${arn}-none`] }, 'ResourceNotFoundException'],
    [{ logGroupIdentifiers: [arn, other], logStreamNames: ['one'] }, 'InvalidParameterException'],
    [{ logGroupIdentifiers: [arn, other], logStreamNamePrefixes: ['o'] }, 'InvalidParameterException'],
    [
      { logGroupIdentifiers: [arn], logStreamNames: ['one'], logStreamNamePrefixes: ['o'] },
      'InvalidParameterException',
    ],
    [{ logGroupIdentifiers: [arn], logEventFilterPattern: '[a, b]' }, 'InvalidParameterException'],
  ];
  for (const [input, name] of cases)
    await expect(startTail(engine, input), JSON.stringify(input)).rejects.toMatchObject({ name });
});

/** Runs a script as a task whose output goes to `/jobs`; gives its stream. */
async function runJob({ clients: { ecs }, image }: TestEngine, script: string): Promise<string> {
  const options = { 'awslogs-group': '/jobs', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'ecs' };
  const logConfiguration = { logDriver: 'awslogs' as const, options };
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'job',
    memory: '512',
    containerDefinitions: [
      { name: 'job', image: await image({ 'run.sh': script }, ['sh', 'run.sh']), logConfiguration },
    ],
  });
  const { tasks } = await ecs.runTask({ cluster: 'test', taskDefinition: 'job' });
  return `ecs/job/${known(known(tasks?.[0]?.taskArn).split('/').at(-1))}`;
}
