import type {
  DeleteAlarmsInput,
  DescribeAlarmHistoryInput,
  DescribeAlarmsForMetricInput,
  DescribeAlarmsInput,
  DisableAlarmActionsInput,
  EnableAlarmActionsInput,
  MetricAlarm,
  PutMetricAlarmInput,
  SetAlarmStateInput,
} from '@aws-sdk/client-cloudwatch';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import type { AlarmRow } from '../model/cloudwatch.ts';
import { page } from '../paging.ts';
import { checkedSettings } from './alarm-settings.ts';
import { changeState, note } from './alarm-state.ts';
import { invalidCombination, invalidToken, resourceNotFound, validationError } from './failures.ts';
import { metricKey, metricOf } from './metric.ts';
import { storeTags } from './tags.ts';

/** A further put replaces all but the state. */
export function putMetricAlarm(core: Core, input: PutMetricAlarmInput, context: RequestContext) {
  const name = input.AlarmName ?? '';
  if (name === '' || name.length > 255) throw validationError('AlarmName must have a length from 1 to 255.');
  const settings = checkedSettings(core, input);
  const before = core.tables.alarms.get(name);
  const { now } = context;
  const row: AlarmRow = {
    name,
    arn: `arn:aws:cloudwatch:${core.account.region}:${core.account.accountId}:alarm:${name}`,
    settings,
    configuredAt: now,
    state: before?.state ?? {
      value: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      reasonData: null,
    },
    stateUpdatedAt: before?.stateUpdatedAt ?? now,
    stateTransitionedAt: before?.stateTransitionedAt ?? now,
  };
  core.tables.alarms.put(name, row);
  // Tags of one that is there already are changed by TagResource only.
  if (before === undefined) storeTags(core, row.arn, input.Tags ?? []);
  const what = before === undefined ? 'created' : 'updated';
  note(
    core,
    name,
    'ConfigurationUpdate',
    `Alarm "${name}" ${what}`,
    { type: what === 'created' ? 'Create' : 'Update' },
    now,
  );
  return {};
}

export function describeAlarms(core: Core, input: DescribeAlarmsInput) {
  const { AlarmNames: names, AlarmNamePrefix: prefix, StateValue: state, ActionPrefix: action } = input;
  if (names !== undefined && names.length > 0 && prefix !== undefined)
    throw invalidCombination('AlarmNames and AlarmNamePrefix are mutually exclusive.');
  const metricAlarms = (input.AlarmTypes ?? ['MetricAlarm']).includes('MetricAlarm');
  const rows = inOrder(core)
    .filter(() => metricAlarms)
    .filter((row) => names === undefined || names.length === 0 || names.includes(row.name))
    .filter((row) => row.name.startsWith(prefix ?? ''))
    .filter((row) => (state ?? row.state.value) === row.state.value)
    .filter((row) => action === undefined || actionsOf(row).some((one) => one.startsWith(action)));
  const { items, nextToken } = page(rows, input.NextToken, recordsOf(input.MaxRecords), invalidToken);
  return { CompositeAlarms: [], MetricAlarms: items.map(view), NextToken: nextToken };
}

export function describeAlarmsForMetric(core: Core, input: DescribeAlarmsForMetricInput) {
  const key = metricKey(metricOf(input.Namespace, input.MetricName, input.Dimensions));
  const rows = inOrder(core).filter(({ settings }) => {
    const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic, Period, Unit } = settings;
    return (
      MetricName !== undefined &&
      metricKey(metricOf(Namespace, MetricName, Dimensions)) === key &&
      (input.Statistic ?? Statistic) === Statistic &&
      (input.ExtendedStatistic ?? ExtendedStatistic) === ExtendedStatistic &&
      (input.Period ?? Period) === Period &&
      (input.Unit ?? Unit) === Unit
    );
  });
  return { MetricAlarms: rows.map(view) };
}

