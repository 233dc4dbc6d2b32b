import type { DimensionFilter, ListMetricsInput } from '@aws-sdk/client-cloudwatch';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { page } from '../paging.ts';
import { invalidToken } from './failures.ts';
import { asDimensions } from './metric.ts';
import type { Dimensions } from './metric.ts';
import type { KnownMetric } from './metric-store.ts';
import { secondsMs } from './time.ts';

const pageSize = 500;

export async function listMetrics(core: Core, input: ListMetricsInput, context: RequestContext) {
  const since = input.RecentlyActive === 'PT3H' ? context.now - secondsMs(core.settings, 3 * 3600) : 0;
  const found = core.telemetry.metrics.known().filter(({ metric, lastAt }: KnownMetric) => {
    const { namespace, name, dimensions } = metric;
    return (
      lastAt >= since &&
      (input.Namespace ?? namespace) === namespace &&
      (input.MetricName ?? name) === name &&
      (input.Dimensions ?? []).every((filter) => has(dimensions, filter))
    );
  });
  const { items, nextToken } = page(found, input.NextToken, pageSize, invalidToken);
  return {
    Metrics: items.map(({ metric }) => ({
      Namespace: metric.namespace,
      MetricName: metric.name,
      Dimensions: asDimensions(metric.dimensions),
    })),
    NextToken: nextToken,
  };
}

const has = (dimensions: Dimensions, { Name, Value }: DimensionFilter): boolean =>
  dimensions.some(({ name, value }) => name === Name && (Value ?? value) === value);
