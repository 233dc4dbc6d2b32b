import { bucketEnd, since } from '../balancer/histogram.ts';
import type { HistogramCounts } from '../balancer/histogram.ts';
import type { BalancerStatus, GroupCounters, GroupStatus } from '../balancer/status.ts';
import type { Core } from '../core.ts';
import { forwardGroups } from '../elb/actions.ts';
import type { Dimensions } from './metric.ts';
import type { MetricRecord } from './metric-record.ts';
import { sampleOf } from './sample.ts';
import type { Sample } from './sample.ts';

/** How the counters of one balancer stood. */
export interface Reading {
  /** A balancer that was started anew counts from zero. */
  readonly balancer: string;
  readonly groups: Readonly<Record<string, GroupCounters>>;
  readonly listeners: Readonly<Record<string, ListenerCounters>>;
}

interface ListenerCounters {
  readonly elb4xx: number;
  readonly elb5xx: number;
}

export function readingOf(status: BalancerStatus): Reading {
  return {
    balancer: `${status.pid} ${status.startedAt}`,
    groups: Object.fromEntries(status.groups.map(({ arn, counters }) => [arn, counters])),
    listeners: Object.fromEntries(
      status.listeners.map(({ arn, elb4xx, elb5xx }) => [arn, { elb4xx, elb5xx }]),
    ),
  };
}

/** What an Application Load Balancer tells CloudWatch, from what was counted since the reading before. */
export function balancerRecords(
  core: Core,
  before: Reading | null,
  status: BalancerStatus,
): readonly MetricRecord[] {
  const now = readingOf(status);
  const earlier = before?.balancer === now.balancer ? before : null;
  const records: MetricRecord[] = [];
  for (const [arn, counters] of Object.entries(now.listeners)) {
    const balancer = core.tables.listeners.get(arn)?.loadBalancerArn;
    if (balancer === undefined) continue;
    const dimensions = [loadBalancerDimension(balancer)];
    const known = earlier?.listeners[arn];
    records.push(
      ...count('HTTPCode_ELB_4XX_Count', more(known?.elb4xx, counters.elb4xx), [dimensions]),
      ...count('HTTPCode_ELB_5XX_Count', more(known?.elb5xx, counters.elb5xx), [dimensions]),
    );
  }
  const balancers = balancersOfGroups(core);
  for (const group of status.groups) {
    const [balancer] = balancers.get(group.arn) ?? [];
    if (balancer !== undefined)
      records.push(...groupRecords(group, earlier?.groups[group.arn], loadBalancerDimension(balancer)));
  }
  return records;
}

type Dimension = Dimensions[number];
type CounterName = Exclude<keyof GroupCounters, 'responseTime'>;

/** Dimensions are spelt as ALB spells them: the end of the ARN. */
const loadBalancerDimension = (arn: string): Dimension => ({
  name: 'LoadBalancer',
  value: arn.slice(arn.indexOf(':loadbalancer/') + ':loadbalancer/'.length),
});
const targetGroupDimension = (arn: string): Dimension => ({
  name: 'TargetGroup',
  value: arn.slice(arn.indexOf(':targetgroup/') + 1),
});

function groupRecords(
  group: GroupStatus,
  before: GroupCounters | undefined,
  balancer: Dimension,
): MetricRecord[] {
  const target = targetGroupDimension(group.arn);
  const both: Dimensions = [balancer, target];
  const [ofBalancer, ofGroup] = [[balancer], both];
  const grown = (name: CounterName): number => more(before?.[name], group.counters[name]);
  const requests = grown('requests');
  const states = group.targets.map(({ state }) => state);
  const healthy = states.filter((state) => state === 'healthy').length;
  const registered = states.some((state) => state !== 'draining' && state !== 'drained');
  const hosts = (name: string, value: number): MetricRecord[] =>
    registered ? one(name, 'Count', sampleOf([[value, 1]]), [ofGroup]) : [];
  return [
    ...count('RequestCount', requests, [ofBalancer, ofGroup]),
    ...count('HTTPCode_Target_2XX_Count', grown('target2xx'), [ofBalancer, ofGroup]),
    ...count('HTTPCode_Target_3XX_Count', grown('target3xx'), [ofBalancer, ofGroup]),
    ...count('HTTPCode_Target_4XX_Count', grown('target4xx'), [ofBalancer, ofGroup]),
    ...count('HTTPCode_Target_5XX_Count', grown('target5xx'), [ofBalancer, ofGroup]),
    ...count('TargetConnectionErrorCount', grown('connectionErrors'), [ofBalancer, ofGroup]),
    ...one('TargetResponseTime', 'Seconds', responseTimes(before, group.counters), [ofBalancer, ofGroup]),
    ...(requests > 0 && healthy > 0
      ? one('RequestCountPerTarget', 'Count', sampleOf([[requests / healthy, 1]]), [[target], both])
      : []),
    ...hosts('HealthyHostCount', healthy),
    ...hosts('UnHealthyHostCount', states.filter((state) => state === 'unhealthy').length),
  ];
}

/** What came on top; everything, where counting began anew. */
const more = (before: number | undefined, now: number): number =>
  before === undefined || before > now ? now : now - before;

function responseTimes(before: GroupCounters | undefined, now: GroupCounters): Sample | null {
  const anew = before === undefined || before.responseTime.count > now.responseTime.count;
  const counts: HistogramCounts = anew ? now.responseTime : since(before.responseTime, now.responseTime);
  const sample = sampleOf(counts.buckets.map(([index, times]) => [bucketEnd(index) / 1_000_000, times]));
  return sample === null ? null : { ...sample, sum: counts.sumMicros / 1_000_000 };
}

/** Every request counts as one, so that its sum and its number are the same; nothing is told where there was none. */
function count(name: string, times: number, dimensions: readonly Dimensions[]): MetricRecord[] {
  return one(name, 'Count', sampleOf([[1, times]]), dimensions);
}

function one(
  name: string,
  unit: string,
  sample: Sample | null,
  dimensions: readonly Dimensions[],
): MetricRecord[] {
  if (sample === null) return [];
  return dimensions.map((each) => ({
    metric: { namespace: 'AWS/ApplicationELB', name, dimensions: each },
    unit,
    sample,
  }));
}

/** The load balancers whose rules name a group; at ALB it can be one only. */
function balancersOfGroups(core: Core): ReadonlyMap<string, readonly string[]> {
  const balancers = new Map<string, string[]>();
  for (const rule of core.tables.rules.all()) {
    const balancer = core.tables.listeners.get(rule.listenerArn)?.loadBalancerArn;
    if (balancer === undefined) continue;
    for (const { TargetGroupArn: arn = '' } of rule.actions.flatMap((action) => forwardGroups(action))) {
      const known = balancers.get(arn);
      if (known === undefined) balancers.set(arn, [balancer]);
      else if (!known.includes(balancer)) known.push(balancer);
    }
  }
  return balancers;
}