export function describeAlarmHistory(core: Core, input: DescribeAlarmHistoryInput) {
  const [from, until] = [input.StartDate?.getTime() ?? 0, input.EndDate?.getTime() ?? Infinity];
  const rows =
    input.AlarmName === undefined
      ? [...core.tables.alarmHistory.all()]
      : [core.tables.alarmHistory.get(input.AlarmName) ?? []].flat();
  const items = rows
    .flatMap((row) => row.items.map((item) => ({ alarm: row.alarm, item })))
    .filter(({ item }) => item.at >= from && item.at <= until)
    .filter(({ item }) => (input.HistoryItemType ?? item.type) === item.type)
    .sort((a, b) => b.item.at - a.item.at);
  if (input.ScanBy === 'TimestampAscending') items.reverse();
  const paged = page(items, input.NextToken, recordsOf(input.MaxRecords), invalidToken);
  return {
    AlarmHistoryItems: paged.items.map(({ alarm, item }) => ({
      AlarmName: alarm,
      AlarmType: 'MetricAlarm' as const,
      Timestamp: new Date(item.at),
      HistoryItemType: item.type,
      HistorySummary: item.summary,
      HistoryData: item.data,
    })),
    NextToken: paged.nextToken,
  };
}

/** Until the alarm is evaluated again. */
export function setAlarmState(core: Core, input: SetAlarmStateInput, context: RequestContext) {
  const row = core.tables.alarms.get(input.AlarmName ?? '');
  if (row === undefined) throw resourceNotFound(`The alarm ${input.AlarmName ?? ''} does not exist.`);
  const data = input.StateReasonData ?? null;
  if (data !== null && !isJson(data))
    throw new ApiError('InvalidFormatFault', 'StateReasonData must be valid JSON.');
  const state = {
    value: input.StateValue ?? 'INSUFFICIENT_DATA',
    reason: input.StateReason ?? '',
    reasonData: data,
  };
  changeState(core, row, state, context.now);
  return {};
}

/** Names that are not there are passed over, as CloudWatch does. */
export function deleteAlarms(core: Core, input: DeleteAlarmsInput) {
  for (const name of input.AlarmNames ?? []) {
    const row = core.tables.alarms.get(name);
    if (row === undefined) continue;
    core.tables.alarms.delete(name);
    core.tables.alarmHistory.delete(name);
    core.tables.tags.delete(row.arn);
  }
  return {};
}

export function enableAlarmActions(core: Core, input: EnableAlarmActionsInput, context: RequestContext) {
  return switchActions(core, input.AlarmNames ?? [], true, context.now);
}

export function disableAlarmActions(core: Core, input: DisableAlarmActionsInput, context: RequestContext) {
  return switchActions(core, input.AlarmNames ?? [], false, context.now);
}

function switchActions(core: Core, names: readonly string[], enabled: boolean, now: number) {
  for (const name of names) {
    const row = core.tables.alarms.get(name);
    if (row === undefined || row.settings.ActionsEnabled === enabled) continue;
    core.tables.alarms.put(name, { ...row, settings: { ...row.settings, ActionsEnabled: enabled } });
    note(core, name, 'ConfigurationUpdate', `Alarm "${name}" updated`, { type: 'Update' }, now);
  }
  return {};
}

const inOrder = (core: Core): AlarmRow[] =>
  [...core.tables.alarms.all()].sort((a, b) => (a.name < b.name ? -1 : 1));

const actionsOf = ({ settings }: AlarmRow): readonly string[] => [
  ...(settings.AlarmActions ?? []),
  ...(settings.OKActions ?? []),
  ...(settings.InsufficientDataActions ?? []),
];

function recordsOf(most: number | undefined): number {
  const given = most ?? 50;
  if (given < 1 || given > 100) throw validationError('MaxRecords must be from 1 to 100.');
  return given;
}

function view({ name, arn, settings, state, ...times }: AlarmRow): MetricAlarm {
  return {
    AlarmName: name,
    AlarmArn: arn,
    ...settings,
    OKActions: settings.OKActions ?? [],
    AlarmActions: settings.AlarmActions ?? [],
    InsufficientDataActions: settings.InsufficientDataActions ?? [],
    ...(settings.Metrics === undefined ? { Dimensions: settings.Dimensions ?? [] } : {}),
    AlarmConfigurationUpdatedTimestamp: new Date(times.configuredAt),
    StateValue: state.value,
    StateReason: state.reason,
    ...(state.reasonData === null ? {} : { StateReasonData: state.reasonData }),
    StateUpdatedTimestamp: new Date(times.stateUpdatedAt),
    StateTransitionedTimestamp: new Date(times.stateTransitionedAt),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
