import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Clients } from './clients.ts';
import type { Handover } from './handover.ts';

/** What CloudWatch knows of a service in a span of time; null for what it has no data of. */
export interface ServiceMetrics {
  /** Null for a service that no request reaches by a load balancer. */
  readonly traffic: Traffic | null;
  /** Percent of what the tasks have set aside for themselves, on average. */
  readonly cpu: number | null;
  readonly memory: number | null;
}

export interface Traffic {
  readonly requests: number | null;
  /** Answers of 500 and above, and connections that could not be made. */
  readonly errors: number | null;
  /** Milliseconds in the slowest of the minutes: percentiles of different minutes do not add up to one. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface MetricsQuery {
  readonly placed: Pick<Handover, 'cluster' | 'service' | 'loadBalancer'>;
  readonly from: Date;
  readonly until: Date;
}

/** The namespace of load balancers. */
export const balancers = 'AWS/ApplicationELB';

export type Dimensions = Readonly<Record<string, string>>;

export interface Measure {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly stat: string;
  readonly dimensions: Dimensions;
}

export async function readMetrics(clients: Clients, query: MetricsQuery): Promise<ServiceMetrics> {
  const { cluster, service, loadBalancer } = query.placed;
  const groups =
    loadBalancer === null ? [] : loadBalancer.targetGroups.map((arn) => dimensionsOf(loadBalancer, arn));
  const ofService = { ClusterName: cluster, ServiceName: service };
  const usage = (id: string, name: string): Measure => ({
    id,
    namespace: 'AWS/ECS',
    name,
    stat: 'Average',
    dimensions: ofService,
  });
  const values = await ask(clients, query, [
    usage('cpu', 'CPUUtilization'),
    usage('memory', 'MemoryUtilization'),
    ...groups.flatMap(measuresOf),
  ]);
  const all = (name: string) => groups.flatMap((_, index) => values.get(`${name}${index}`) ?? []);
  return {
    traffic: loadBalancer === null ? null : trafficOf(all),
    cpu: mean(values.get('cpu') ?? []),
    memory: mean(values.get('memory') ?? []),
  };
}

/** Blue and green have a target group each, and users may have been with both. */
function measuresOf(dimensions: Dimensions, index: number): readonly Measure[] {
  return [
    groupMeasure(`requests${index}`, 'RequestCount', 'Sum', dimensions),
    groupMeasure(`failed${index}`, 'HTTPCode_Target_5XX_Count', 'Sum', dimensions),
    groupMeasure(`unreached${index}`, 'TargetConnectionErrorCount', 'Sum', dimensions),
    groupMeasure(`p50g${index}`, 'TargetResponseTime', 'p50', dimensions),
    groupMeasure(`p95g${index}`, 'TargetResponseTime', 'p95', dimensions),
    groupMeasure(`p99g${index}`, 'TargetResponseTime', 'p99', dimensions),
  ];
}

/** What a load balancer tells of one target group. */
export function groupMeasure(id: string, name: string, stat: string, dimensions: Dimensions): Measure {
  return { id, namespace: balancers, name, stat, dimensions };
}

function trafficOf(all: (name: string) => readonly number[]): Traffic {
  const [requests, errors] = [all('requests'), [...all('failed'), ...all('unreached')]];
  const slowest = (name: string): number | null => {
    const seconds = all(name);
    return seconds.length === 0 ? null : Math.max(...seconds) * 1000;
  };
  return {
    requests: requests.length === 0 ? null : sum(requests),
    // A load balancer tells nothing of errors where there was none.
    errors: requests.length === 0 && errors.length === 0 ? null : sum(errors),
    p50: slowest('p50g'),
    p95: slowest('p95g'),
    p99: slowest('p99g'),
  };
}

/** `…:listener-rule/app/name/id/listener/rule` and `…:targetgroup/name/id`, as CloudWatch spells them. */
export function dimensionsOf(
  { productionRule }: NonNullable<Handover['loadBalancer']>,
  targetGroup: string,
): Dimensions {
  const [, path = ''] = productionRule.split(':listener-rule/');
  return {
    LoadBalancer: path.split('/').slice(0, 3).join('/'),
    TargetGroup: targetGroup.slice(targetGroup.lastIndexOf(':') + 1),
  };
}

async function ask(
  clients: Clients,
  span: Pick<MetricsQuery, 'from' | 'until'>,
  measures: readonly Measure[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const series = await readSeries(clients, { ...span, period: 60 }, measures);
  return new Map([...series].map(([id, points]) => [id, [...points.values()]]));
}

/**
 * Values by the beginning of their period (milliseconds), by the id of the measure. `period` in seconds; `from` is rounded
 * down to a whole one.
 */
export async function readSeries(
  clients: Clients,
  { from, until, period }: { readonly from: Date; readonly until: Date; readonly period: number },
  measures: readonly Measure[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const { paginateGetMetricData } = await import('@aws-sdk/client-cloudwatch');
  const client = await clients.cloudwatch();
  const series = new Map<string, Map<number, number>>(measures.map(({ id }) => [id, new Map()]));
  const queries = measures.map((measure) => queryOf(measure, period));
  const asked = { StartTime: from, EndTime: until, MetricDataQueries: queries };
  for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, asked))
    for (const { Id = '', Timestamps = [], Values = [] } of MetricDataResults)
      for (const [index, at] of Timestamps.entries()) series.get(Id)?.set(at.getTime(), Values[index] ?? 0);
  return series;
}

/** `Period` in seconds. */
export function queryOf(measure: Measure, Period: number): MetricDataQuery {
  return { Id: measure.id, MetricStat: { Metric: metricOf(measure), Period, Stat: measure.stat } };
}

/** As the API names a metric. */
export function metricOf({ namespace, name, dimensions }: Measure) {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return { Namespace: namespace, MetricName: name, Dimensions };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : sum(values) / values.length;
