import type { MetricStat } from '@aws-sdk/client-cloudwatch';
import type { Core } from '../core.ts';
import { validationError } from './failures.ts';
import { metricOf } from './metric.ts';
import type { Metric } from './metric.ts';
import { merged, statistic } from './sample.ts';
import type { Sample, Statistic } from './sample.ts';
import { checkedPeriod, secondsMs } from './time.ts';

/** Values by the beginning of their period, oldest first. */
export type Series = ReadonlyMap<number, number>;

export interface Window {
  /** Periods that begin in here; both ends are multiples of the period away from `origin`. */
  readonly from: number;
  readonly until: number;
  /** Where periods are counted from: 0, or the moment that an alarm looks back from. */
  readonly origin: number;
}

export interface Measure {
  readonly metric: Metric;
  readonly periodSeconds: number;
  readonly statistic: Statistic;
  readonly unit: string | undefined;
}

export function measureOf(stat: MetricStat): Measure {
  const found = statistic(stat.Stat ?? '');
  if (found === null)
    throw validationError(
      `The value ${stat.Stat ?? ''} for parameter Stat is not supported: use SampleCount, Sum, Average, Minimum, Maximum or a percentile such as p99.`,
    );
  return {
    metric: metricOf(stat.Metric?.Namespace, stat.Metric?.MetricName, stat.Metric?.Dimensions),
    periodSeconds: checkedPeriod(stat.Period),
    statistic: found,
    unit: stat.Unit,
  };
}

export function seriesOf(core: Core, measure: Measure, window: Window): Series {
  const series = new Map<number, number>();
  for (const [at, sample] of samplesOf(core, measure, window)) {
    const value = measure.statistic(sample);
    if (value !== null) series.set(at, value);
  }
  return series;
}

/** What is known of each period in which there was anything. */
export function samplesOf(
  core: Core,
  { metric, periodSeconds, unit }: Pick<Measure, 'metric' | 'periodSeconds' | 'unit'>,
  { from, until, origin }: Window,
): ReadonlyMap<number, Sample> {
  const periodMs = secondsMs(core.settings, periodSeconds);
  const samples = new Map<number, Sample>();
  for (const point of core.telemetry.metrics.between(metric, from, until)) {
    if (unit !== undefined && point.unit !== unit) continue;
    const number = Math.floor((point.at - origin) / periodMs);
    const at = origin + number * periodMs;
    const before = samples.get(at);
    samples.set(at, before === undefined ? point.sample : merged(before, point.sample));
  }
  return samples;
}

/** The window of a query: whole periods, the one that `end` falls into included unless it begins there. */
export function windowOf(start: number, end: number, periodMs: number): Window {
  return {
    from: Math.floor(start / periodMs) * periodMs,
    until: Math.ceil(end / periodMs) * periodMs,
    origin: 0,
  };
}
