import type { MetricDatum, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { invalidCombination, invalidValue, missingParameter } from './failures.ts';
import { metricOf } from './metric.ts';
import type { Metric } from './metric.ts';
import { sampleOf } from './sample.ts';
import type { Sample } from './sample.ts';
import { momentOf, secondsMs } from './time.ts';

const mostData = 1000;
const mostValues = 150;
const mostDimensions = 30;

export async function putMetricData(core: Core, input: PutMetricDataInput, context: RequestContext) {
  const namespace = input.Namespace ?? '';
  if (namespace === '' || namespace.length > 255 || namespace.startsWith('AWS/'))
    throw invalidValue(`The value ${namespace} for parameter Namespace is invalid.`);
  const data = [
    ...(input.MetricData ?? []),
    ...(input.EntityMetricData ?? []).flatMap((entity) => entity.MetricData ?? []),
  ];
  if (data.length === 0) throw missingParameter('The parameter MetricData is required.');
  if (data.length > mostData)
    throw invalidValue(`The collection MetricData must not have a size greater than ${mostData}.`);
  const put = data.map((datum, index) => read(core, namespace, datum, index + 1, context.now));
  core.telemetry.metrics.together(() => {
    for (const { metric, at, unit, sample } of put) core.telemetry.metrics.record(metric, at, unit, sample);
  });
  return {};
}

interface Put {
  readonly metric: Metric;
  readonly at: number;
  readonly unit: string;
  readonly sample: Sample;
}

function read(core: Core, namespace: string, datum: MetricDatum, number: number, now: number): Put {
  const path = `MetricData.member.${number}`;
  const dimensions = datum.Dimensions ?? [];
  if (dimensions.length > mostDimensions)
    throw invalidValue(
      `The collection ${path}.Dimensions must not have a size greater than ${mostDimensions}.`,
    );
  if ((datum.MetricName ?? '') === '')
    throw missingParameter(`The parameter ${path}.MetricName is required.`);
  for (const { Name, Value } of dimensions)
    if ((Name ?? '') === '' || (Value ?? '') === '')
      throw invalidValue(`The parameter ${path}.Dimensions must have names and values that are not empty.`);
  const at = datum.Timestamp?.getTime() ?? now;
  const { settings } = core;
  if (at < now - secondsMs(settings, 14 * 86_400) || at > now + secondsMs(settings, 7200))
    throw invalidValue(
      `The parameter ${path}.Timestamp must specify a time within the past two weeks and the next two hours.`,
    );
  const resolution = secondsMs(settings, datum.StorageResolution === 1 ? 1 : 60);
  return {
    metric: metricOf(namespace, datum.MetricName, dimensions),
    at: momentOf(at, resolution),
    unit: datum.Unit ?? 'None',
    sample: valuesOf(datum, path),
  };
}

function valuesOf(datum: MetricDatum, path: string): Sample {
  const { Value: value, Values: values, Counts: counts, StatisticValues: told } = datum;
  const ways = [value, values, told].filter((way) => way !== undefined).length;
  if (ways > 1)
    throw invalidCombination(
      `The parameters ${path}.Value, ${path}.Values and ${path}.StatisticValues are mutually exclusive and you have specified more than one.`,
    );
  if (told !== undefined) {
    const { SampleCount: count = 0, Sum: sum = 0, Minimum: min = 0, Maximum: max = 0 } = told;
    for (const one of [count, sum, min, max]) refuseBadValue(one, path);
    if (count <= 0 || min > max)
      throw invalidValue(`The parameter ${path}.StatisticValues holds no valid statistics.`);
    return { count, sum, min, max, values: min === max ? [[min, count]] : null };
  }
  const all = values ?? (value === undefined ? [] : [value]);
  if (counts !== undefined && counts.length !== all.length)
    throw invalidValue(`The parameters ${path}.Values and ${path}.Counts must be of the same size.`);
  if (all.length > mostValues)
    throw invalidValue(`The collection ${path}.Values must not have a size greater than ${mostValues}.`);
  for (const one of [...all, ...(counts ?? [])]) refuseBadValue(one, path);
  if (counts?.some((count) => count < 0) === true)
    throw invalidValue(`The parameter ${path}.Counts must not hold a negative number.`);
  const sample = sampleOf(
    all.map((one, index): [number, number] => [one, counts?.[index] ?? 1]).toSorted(([a], [b]) => a - b),
  );
  if (sample === null)
    throw missingParameter(
      `At least one of the parameters ${path}.Value, ${path}.Values or ${path}.StatisticValues must be specified.`,
    );
  return sample;
}

function refuseBadValue(value: number, path: string): void {
  if (!Number.isFinite(value) || Math.abs(value) > 2 ** 360)
    throw invalidValue(`The value ${value} for parameter ${path}.Value is invalid.`);
}
