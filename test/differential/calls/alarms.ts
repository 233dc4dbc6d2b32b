import type { Dimension, Tag } from '@aws-sdk/client-cloudwatch';
import fc from 'fast-check';
import { call, made } from '../call.ts';
import type { Calls } from '../sequences.ts';

export const alarms: Calls = (prefix) => {
  const name = fc.constantFrom(`${prefix}errors`, `${prefix}slow`);
  const state = fc.constantFrom('OK' as const, 'ALARM' as const, 'INSUFFICIENT_DATA' as const);
  const tags = fc.constantFrom<Tag[][]>([{ Key: 'team', Value: 'shop' }], [{ Key: 'stage', Value: 'live' }]);

  const put = fc
    .record(
      {
        AlarmName: name,
        Namespace: fc.constant('Shop'),
        MetricName: fc.constantFrom('Errors', 'Latency'),
        Statistic: fc.constantFrom('Sum' as const, 'Average' as const),
        Period: fc.constantFrom(60, 300),
        EvaluationPeriods: fc.constantFrom(3, 5),
        Threshold: fc.constantFrom(0, 5, 0.5),
        ComparisonOperator: fc.constantFrom(
          'GreaterThanThreshold' as const,
          'LessThanOrEqualToThreshold' as const,
        ),
        DatapointsToAlarm: fc.constantFrom(1, 2),
        TreatMissingData: fc.constantFrom('notBreaching', 'ignore'),
        AlarmDescription: fc.constant('what it is'),
        ActionsEnabled: fc.boolean(),
        AlarmActions: fc.constant<string[]>(['arn:aws:sns:us-east-1:999999999999:bell']),
        OKActions: fc.constant<string[]>(['arn:aws:sns:us-east-1:999999999999:bell']),
        Dimensions: fc.constant<Dimension[]>([{ Name: 'App', Value: 'web' }]),
        Unit: fc.constant('Count' as const),
        Tags: tags,
      },
      {
        requiredKeys: [
          'AlarmName',
          'Namespace',
          'MetricName',
          'Statistic',
          'Period',
          'EvaluationPeriods',
          'Threshold',
          'ComparisonOperator',
        ],
      },
    )
    .map((said) => call('PutMetricAlarm', said, ({ cloudwatch }) => cloudwatch.putMetricAlarm(said)));
  const putExpression = name.map((AlarmName) =>
    call('PutMetricAlarm', { AlarmName, expression: 'e / 2' }, ({ cloudwatch }) =>
      cloudwatch.putMetricAlarm({
        AlarmName,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        Metrics: [
          {
            Id: 'e',
            ReturnData: false,
            MetricStat: { Metric: { Namespace: 'Shop', MetricName: 'Errors' }, Period: 60, Stat: 'Sum' },
          },
          { Id: 'half', Expression: 'e / 2', ReturnData: true },
        ],
      }),
    ),
  );
  const describe = fc
    .oneof(
      fc.record({
        AlarmNames: fc.uniqueArray(name, { minLength: 1 }),
        StateValue: fc.option(state, { nil: undefined }),
      }),
      fc.record({ AlarmNamePrefix: fc.constantFrom(prefix, `${prefix}err`) }),
    )
    .map((said) =>
      call('DescribeAlarms', said, ({ cloudwatch }) => cloudwatch.describeAlarms(said), {
        errors: (answer) => answer.MetricAlarms?.find((one) => one.AlarmName === `${prefix}errors`)?.AlarmArn,
        slow: (answer) => answer.MetricAlarms?.find((one) => one.AlarmName === `${prefix}slow`)?.AlarmArn,
      }),
    );
  const forMetric = fc
    .record({ Namespace: fc.constant('Shop'), MetricName: fc.constantFrom('Errors', 'Latency') })
    .map((said) =>
      call('DescribeAlarmsForMetric', said, async ({ cloudwatch }) => {
        const { MetricAlarms = [] } = await cloudwatch.describeAlarmsForMetric(said);
        return { MetricAlarms: MetricAlarms.filter((alarm) => alarm.AlarmName?.startsWith(prefix) === true) };
      }),
    );
  const set = fc
    .record(
      {
        AlarmName: name,
        StateValue: state,
        StateReason: fc.constant('by hand'),
        StateReasonData: fc.constant('{"a":1}'),
      },
      { requiredKeys: ['AlarmName', 'StateValue', 'StateReason'] },
    )
    .map((said) => call('SetAlarmState', said, ({ cloudwatch }) => cloudwatch.setAlarmState(said)));
  const remove = fc
    .uniqueArray(name, { minLength: 1 })
    .map((AlarmNames) =>
      call('DeleteAlarms', AlarmNames, ({ cloudwatch }) => cloudwatch.deleteAlarms({ AlarmNames })),
    );
  const disable = name.map((alarm) =>
    call('DisableAlarmActions', alarm, ({ cloudwatch }) =>
      cloudwatch.disableAlarmActions({ AlarmNames: [alarm] }),
    ),
  );
  const enable = name.map((alarm) =>
    call('EnableAlarmActions', alarm, ({ cloudwatch }) =>
      cloudwatch.enableAlarmActions({ AlarmNames: [alarm] }),
    ),
  );
  const which = fc.constantFrom('errors', 'slow');
  const tag = fc
    .tuple(which, tags)
    .map(([name, Tags]) =>
      call('TagResource', { name, Tags }, (party) =>
        party.cloudwatch.tagResource({ ResourceARN: made(party, name), Tags }),
      ),
    );
  const untag = which.map((name) =>
    call('UntagResource', name, (party) =>
      party.cloudwatch.untagResource({ ResourceARN: made(party, name), TagKeys: ['team'] }),
    ),
  );
  const listTags = which.map((name) =>
    call('ListTagsForResource', name, (party) =>
      party.cloudwatch.listTagsForResource({ ResourceARN: made(party, name) }),
    ),
  );
  return {
    first: [],
    any: fc.oneof(
      { weight: 4, arbitrary: put },
      putExpression,
      { weight: 3, arbitrary: describe },
      forMetric,
      { weight: 2, arbitrary: set },
      remove,
      disable,
      enable,
      tag,
      untag,
      listTags,
    ),
  };
};
