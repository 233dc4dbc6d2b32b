import type { Check } from './findings.ts';

/** "Fargate On-Demand vCPU resource count", as Service Quotas knows it. */
const fargateProcessors = { ServiceCode: 'fargate', QuotaCode: 'L-3032A538' };

/** Green stands beside blue: for a while an environment needs its processors twice. */
export const quotas: Check = {
  what: 'whether the account may run so many processors on Fargate',
  async look({ clients, services }) {
    const { GetServiceQuotaCommand } = await import('@aws-sdk/client-service-quotas');
    const client = await clients.quotas();
    const { Quota } = await client.send(new GetServiceQuotaCommand(fargateProcessors));
    const { Value: most, UsageMetric } = Quota ?? {};
    if (most === undefined) return [];
    const needed = services.reduce((sum, { service }) => sum + (service.cpu / 1024) * service.replicas, 0);
    const used = UsageMetric?.MetricName === undefined ? 0 : await usage(clients);
    if (used + needed <= most) return [];
    return [
      {
        code: 'quota-short',
        what: `the new tasks need ${needed} processors, and the account may run ${most} on Fargate, of which ${used} run`,
        where: `Service Quotas, ${fargateProcessors.QuotaCode}, ${clients.address.region}`,
        why: 'the new tasks stand beside the old until these are no longer needed',
        next: 'ask for a higher quota (`aws service-quotas request-service-quota-increase`), or run fewer or smaller tasks',
      },
    ];
  },
};

/** As CloudWatch counts it, every few minutes. */
async function usage(clients: Parameters<Check['look']>[0]['clients']): Promise<number> {
  const { GetMetricStatisticsCommand } = await import('@aws-sdk/client-cloudwatch');
  const cloudwatch = await clients.cloudwatch();
  const until = new Date();
  const { Datapoints = [] } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Usage',
      MetricName: 'ResourceCount',
      Dimensions: [
        { Name: 'Service', Value: 'Fargate' },
        { Name: 'Type', Value: 'Resource' },
        { Name: 'Resource', Value: 'vCPU' },
        { Name: 'Class', Value: 'Standard/OnDemand' },
      ],
      StartTime: new Date(until.getTime() - 15 * 60_000),
      EndTime: until,
      Period: 300,
      Statistics: ['Maximum'],
    }),
  );
  return Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum));
}
