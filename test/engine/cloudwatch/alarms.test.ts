import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AlarmHistoryItem,
  CloudWatch,
  PutMetricAlarmInput,
  StateValue,
} from '@aws-sdk/client-cloudwatch';
import { expect, onTestFinished, test } from 'vitest';
import { alarmWatch } from '../../../src/engine/cloudwatch/alarm-watch.ts';
import { openTables } from '../../../src/engine/model/tables.ts';
import { openSqlite } from '../../../src/engine/state/sqlite.ts';
import { State } from '../../../src/engine/state/state.ts';
import { known, testEngine } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';
import { cloudwatchOf } from './rig.ts';

const errors: PutMetricAlarmInput = {
  AlarmName: 'errors',
  Namespace: 'App',
  MetricName: 'Errors',
  Dimensions: [{ Name: 'Stage', Value: 'prod' }],
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 3,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
};

const put = (client: CloudWatch, Value: number, MetricName = 'Errors') =>
  client.putMetricData({
    Namespace: 'App',
    MetricData: [{ MetricName, Dimensions: [{ Name: 'Stage', Value: 'prod' }], Value }],
  });

/** Resolves with the alarm once it has the state; `again` is done before each look. */
const becomes = (
  client: CloudWatch,
  state: StateValue,
  again: () => Promise<unknown> = async () => {},
  name = 'errors',
) =>
  eventually(async () => {
    await again();
    const { MetricAlarms } = await client.describeAlarms({ AlarmNames: [name], StateValue: state });
    return MetricAlarms?.[0] ?? null;
  }, `${name} in ${state}`);

test('an alarm goes red with its metric, back again, and has no data without it; its history tells', async () => {
  const client = cloudwatchOf(await testEngine());
  const history = async () =>
    (await client.describeAlarmHistory({ AlarmName: 'errors' })).AlarmHistoryItems?.toReversed() ?? [];
  // A state may be over by the time that somebody looks; its history stays.
  const told = (summary: RegExp, again: () => Promise<unknown>) =>
    eventually(async () => {
      await again();
      return (await history()).find(({ HistorySummary = '' }) => summary.test(HistorySummary)) ?? null;
    }, String(summary));
  const newStateIn = ({ HistoryData }: AlarmHistoryItem) => JSON.parse(known(HistoryData)).newState;
  await client.putMetricAlarm({ ...errors, Threshold: 1000 });
  await told(/ to OK$/, () => put(client, 1));
  await client.putMetricAlarm(errors);
  const red = newStateIn(await told(/ to ALARM$/, () => put(client, 2)));
  expect(red.stateReason).toMatch(
    /^Threshold Crossed: 1 out of the last 1 datapoints \[\d+\.0 \(.+\)\] was greater than or equal to the threshold \(3\.0\) \(minimum 1 datapoint for \w+ -> ALARM transition\)\.$/,
  );
  expect(red.stateReasonData).toMatchObject({ statistic: 'Sum', period: 60, threshold: 3 });
  const silent = await becomes(client, 'INSUFFICIENT_DATA');
  const items = await history();
  const summaries = items.map(({ HistorySummary = '' }) => HistorySummary);
  expect(summaries.slice(0, 2)).toEqual([
    'Alarm "errors" created',
    'Alarm updated from INSUFFICIENT_DATA to OK',
  ]);
  const [reddened, ...again] = [...summaries.keys()].filter((at) => summaries[at]?.endsWith(' to ALARM'));
  expect(again).toEqual([]);
  expect(summaries.slice(2, reddened)).toContain('Alarm "errors" updated');
  expect(summaries.at(-1)).toMatch(/ to INSUFFICIENT_DATA$/);
  const last = known(items.at(-1));
  expect(JSON.parse(known(last.HistoryData))).toMatchObject({
    oldState: { stateValue: expect.any(String) },
    newState: { stateValue: 'INSUFFICIENT_DATA' },
  });
  expect(newStateIn(last).stateReason).toBe(silent.StateReason);
});

test('a state that is set lasts until the alarm is evaluated, and across engines', async () => {
  const engine = await testEngine(['--minute-ms', '3000']);
  const client = cloudwatchOf(engine);
  await client.putMetricAlarm({ ...errors, TreatMissingData: 'notBreaching' });
  await becomes(client, 'OK');
  await client.setAlarmState({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'rehearsal' });
  await becomes(client, 'OK');
  const { AlarmHistoryItems } = await client.describeAlarmHistory({ AlarmName: 'errors' });
  expect(AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary).slice(0, 2)).toEqual([
    'Alarm updated from ALARM to OK',
    'Alarm updated from OK to ALARM',
  ]);
  expect(AlarmHistoryItems?.[1]?.HistoryData).toContain('rehearsal');
  await client.putMetricAlarm({ ...errors, TreatMissingData: 'ignore' });
  await client.setAlarmState({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'rehearsal' });
  process.kill(engine.pid(), 'SIGKILL');
  await engine.startAgain();
  expect(await becomes(cloudwatchOf(engine), 'ALARM')).toMatchObject({ StateReason: 'rehearsal' });
});

