import type { CloudWatch, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { AwsJson1_0Protocol, AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { describe, expect, test } from 'vitest';
import { known, testEngine } from '../core/rig.ts';
import { cloudwatchOf } from './rig.ts';

const minute = 60_000;
const realMinutes = ['--minute-ms', String(minute)];

/** The beginning of a minute that is over. */
const base = Math.floor(Date.now() / minute) * minute - 30 * minute;

async function cloudwatch(): Promise<CloudWatch> {
  return cloudwatchOf(await testEngine(realMinutes));
}

const put = (client: CloudWatch, name: string, ...values: (readonly [at: number, value: number])[]) =>
  client.putMetricData({
    Namespace: 'App',
    MetricData: values.map(([at, Value]) => ({
      MetricName: name,
      Timestamp: new Date(base + at * minute),
      Value,
    })),
  });

const stat = (Id: string, MetricName: string, Stat = 'Sum', Period = 60): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: 'App', MetricName }, Period, Stat },
  ReturnData: false,
});

/** The values of an expression by minute. */
async function math(
  client: CloudWatch,
  Expression: string,
  queries: readonly MetricDataQuery[],
): Promise<Record<number, number>> {
  const { MetricDataResults } = await client.getMetricData({
    StartTime: new Date(base),
    EndTime: new Date(base + 10 * minute),
    MetricDataQueries: [...queries, { Id: 'result', Expression }],
  });
  const { Timestamps = [], Values = [] } = known(MetricDataResults?.[0]);
  return Object.fromEntries(
    Timestamps.map((at, index) => [(at.getTime() - base) / minute, Values[index] ?? NaN]),
  );
}

