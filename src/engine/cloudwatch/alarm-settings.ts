import type { PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import type { Core } from '../core.ts';
import type { AlarmSettings } from '../model/cloudwatch.ts';
import type { MissingData, Terms } from './alarm-judgement.ts';
import { invalidCombination, missingParameter, validationError } from './failures.ts';
import { Queries } from './queries.ts';
import { measureOf } from './series.ts';
import { checkedPeriod } from './time.ts';

/** What is put, checked; as the client's own words it is kept and told. */
export function checkedSettings(core: Core, input: PutMetricAlarmInput): AlarmSettings {
  const { AlarmName: _, Tags: __, ...settings } = input;
  refuseUnsupported(input);
  if (input.Threshold === undefined) throw missingParameter('The parameter Threshold is required.');
  const periods = input.EvaluationPeriods ?? 0;
  if (!Number.isInteger(periods) || periods < 1)
    throw validationError('EvaluationPeriods must be a whole number from 1.');
  const datapoints = input.DatapointsToAlarm ?? periods;
  if (!Number.isInteger(datapoints) || datapoints < 1 || datapoints > periods)
    throw validationError(
      'DatapointsToAlarm must be less than or equal to EvaluationPeriods, and greater than 0.',
    );
  if (missingData(input.TreatMissingData) === null)
    throw validationError(
      `TreatMissingData must be breaching, notBreaching, ignore or missing, not ${input.TreatMissingData}`,
    );
  if (input.Metrics !== undefined && input.Metrics.length > 0) checkMetrics(core, input);
  else checkMetric(input);
  const span = periods * periodOf(settings);
  const most = periodOf(settings) >= 3600 ? 604_800 : 86_400;
  if (span > most)
    throw validationError(
      `Metrics cannot be checked across more than ${most === 86_400 ? 'a day' : 'seven days'} (EvaluationPeriods * Period must be <= ${most}).`,
    );
  return { ...settings, ActionsEnabled: input.ActionsEnabled ?? true };
}

function refuseUnsupported(input: PutMetricAlarmInput): void {
  switch (input.ComparisonOperator) {
    case 'GreaterThanUpperThreshold':
    case 'LessThanLowerOrGreaterThanUpperThreshold':
    case 'LessThanLowerThreshold':
      throw validationError('This engine has no alarms on anomaly detection.');
    case 'GreaterThanOrEqualToThreshold':
    case 'GreaterThanThreshold':
    case 'LessThanOrEqualToThreshold':
    case 'LessThanThreshold':
      break;
    case undefined:
      throw missingParameter('The parameter ComparisonOperator is required.');
  }
  if (input.ThresholdMetricId !== undefined)
    throw validationError('This engine has no alarms on anomaly detection.');
  if (input.EvaluationCriteria !== undefined || input.EvaluationWindow !== undefined)
    throw validationError('This engine has alarms with EvaluationPeriods and a Threshold only.');
}

function checkMetric(input: PutMetricAlarmInput): void {
  for (const name of ['MetricName', 'Namespace', 'Period'] as const)
    if (input[name] === undefined) throw missingParameter(`The parameter ${name} is required.`);
  if ((input.Statistic === undefined) === (input.ExtendedStatistic === undefined))
    throw invalidCombination(
      'Exactly one of the parameters Statistic and ExtendedStatistic must be specified.',
    );
  checkedPeriod(input.Period);
  measureOf(watched(input));
}

function checkMetrics(core: Core, input: PutMetricAlarmInput): void {
  for (const name of [
    'MetricName',
    'Namespace',
    'Dimensions',
    'Period',
    'Statistic',
    'ExtendedStatistic',
  ] as const)
    if (input[name] !== undefined)
      throw invalidCombination(`The parameters Metrics and ${name} are mutually exclusive.`);
  // What cannot be read is told now rather than by an alarm that never changes.
  const queries = new Queries(core, input.Metrics ?? [], () => ({ from: 0, until: 0, origin: 0 }));
  if (queries.worth(returnedId(input)).kind === 'list')
    throw validationError('The expression of an alarm must give exactly one time series.');
}

/** The metric of an alarm that watches just one. */
export function watched(settings: AlarmSettings) {
  return {
    Metric: {
      Namespace: settings.Namespace,
      MetricName: settings.MetricName,
      Dimensions: settings.Dimensions,
    },
    Period: settings.Period,
    Stat: settings.Statistic ?? settings.ExtendedStatistic,
    ...(settings.Unit === undefined ? {} : { Unit: settings.Unit }),
  };
}

/** Of an alarm on several metrics: the id that is judged. */
export function returnedId({ Metrics: metrics = [] }: AlarmSettings): string {
  const returned = metrics.filter((query) => query.ReturnData !== false);
  const [only] = returned;
  if (only === undefined || returned.length > 1)
    throw validationError('Exactly one element of the metrics list must return data.');
  return only.Id ?? '';
}

/** In CloudWatch's seconds; of several, the longest. */
export function periodOf(settings: AlarmSettings): number {
  const periods = (settings.Metrics ?? []).flatMap((query) => query.MetricStat?.Period ?? query.Period ?? []);
  return settings.Period ?? Math.max(60, ...periods);
}

export function termsOf(settings: AlarmSettings): Terms {
  const evaluationPeriods = settings.EvaluationPeriods ?? 1;
  return {
    operator: settings.ComparisonOperator ?? 'GreaterThanThreshold',
    threshold: settings.Threshold ?? 0,
    evaluationPeriods,
    datapointsToAlarm: settings.DatapointsToAlarm ?? evaluationPeriods,
    missingData: missingData(settings.TreatMissingData) ?? 'missing',
  };
}

function missingData(given: string | undefined): MissingData | null {
  switch (given ?? 'missing') {
    case 'breaching':
      return 'breaching';
    case 'notBreaching':
      return 'notBreaching';
    case 'ignore':
      return 'ignore';
    case 'missing':
      return 'missing';
    default:
      return null;
  }
}
