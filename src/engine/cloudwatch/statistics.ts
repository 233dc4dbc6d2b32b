import type { Datapoint, GetMetricStatisticsInput, StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Core } from '../core.ts';
import { invalidCombination, invalidValue, missingParameter } from './failures.ts';
import { metricOf } from './metric.ts';
import { isExtended, statistic } from './sample.ts';
import type { Sample } from './sample.ts';
import { samplesOf, windowOf } from './series.ts';
import { checkedPeriod, secondsMs } from './time.ts';

const mostDatapoints = 1440;

export async function getMetricStatistics(core: Core, input: GetMetricStatisticsInput) {
  const [start, end] = [input.StartTime?.getTime() ?? 0, input.EndTime?.getTime() ?? 0];
  if (start >= end)
    throw invalidCombination('The parameter StartTime must be less than the parameter EndTime.');
  const names = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])];
  if (names.length === 0)
    throw missingParameter(
      'At least one of the parameters Statistics and ExtendedStatistics must be specified.',
    );
  const periodSeconds = checkedPeriod(input.Period);
  const window = windowOf(start, end, secondsMs(core.settings, periodSeconds));
  const most = Math.round((window.until - window.from) / secondsMs(core.settings, periodSeconds));
  if (most > mostDatapoints)
    throw invalidCombination(
      `You have requested up to ${most} datapoints, which exceeds the limit of ${mostDatapoints}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  for (const name of input.ExtendedStatistics ?? [])
    if (!isExtended(name) || statistic(name) === null)
      throw invalidValue(`The value ${name} for parameter ExtendedStatistics is not supported.`);
  const metric = metricOf(input.Namespace, input.MetricName, input.Dimensions);
  const points = unitsOf(core, input, window.from, window.until).flatMap((unit) =>
    [...samplesOf(core, { metric, periodSeconds, unit }, window)].map(([at, sample]) =>
      datapoint(at, unit, sample, names),
    ),
  );
  return { Label: input.MetricName ?? '', Datapoints: points };
}

/** Samples of different units are different datapoints. */
function unitsOf(
  core: Core,
  input: GetMetricStatisticsInput,
  from: number,
  until: number,
): readonly StandardUnit[] {
  if (input.Unit !== undefined) return [input.Unit];
  const metric = metricOf(input.Namespace, input.MetricName, input.Dimensions);
  const units = core.telemetry.metrics.between(metric, from, until).map(({ unit }) => unit);
  return [...new Set(units)].filter(isUnit);
}

/** Only what is one was let in. */
function isUnit(unit: string): unit is StandardUnit {
  return unit !== '';
}

function datapoint(at: number, unit: StandardUnit, sample: Sample, names: readonly string[]): Datapoint {
  const values = names.flatMap((name): [string, number][] => {
    const value = statistic(name)?.(sample) ?? null;
    return value === null ? [] : [[name, value]];
  });
  const extended = values.filter(([name]) => isExtended(name));
  return {
    Timestamp: new Date(at),
    Unit: unit,
    ...Object.fromEntries(values.filter(([name]) => !isExtended(name))),
    ...(extended.length === 0 ? {} : { ExtendedStatistics: Object.fromEntries(extended) }),
  };
}