test('an alarm on an expression is red when what is calculated is', async () => {
  const client = cloudwatchOf(await testEngine());
  const stat = (Id: string, MetricName: string) => ({
    Id,
    ReturnData: false,
    MetricStat: {
      Metric: { Namespace: 'App', MetricName, Dimensions: errors.Dimensions },
      Period: 60,
      Stat: 'Sum',
    },
  });
  await client.putMetricAlarm({
    AlarmName: 'rate',
    EvaluationPeriods: 1,
    Threshold: 40,
    ComparisonOperator: 'GreaterThanThreshold',
    Metrics: [
      { Id: 'rate', Expression: '100 * errors / hits', Label: 'error rate' },
      stat('errors', 'Errors'),
      stat('hits', 'Hits'),
    ],
  });
  await becomes(client, 'OK', () => Promise.all([put(client, 1), put(client, 10, 'Hits')]), 'rate');
  await becomes(client, 'ALARM', () => Promise.all([put(client, 5), put(client, 10, 'Hits')]), 'rate');
});

test('alarms are found by name, prefix, state, action and metric, and told as they were put', async () => {
  const client = cloudwatchOf(await testEngine(['--minute-ms', '60000']));
  const AlarmActions = ['arn:aws:sns:us-east-1:000000000000:oncall'];
  await client.putMetricAlarm({ ...errors, AlarmActions, Tags: [{ Key: 'team', Value: 'a' }] });
  const slow: PutMetricAlarmInput = { ...errors, Statistic: undefined, ExtendedStatistic: 'p99' };
  await client.putMetricAlarm({ ...slow, AlarmName: 'slow', MetricName: 'Latency', DatapointsToAlarm: 1 });
  const names = async (input: Parameters<CloudWatch['describeAlarms']>[0]) =>
    (await client.describeAlarms(input)).MetricAlarms?.map(({ AlarmName }) => AlarmName);
  expect(await names({})).toEqual(['errors', 'slow']);
  expect(await names({ AlarmNamePrefix: 'sl' })).toEqual(['slow']);
  expect(await names({ ActionPrefix: 'arn:aws:sns' })).toEqual(['errors']);
  expect(await names({ StateValue: 'ALARM' })).toEqual([]);
  const ofMetric = await client.describeAlarmsForMetric({
    Namespace: 'App',
    MetricName: 'Latency',
    Dimensions: errors.Dimensions,
  });
  expect(ofMetric.MetricAlarms).toMatchObject([{ AlarmName: 'slow', ExtendedStatistic: 'p99' }]);
  const first = await client.describeAlarms({ MaxRecords: 1 });
  expect(first.MetricAlarms).toMatchObject([
    { ...errors, AlarmActions, OKActions: [], ActionsEnabled: true, StateValue: 'INSUFFICIENT_DATA' },
  ]);
  expect(await names({ MaxRecords: 1, NextToken: first.NextToken })).toEqual(['slow']);
  const ResourceARN = known(first.MetricAlarms?.[0]?.AlarmArn);
  expect((await client.listTagsForResource({ ResourceARN })).Tags).toEqual([{ Key: 'team', Value: 'a' }]);
  await client.disableAlarmActions({ AlarmNames: ['errors', 'nobody'] });
  expect((await client.describeAlarms({ AlarmNames: ['errors'] })).MetricAlarms).toMatchObject([
    { ActionsEnabled: false },
  ]);
  await client.deleteAlarms({ AlarmNames: ['errors', 'nobody'] });
  expect(await names({})).toEqual(['slow']);
});

test('an alarm that could never be judged is refused', async () => {
  const client = cloudwatchOf(await testEngine(['--minute-ms', '60000']));
  const refused: readonly (readonly [change: Partial<PutMetricAlarmInput>, text: string])[] = [
    [{ DatapointsToAlarm: 2 }, 'DatapointsToAlarm must be less than or equal to EvaluationPeriods'],
    [{ Period: 45 }, 'Period must be'],
    [{ EvaluationPeriods: 1441 }, 'more than a day'],
    [{ TreatMissingData: 'no' }, 'TreatMissingData must be'],
    [{ ExtendedStatistic: 'p99' }, 'Exactly one of'],
    [{ Statistic: undefined, ExtendedStatistic: 'p101' }, 'not supported'],
    [{ ComparisonOperator: 'LessThanLowerThreshold' }, 'no alarms on anomaly detection'],
    [{ Threshold: undefined }, 'Threshold is required'],
    [{ Metrics: [{ Id: 'a', Expression: 'b + 1' }] }, 'mutually exclusive'],
  ];
  for (const [change, text] of refused)
    await expect(client.putMetricAlarm({ ...errors, ...change })).rejects.toThrow(text);
  expect((await client.describeAlarms({})).MetricAlarms).toEqual([]);
});

test('deployments see which of their alarms are red', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-alarms-'));
  const state = new State(openSqlite(join(folder, 'state.db')));
  onTestFinished(() => {
    state.close();
    rmSync(folder, { recursive: true });
  });
  const tables = openTables(state);
  state.transaction(() => {
    for (const value of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const)
      tables.alarms.put(value, {
        name: value,
        arn: value,
        settings: {},
        configuredAt: 0,
        state: { value, reason: '', reasonData: null },
        stateUpdatedAt: 0,
        stateTransitionedAt: 0,
      });
  });
  expect(alarmWatch(tables).inAlarm(['OK', 'nobody', 'ALARM', 'INSUFFICIENT_DATA'])).toEqual(['ALARM']);
});
