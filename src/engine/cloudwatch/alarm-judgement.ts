import type { ComparisonOperator, StateValue } from '@aws-sdk/client-cloudwatch';

export type MissingData = 'breaching' | 'notBreaching' | 'ignore' | 'missing';

/** How an alarm is to be judged, whatever it watches. */
export interface Terms {
  readonly operator: ComparisonOperator;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
}

/** One period that an alarm looks at; `value` null where there is no data. */
export interface Period {
  readonly at: number;
  readonly value: number | null;
}

export interface Judgement {
  /** Null: as it was. */
  readonly state: StateValue | null;
  /** The values that decided, newest first. */
  readonly evaluated: readonly Period[];
  /** How many periods of the last ones had to do without data. */
  readonly missing: number;
}

/** CloudWatch looks at a few more periods than asked for, so that a gap can be bridged by older data. */
export const furtherPeriods = 2;

/**
 * Judges periods, newest first, as CloudWatch documents it under "how alarms handle missing data":
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function judge(periods: readonly Period[], terms: Terms): Judgement {
  const { evaluationPeriods, datapointsToAlarm, missingData } = terms;
  const known = periods.filter(({ value }) => value !== null);
  const evaluated = known.slice(0, evaluationPeriods);
  const missing = evaluationPeriods - evaluated.length;
  const breaching = evaluated.filter((period) => breaches(period.value, terms)).length;
  const result = (state: StateValue | null): Judgement => ({ state, evaluated, missing });
  if (breaching >= datapointsToAlarm) return result('ALARM');
  if (missing === 0) return result('OK');
  switch (missingData) {
    case 'breaching':
      return result(breaching + missing >= datapointsToAlarm ? 'ALARM' : 'OK');
    case 'notBreaching':
      return result('OK');
    case 'ignore':
      return result(null);
    case 'missing':
      if (evaluated.length === 0) return result('INSUFFICIENT_DATA');
      if (breaching < evaluated.length) return result('OK');
      // All that is known is bad: enough, once it has been so for long enough.
      return result(
        periods.findLastIndex(({ value }) => value !== null) + 1 >= datapointsToAlarm ? 'ALARM' : null,
      );
  }
}

function breaches(value: number | null, { operator, threshold }: Terms): boolean {
  if (value === null) return false;
  switch (operator) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
    case 'LessThanLowerOrGreaterThanUpperThreshold':
    case 'LessThanLowerThreshold':
    case 'GreaterThanUpperThreshold':
      throw new Error(`bug: ${operator} was let in`);
  }
}

/** Worded as CloudWatch words a `StateReason`. */
export function reasonOf(judgement: Judgement, terms: Terms, before: StateValue): string {
  const { state, evaluated, missing } = judgement;
  const count = terms.evaluationPeriods;
  if (state === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${count} datapoint${count === 1 ? ' was' : 's were'} unknown.`;
  const red = state === 'ALARM';
  const transition = `(minimum ${plural(red ? terms.datapointsToAlarm : count - terms.datapointsToAlarm + 1, 'datapoint')} for ${before} -> ${state ?? before} transition)`;
  if (evaluated.length === 0)
    return `Threshold Crossed: no datapoints were received for ${plural(missing, 'period')} and ${plural(missing, 'missing datapoint')} ${missing === 1 ? 'was' : 'were'} treated as [${terms.missingData === 'breaching' ? 'Breaching' : 'NonBreaching'}].`;
  const crossing = evaluated.filter((period) => breaches(period.value, terms) === red);
  const values = crossing.map(({ at, value }) => `${decimal(value ?? 0)} (${moment(at)})`).join(', ');
  return `Threshold Crossed: ${crossing.length} out of the last ${count} datapoints [${values}] ${crossing.length === 1 ? 'was' : 'were'} ${red ? '' : 'not '}${wording(terms.operator)} the threshold (${decimal(terms.threshold)}) ${transition}.`;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

/** `21/11/26 13:12:00`, in UTC. */
function moment(at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}

function wording(operator: ComparisonOperator): string {
  switch (operator) {
    case 'GreaterThanOrEqualToThreshold':
      return 'greater than or equal to';
    case 'LessThanThreshold':
      return 'less than';
    case 'LessThanOrEqualToThreshold':
      return 'less than or equal to';
    case 'GreaterThanThreshold':
    case 'GreaterThanUpperThreshold':
    case 'LessThanLowerThreshold':
    case 'LessThanLowerOrGreaterThanUpperThreshold':
      return 'greater than';
  }
}
