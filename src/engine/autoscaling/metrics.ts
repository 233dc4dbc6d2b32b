import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { TargetTrackingScalingPolicyConfiguration } from '@aws-sdk/client-application-auto-scaling';
import { validation } from './failures.ts';

/** A metric, or an expression over several, as CloudWatch is asked for them. */
export interface MetricQuery {
  readonly metrics: readonly MetricDataQuery[];
  /** The id of the one whose value counts. */
  readonly returned: string;
}

export interface MetricReader {
  /** The value of the last whole period; null when nothing was measured in it. */
  latest(query: MetricQuery): number | null;
}

const period = 60;

/** What a target-tracking policy watches, in whatever unit it was put. Throws what PutScalingPolicy refuses with. */
export function trackedMetric(
  {
    PredefinedMetricSpecification: predefined,
    CustomizedMetricSpecification: custom,
  }: TargetTrackingScalingPolicyConfiguration,
  resourceId: string,
): MetricQuery {
  if ((predefined === undefined) === (custom === undefined)) {
    throw validation(
      'You must specify exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification.',
    );
  }
  if (predefined !== undefined) return predefinedMetric(predefined, resourceId);
  if (custom?.Metrics !== undefined) {
    const metrics = custom.Metrics.map(({ MetricStat: stat, ...query }): MetricDataQuery => ({
      ...query,
      ...(stat === undefined ? {} : { MetricStat: { Metric: stat.Metric, Stat: stat.Stat, Period: period } }),
    }));
    const returned = metrics.filter((query) => query.ReturnData !== false);
    const [only] = returned;
    if (only?.Id === undefined || returned.length > 1)
      throw validation('Exactly one of the Metrics must return data.');
    return { metrics, returned: only.Id };
  }
  if (custom?.MetricName === undefined || custom.Namespace === undefined || custom.Statistic === undefined)
    throw validation('A customized metric must have MetricName, Namespace and Statistic.');
  return one(custom.Namespace, custom.MetricName, custom.Statistic, custom.Dimensions ?? []);
}

function predefinedMetric(
  {
    PredefinedMetricType: type,
    ResourceLabel: label,
  }: NonNullable<TargetTrackingScalingPolicyConfiguration['PredefinedMetricSpecification']>,
  resourceId: string,
): MetricQuery {
  const [, cluster = '', service = ''] = resourceId.split('/');
  const ofService = [
    { Name: 'ClusterName', Value: cluster },
    { Name: 'ServiceName', Value: service },
  ];
  if (type === 'ECSServiceAverageCPUUtilization')
    return one('AWS/ECS', 'CPUUtilization', 'Average', ofService);
  if (type === 'ECSServiceAverageMemoryUtilization')
    return one('AWS/ECS', 'MemoryUtilization', 'Average', ofService);
  if (type !== 'ALBRequestCountPerTarget')
    throw validation(`Predefined metric type ${type} is not supported for ${resourceId}.`);
  const found = /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/.exec(label ?? '');
  if (found === null) {
    throw validation(
      'ResourceLabel must be app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/<target-group-id>.',
    );
  }
  const [, loadBalancer = '', targetGroup = ''] = found;
  const { metrics, returned } = one('AWS/ApplicationELB', 'RequestCountPerTarget', 'Sum', [
    { Name: 'LoadBalancer', Value: loadBalancer },
    { Name: 'TargetGroup', Value: targetGroup },
  ]);
  // A minute without requests is one of none: else a service that nobody asks any more would stay as large as it was.
  return {
    metrics: [
      ...metrics.map((query) => ({ ...query, ReturnData: false })),
      { Id: 'e1', Expression: `FILL(${returned}, 0)` },
    ],
    returned: 'e1',
  };
}

function one(
  namespace: string,
  name: string,
  statistic: string,
  dimensions: readonly { readonly Name: string | undefined; readonly Value: string | undefined }[],
): MetricQuery {
  const stat = {
    Metric: { Namespace: namespace, MetricName: name, Dimensions: [...dimensions] },
    Period: period,
    Stat: statistic,
  };
  return { metrics: [{ Id: 'm1', MetricStat: stat }], returned: 'm1' };
}
