import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { known, testEngine } from '../core/rig.ts';
import type { TestEngine } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';

const stream = { logGroupName: '/app', logStreamName: 'one' };

async function withStream(words: readonly string[] = []): Promise<TestEngine> {
  const engine = await testEngine(words);
  await engine.clients.logs.createLogGroup({ logGroupName: '/app', tags: { team: 'a' } });
  await engine.clients.logs.createLogStream(stream);
  return engine;
}

const messages = (events: readonly { message?: string | undefined }[] | undefined) =>
  events?.map(({ message }) => message);

/** Runs a script as a task whose output goes to `/jobs`; gives its stream. */
async function runJob(engine: TestEngine, script: string): Promise<string> {
  const { ecs } = engine.clients;
  const image = await engine.image({ 'run.sh': script }, ['sh', 'run.sh']);
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'job',
    memory: '512',
    containerDefinitions: [
      {
        name: 'job',
        image,
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
  const arn = known((await ecs.runTask({ cluster: 'test', taskDefinition: 'job' })).tasks?.[0]?.taskArn);
  return `ecs/job/${known(arn.split('/').at(-1))}`;
}

const lines = (logs: CloudWatchLogs, count: number) =>
  eventually(async () => {
    const { events } = await logs.filterLogEvents({ logGroupName: '/jobs' });
    return events?.length === count ? events : null;
  }, `${count} lines`);

test('what is put is told in order of time, forward and backward, and survives the engine', async () => {
  const engine = await withStream();
  const { logs } = engine.clients;
  const now = Date.now();
  const put = (...given: [number, string][]) =>
    logs.putLogEvents({
      ...stream,
      logEvents: given.map(([at, message]) => ({ timestamp: now + at, message })),
    });
  await put([-50, 'c'], [-40, 'd']);
  await put([-90, 'a'], [-80, 'b'], [-40, 'e']);
  await put([-30, 'f']);
  process.kill(engine.pid(), 'SIGKILL');
  await engine.startAgain();
  const first = await eventually(
    () => logs.getLogEvents({ ...stream, startFromHead: true, limit: 4 }).catch(() => null),
    'an answer',
  );
  expect(messages(first.events)).toEqual(['a', 'b', 'c', 'd']);
  const second = await logs.getLogEvents({ ...stream, nextToken: first.nextForwardToken, limit: 4 });
  expect(messages(second.events)).toEqual(['e', 'f']);
  const end = await logs.getLogEvents({ ...stream, nextToken: second.nextForwardToken });
  expect(end).toMatchObject({ events: [], nextForwardToken: second.nextForwardToken });
  const last = await logs.getLogEvents({ ...stream, limit: 2 });
  expect(messages(last.events)).toEqual(['e', 'f']);
  const before = await logs.getLogEvents({ ...stream, nextToken: last.nextBackwardToken, limit: 3 });
  expect(messages(before.events)).toEqual(['b', 'c', 'd']);
  const between = await logs.getLogEvents({
    ...stream,
    startTime: now - 80,
    endTime: now - 40,
    startFromHead: true,
  });
  expect(messages(between.events)).toEqual(['b', 'c']);
  const { logStreams } = await logs.describeLogStreams({ logGroupName: '/app' });
  expect(logStreams).toMatchObject([
    { logStreamName: 'one', firstEventTimestamp: now - 90, lastEventTimestamp: now - 30 },
  ]);
});

test('groups and streams: made once, tagged, found by prefix, gone with all they held', async () => {
  const { logs } = (await withStream()).clients;
  await expect(logs.createLogGroup({ logGroupName: '/app' })).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
  });
  await expect(logs.createLogStream(stream)).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
  });
  await expect(logs.createLogGroup({ logGroupName: 'a b' })).rejects.toThrow(
    String.raw`Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`,
  );
  await expect(logs.createLogStream({ ...stream, logGroupName: '/none' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await logs.createLogGroup({ logGroupName: '/beside' });
  const { logGroups } = await logs.describeLogGroups({ logGroupNamePrefix: '/a' });
  expect(logGroups).toMatchObject([{ logGroupName: '/app', logGroupClass: 'STANDARD' }]);
  const resourceArn = known(logGroups?.[0]?.logGroupArn);
  await logs.tagResource({ resourceArn, tags: { stage: 'test' } });
  await logs.untagResource({ resourceArn, tagKeys: ['team'] });
  expect((await logs.listTagsForResource({ resourceArn })).tags).toEqual({ stage: 'test' });
  await logs.putLogEvents({ ...stream, logEvents: [{ timestamp: Date.now(), message: 'x' }] });
  await logs.deleteLogStream(stream);
  await logs.createLogStream(stream);
  expect((await logs.getLogEvents(stream)).events).toEqual([]);
  await logs.deleteLogGroup({ logGroupName: '/app' });
  await expect(logs.getLogEvents(stream)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await logs.createLogGroup({ logGroupName: '/app' });
  expect((await logs.listTagsForResource({ resourceArn })).tags).toEqual({});
});

test('a batch out of order is refused; of one that reaches too far, what fits is kept', async () => {
  const { logs } = (await withStream(['--minute-ms', '60000'])).clients;
  const now = Date.now();
  const put = (...times: number[]) =>
    logs.putLogEvents({
      ...stream,
      logEvents: times.map((timestamp) => ({ timestamp, message: String(timestamp) })),
    });
  await expect(put(now, now - 1)).rejects.toThrow('must be in chronological order');
  await expect(put(now - 90_000_000, now)).rejects.toThrow('cannot span more than 24 hours');
  await expect(put()).rejects.toMatchObject({ name: 'InvalidParameterException' });
  expect((await put(now, now + 8_000_000)).rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
  expect((await put(now - 15 * 86_400_000)).rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
  expect(messages((await logs.getLogEvents(stream)).events)).toEqual([String(now)]);
});

test('what is older than the retention is not told of; without one it is', async () => {
  // A day lasts 1.44 s here.
  const { logs } = (await withStream(['--minute-ms', '1'])).clients;
  await expect(logs.putRetentionPolicy({ logGroupName: '/app', retentionInDays: 2 })).rejects.toThrow(
    'Member must satisfy enum value set: [1, 3, 5',
  );
  await logs.putLogEvents({ ...stream, logEvents: [{ timestamp: Date.now(), message: 'old' }] });
  await logs.putRetentionPolicy({ logGroupName: '/app', retentionInDays: 1 });
  await logs.putRetentionPolicy({ logGroupName: '/app', retentionInDays: 1 });
  expect((await logs.describeLogGroups({})).logGroups).toMatchObject([{ retentionInDays: 1 }]);
  await eventually(
    async () => (await logs.filterLogEvents({ logGroupName: '/app' })).events?.length === 0 || null,
    'a log without what is old',
  );
  expect((await logs.getLogEvents(stream)).events).toEqual([]);
  await logs.deleteRetentionPolicy({ logGroupName: '/app' });
  expect((await logs.describeLogGroups({})).logGroups?.[0]?.retentionInDays).toBeUndefined();
});

test("a search goes over all streams of a group in order of time, a page at a time, a task's among them", async () => {
  const engine = await testEngine();
  const { logs } = engine.clients;
  const before = Date.now();
  const job = await runJob(engine, 'echo "{\\"n\\": 1}"; echo "{\\"n\\": 20}"; echo plain; sleep 60');
  const found = await lines(logs, 3);
  expect(found.map(({ logStreamName }) => logStreamName)).toEqual([job, job, job]);
  await logs.createLogStream({ logGroupName: '/jobs', logStreamName: 'beside' });
  await logs.putLogEvents({
    logGroupName: '/jobs',
    logStreamName: 'beside',
    logEvents: [{ timestamp: before - 1, message: '{"n": 30}' }],
  });
  const search = async (filterPattern: string) =>
    messages((await logs.filterLogEvents({ logGroupName: '/jobs', filterPattern })).events);
  expect(await search('{ $.n > 10 }')).toEqual(['{"n": 30}', '{"n": 20}']);
  expect(await search('plain')).toEqual(['plain']);
  expect(await search('-plain -30')).toEqual(['{"n": 1}', '{"n": 20}']);
  await expect(search('{ $.n')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const pages: (string | undefined)[][] = [];
  let nextToken: string | undefined;
  do {
    const page = await logs.filterLogEvents({ logGroupName: '/jobs', limit: 1, nextToken });
    pages.push(messages(page.events) ?? []);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(pages).toEqual([['{"n": 30}'], ['{"n": 1}'], ['{"n": 20}'], ['plain']]);
  expect(
    messages((await logs.filterLogEvents({ logGroupName: '/jobs', logStreamNames: ['beside'] })).events),
  ).toEqual(['{"n": 30}']);
});

test('who follows a log by asking from the last time on again sees every line once, by its id', async () => {
  const engine = await testEngine();
  const { logs } = engine.clients;
  await runJob(engine, 'for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.15; done; sleep 60');
  const seen = new Map<string, string>();
  let startTime = 0;
  await eventually(async () => {
    const { events } = await logs
      .filterLogEvents({ logGroupName: '/jobs', startTime, interleaved: true })
      .catch(() => ({ events: [] }));
    for (const { eventId = '', message = '', timestamp = 0 } of events ?? []) {
      seen.set(eventId, message);
      startTime = Math.max(startTime, timestamp);
    }
    return seen.size >= 8 || null;
  }, 'eight lines');
  expect([...seen.values()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((number) => `line ${number}`));
});

test('a stream tells when its task wrote last, and the one that was written last comes first', async () => {
  const engine = await testEngine();
  const { logs } = engine.clients;
  const go = join(engine.folder, 'go');
  const early = await runJob(
    engine,
    `echo first; while [ ! -e '${go}' ]; do sleep 0.05; done; echo last; sleep 60`,
  );
  await lines(logs, 1);
  writeFileSync(go, '');
  await lines(logs, 2);
  const { logStreams } = await logs.describeLogStreams({ logGroupName: '/jobs' });
  const [described] = logStreams ?? [];
  const { events } = await logs.getLogEvents({ logGroupName: '/jobs', logStreamName: early });
  expect(described?.lastEventTimestamp).toBe(events?.[1]?.timestamp);
  expect(described?.firstEventTimestamp).toBe(events?.[0]?.timestamp);
  expect(known(described?.lastEventTimestamp)).toBeGreaterThan(known(described?.firstEventTimestamp));
  await logs.createLogStream({ logGroupName: '/jobs', logStreamName: 'zz' });
  await logs.putLogEvents({
    logGroupName: '/jobs',
    logStreamName: 'zz',
    logEvents: [{ timestamp: known(described?.lastEventTimestamp) - 1, message: 'before' }],
  });
  const byTime = await logs.describeLogStreams({
    logGroupName: '/jobs',
    orderBy: 'LastEventTime',
    descending: true,
  });
  expect(byTime.logStreams?.map(({ logStreamName }) => logStreamName)).toEqual([early, 'zz']);
});

test('a batch is measured by its messages, however they are written on the way', async () => {
  const { clients } = await withStream();
  const events = (count: number, bytes: number) =>
    Array.from({ length: count }, () => ({ timestamp: Date.now(), message: '\u0001'.repeat(bytes) }));
  // Each of these bytes takes six on the wire; CloudWatch Logs counts 26 for an event beside its message.
  const most = 1_048_576 - 26 * 4;
  expect(JSON.stringify(events(4, most / 4)).length).toBeGreaterThan(6_000_000);
  await clients.logs.putLogEvents({ ...stream, logEvents: events(4, most / 4) });
  await expect(
    clients.logs.putLogEvents({ ...stream, logEvents: [...events(3, most / 4), ...events(1, most / 4 + 1)] }),
  ).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: 'Upload too large: 1048577 bytes exceeds limit of 1048576',
  });
  // As many as a batch may have.
  await clients.logs.putLogEvents({ ...stream, logEvents: events(10_000, 78) });
});
