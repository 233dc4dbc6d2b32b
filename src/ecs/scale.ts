import type { Clients } from './clients.ts';
import type { Handover } from './handover.ts';
import { awsCode } from './failure.ts';

/** How many tasks a service has, and how many it should have. */
export interface ScaleReading {
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** Those that the load balancer sends users to; null where there is none. */
  readonly healthy: number | null;
}

export type Scaled = Pick<Handover, 'cluster' | 'service' | 'loadBalancer'>;

/** The count alone: neither the revision nor its deployment is touched. */
export async function setDesiredCount(
  { ecs }: Clients,
  { cluster, service }: Scaled,
  count: number,
): Promise<void> {
  const { UpdateServiceCommand } = await import('@aws-sdk/client-ecs');
  await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: count }));
}

/** Null for a service that is gone. */
export async function readScale(clients: Clients, scaled: Scaled): Promise<ScaleReading | null> {
  const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
  const { cluster, service, loadBalancer } = scaled;
  const [{ services }, healthy] = await Promise.all([
    clients.ecs.send(new DescribeServicesCommand({ cluster, services: [service] })),
    loadBalancer === null ? null : healthyTargets(clients, loadBalancer.targetGroups),
  ]);
  const found = services?.find(({ status }) => status === 'ACTIVE');
  if (found === undefined) return null;
  const { desiredCount = 0, runningCount = 0, pendingCount = 0 } = found;
  return { desired: desiredCount, running: runningCount, pending: pendingCount, healthy };
}

export function isReached({ running, pending, healthy }: ScaleReading, count: number): boolean {
  return running === count && pending === 0 && (healthy === null || healthy >= count);
}

async function healthyTargets(clients: Clients, groups: readonly string[]): Promise<number> {
  const { DescribeTargetHealthCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const elb = await clients.elb();
  const counts = await Promise.all(
    groups.map(async (TargetGroupArn) => {
      try {
        const answer = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
        return (answer.TargetHealthDescriptions ?? []).filter(
          ({ TargetHealth }) => TargetHealth?.State === 'healthy',
        ).length;
      } catch (error) {
        if (awsCode(error) === 'TargetGroupNotFoundException') return 0;
        throw error;
      }
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
