import type { Clients } from './clients.ts';
import type { Handover } from './handover.ts';
import { dimensionsOf, groupMeasure, readSeries } from './metrics.ts';

/** What the targets of one group answered in a span of time. */
export interface GroupTraffic {
  readonly requests: number;
  /** Answers of 500 and above, and connections that could not be made. */
  readonly errors: number;
  /** Milliseconds: the mean of those of the periods, by their requests; null without a request. */
  readonly p95: number | null;
}

export interface GroupsQuery {
  readonly loadBalancer: NonNullable<Handover['loadBalancer']>;
  /** The first whole period. */
  readonly from: Date;
  readonly until: Date;
  /** Seconds: 60 is the finest that a load balancer on AWS tells. */
  readonly period: number;
}

/** Of each of the target groups (ARNs), in their order. */
export async function readGroupTraffic(
  clients: Clients,
  query: GroupsQuery,
  groups: readonly string[],
): Promise<readonly GroupTraffic[]> {
  const measures = groups.flatMap((group, index) => {
    const of = dimensionsOf(query.loadBalancer, group);
    return [
      groupMeasure(`requests${index}`, 'RequestCount', 'Sum', of),
      groupMeasure(`failed${index}`, 'HTTPCode_Target_5XX_Count', 'Sum', of),
      groupMeasure(`unreached${index}`, 'TargetConnectionErrorCount', 'Sum', of),
      groupMeasure(`slow${index}`, 'TargetResponseTime', 'p95', of),
    ];
  });
  const series = await readSeries(clients, query, measures);
  return groups.map((_, index) => {
    const of = (name: string): ReadonlyMap<number, number> => series.get(`${name}${index}`) ?? new Map();
    const requests = total(of('requests'));
    const weighted = [...of('slow')].map(([at, seconds]) => seconds * (of('requests').get(at) ?? 0));
    return {
      requests,
      errors: total(of('failed')) + total(of('unreached')),
      p95: requests === 0 ? null : (weighted.reduce((sum, one) => sum + one, 0) / requests) * 1000,
    };
  });
}

/** Share (0 to 1) of a group's answers that took longer than this many milliseconds; null where there is none. */
export async function readSlowShare(
  clients: Clients,
  query: GroupsQuery,
  group: string,
  limit: number,
): Promise<number | null> {
  const seconds = String(Math.round(limit) / 1000);
  const of = dimensionsOf(query.loadBalancer, group);
  const series = await readSeries(clients, query, [
    groupMeasure('all', 'TargetResponseTime', 'SampleCount', of),
    groupMeasure('within', 'TargetResponseTime', `TC(:${seconds})`, of),
  ]);
  const all = total(series.get('all') ?? new Map());
  return all === 0 ? null : 1 - total(series.get('within') ?? new Map()) / all;
}

function total(series: ReadonlyMap<number, number>): number {
  return [...series.values()].reduce((sum, value) => sum + value, 0);
}