describe.each([
  ['JSON', AwsJson1_0Protocol],
  ['CBOR', AwsSmithyRpcV2CborProtocol],
  ['Query', AwsQueryProtocol],
])('over %s', (_name, protocol) => {
  test('metrics are put, listed and told in statistics; errors arrive as their class', async () => {
    const client = cloudwatchOf(await testEngine(realMinutes), protocol);
    const dimensions = [
      { Name: 'Stage', Value: 'a & b' },
      { Name: 'App', Value: 'é' },
    ];
    await client.putMetricData({
      Namespace: 'App',
      MetricData: [
        {
          MetricName: 'Latency',
          Dimensions: dimensions,
          Timestamp: new Date(base),
          Values: [1, 2.5, 10],
          Counts: [96, 3, 1],
          Unit: 'Milliseconds',
        },
      ],
    });
    expect((await client.listMetrics({ Namespace: 'App' })).Metrics).toEqual([
      { Namespace: 'App', MetricName: 'Latency', Dimensions: dimensions.toReversed() },
    ]);
    const answer = await client.getMetricStatistics({
      Namespace: 'App',
      MetricName: 'Latency',
      Dimensions: dimensions,
      StartTime: new Date(base),
      EndTime: new Date(base + minute),
      Period: 60,
      Statistics: ['Sum', 'SampleCount', 'Minimum', 'Maximum', 'Average'],
      ExtendedStatistics: ['p50', 'p99', 'p99.9', 'TC(1:2.5)', 'PR(:1)'],
    });
    expect(answer.Datapoints).toEqual([
      {
        Timestamp: new Date(base),
        Unit: 'Milliseconds',
        SampleCount: 100,
        Sum: 113.5,
        Minimum: 1,
        Maximum: 10,
        Average: 1.135,
        ExtendedStatistics: { p50: 1, p99: 2.5, 'p99.9': 10, 'TC(1:2.5)': 3, 'PR(:1)': 96 },
      },
    ]);
    await client.putMetricAlarm({
      AlarmName: 'slow',
      Namespace: 'App',
      MetricName: 'Latency',
      ExtendedStatistic: 'p99',
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      Threshold: 1.5,
      ComparisonOperator: 'GreaterThanThreshold',
    });
    expect((await client.describeAlarms({})).MetricAlarms).toMatchObject([
      { AlarmName: 'slow', EvaluationPeriods: 3, Threshold: 1.5, StateValue: 'INSUFFICIENT_DATA' },
    ]);
    await expect(
      client.setAlarmState({ AlarmName: 'none', StateValue: 'OK', StateReason: 'x' }),
    ).rejects.toMatchObject({ name: 'ResourceNotFound', $metadata: { httpStatusCode: 404 } });
    await expect(client.putMetricData({ Namespace: 'AWS/ECS', MetricData: [] })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });
});

test('what is sent compressed is read', async () => {
  const client = await cloudwatch();
  // Above 10 KB the SDK compresses.
  const MetricData = Array.from({ length: 500 }, (_, index) => ({
    MetricName: `metric-${index}`,
    Value: index,
    Timestamp: new Date(base),
  }));
  let encoding: unknown;
  client.middlewareStack.add(
    (next) => async (call) => {
      encoding = Reflect.get(Object(Reflect.get(Object(call.request), 'headers')), 'content-encoding');
      return next(call);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await client.putMetricData({ Namespace: 'App', MetricData });
  expect(encoding).toBe('gzip');
  const first = await client.listMetrics({ Namespace: 'App' });
  expect(first.Metrics).toHaveLength(500);
  expect((await client.listMetrics({ MetricName: 'metric-7' })).Metrics).toHaveLength(1);
});

test('samples of a minute add up, over longer periods too, and survive the engine', async () => {
  const engine = await testEngine(realMinutes);
  const client = cloudwatchOf(engine);
  await put(client, 'Hits', [0, 1], [0, 2], [1, 4], [6, 8]);
  await put(client, 'Hits', [0, 16]);
  process.kill(engine.pid(), 'SIGKILL');
  await engine.startAgain();
  const query = async (Period: number, ScanBy?: 'TimestampAscending') => {
    const { MetricDataResults } = await cloudwatchOf(engine).getMetricData({
      StartTime: new Date(base),
      EndTime: new Date(base + 10 * minute),
      ScanBy,
      MetricDataQueries: [{ ...stat('m', 'Hits', 'Sum', Period), ReturnData: true }],
    });
    return MetricDataResults?.[0];
  };
  expect(await query(60)).toEqual({
    Id: 'm',
    Label: 'Hits',
    Timestamps: [6, 1, 0].map((at) => new Date(base + at * minute)),
    Values: [8, 4, 19],
    StatusCode: 'Complete',
  });
  expect(await query(60, 'TimestampAscending')).toMatchObject({ Values: [19, 4, 8] });
  const five = await query(300, 'TimestampAscending');
  expect(five?.Values?.reduce((sum, value) => sum + value, 0)).toBe(31);
  for (const at of five?.Timestamps ?? []) expect(at.getTime() % 300_000).toBe(0);
});

test('one minute lasts as long as the engine has it', async () => {
  const engine = await testEngine(['--minute-ms', '1000']);
  const client = cloudwatchOf(engine);
  const begin = Math.floor(Date.now() / 1000) * 1000 - 5000;
  await client.putMetricData({
    Namespace: 'App',
    MetricData: [0, 999, 1000].map((after) => ({
      MetricName: 'Hits',
      Value: 1,
      Timestamp: new Date(begin + after),
    })),
  });
  const { MetricDataResults } = await client.getMetricData({
    StartTime: new Date(begin),
    EndTime: new Date(begin + 5000),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: [{ ...stat('m', 'Hits'), ReturnData: true }],
  });
  expect(MetricDataResults?.[0]).toMatchObject({
    Timestamps: [new Date(begin), new Date(begin + 1000)],
    Values: [2, 1],
  });
});

test('math over metrics', async () => {
  const client = await cloudwatch();
  await put(client, 'Errors', [0, 2], [1, 5], [3, 1]);
  await put(client, 'Hits', [0, 8], [1, 20], [2, 10], [4, 0]);
  const queries = [stat('errors', 'Errors'), stat('hits', 'Hits')];
  const worth = (expression: string) => math(client, expression, queries);
  expect(await worth('100 * errors / hits')).toEqual({ 0: 25, 1: 25 });
  expect(await worth('errors / FILL(hits, 0)')).toEqual({ 0: 0.25, 1: 0.25 });
  expect(await worth('(errors + hits) * 2 - 1')).toEqual({ 0: 19, 1: 49 });
  expect(await worth('2 + 3 * hits ^ 2')).toEqual({ 0: 194, 1: 1202, 2: 302, 4: 2 });
  expect(await worth('-hits')).toEqual({ 0: -8, 1: -20, 2: -10, 4: 0 });
  expect(await worth('SUM([errors, hits])')).toEqual({ 0: 10, 1: 25, 2: 10, 3: 1, 4: 0 });
  expect(await worth('SUM(METRICS())')).toEqual({ 0: 10, 1: 25, 2: 10, 3: 1, 4: 0 });
  expect(await worth('MAX(METRICS("err"))')).toEqual({ 0: 2, 1: 5, 3: 1 });
  expect(await worth('hits / MAX(hits)')).toEqual({ 0: 0.4, 1: 1, 2: 0.5, 4: 0 });
  expect(await worth('IF(hits > 8, errors, 0)')).toEqual({ 0: 0, 1: 5, 4: 0 });
  expect(await worth('DIFF(hits)')).toEqual({ 1: 12, 2: -10, 4: -10 });
  const filled = await worth('FILL(errors, REPEAT)');
  expect(filled).toMatchObject({ 2: 5, 9: 1 });
  await expect(worth('errors / nobody')).rejects.toThrow("there is no Id 'nobody'");
  await expect(worth('result + 1')).rejects.toThrow('refers to itself');
  await expect(worth('errors +')).rejects.toThrow('not understood');
  await expect(worth('MAX(errors)')).rejects.toThrow('must be a time series');
});

test('statistics without their values have no percentiles', async () => {
  const client = await cloudwatch();
  await client.putMetricData({
    Namespace: 'App',
    MetricData: [
      {
        MetricName: 'Told',
        Timestamp: new Date(base),
        StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 4 },
      },
    ],
  });
  const { Datapoints } = await client.getMetricStatistics({
    Namespace: 'App',
    MetricName: 'Told',
    StartTime: new Date(base),
    EndTime: new Date(base + minute),
    Period: 60,
    Statistics: ['Average'],
    ExtendedStatistics: ['p90'],
  });
  expect(Datapoints).toEqual([{ Timestamp: new Date(base), Unit: 'None', Average: 2.5 }]);
});

test('what is no datum is refused, and nothing of its request is kept', async () => {
  const client = await cloudwatch();
  const refused: readonly (readonly [datum: object, name: string])[] = [
    [{ Values: [1, 2], Counts: [1] }, 'InvalidParameterValueException'],
    [{ Value: NaN }, 'InvalidParameterValueException'],
    [{ Value: 1, Values: [1] }, 'InvalidParameterCombinationException'],
    [{}, 'MissingRequiredParameterException'],
    [{ Value: 1, Timestamp: new Date(0) }, 'InvalidParameterValueException'],
    [{ Value: 1, Dimensions: [{ Name: 'a', Value: '' }] }, 'InvalidParameterValueException'],
  ];
  for (const [datum, name] of refused) {
    const MetricData = [
      { MetricName: 'Good', Value: 1 },
      { MetricName: 'Bad', ...datum },
    ];
    await expect(client.putMetricData({ Namespace: 'App', MetricData })).rejects.toMatchObject({ name });
  }
  expect((await client.listMetrics({})).Metrics).toEqual([]);
});

test('dashboards are kept as they are put', async () => {
  const client = await cloudwatch();
  const DashboardBody = '{ "widgets": [] }';
  await client.putDashboard({ DashboardName: 'one', DashboardBody });
  await client.putDashboard({ DashboardName: 'two', DashboardBody });
  expect(await client.getDashboard({ DashboardName: 'one' })).toMatchObject({ DashboardBody });
  expect((await client.listDashboards({ DashboardNamePrefix: 't' })).DashboardEntries).toMatchObject([
    { DashboardName: 'two', Size: 17 },
  ]);
  await expect(client.putDashboard({ DashboardName: 'one', DashboardBody: '{}' })).rejects.toMatchObject({
    name: 'DashboardInvalidInputError',
  });
  await client.deleteDashboards({ DashboardNames: ['one'] });
  await expect(client.getDashboard({ DashboardName: 'one' })).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
});
