import type { Service } from '@aws-sdk/client-ecs';
import type { WebService } from '../../app/environment.ts';
import type { Placed } from '../act.ts';
import type { Clients } from '../clients.ts';
import { awsCode, isGone } from '../failure.ts';
import type { GracePeriod } from './restore-point.ts';

/** They belong to services and not to their revisions: they change without a deployment. May be repeated. */
export async function ensureGracePeriods(clients: Clients, web: readonly WebService[]): Promise<void> {
  for (const { cluster, engineName: service, health } of web)
    await setGracePeriod(clients, { cluster, service, seconds: Math.ceil(health.grace) });
}

/** Of the services that run and that a load balancer asks. */
export async function readGracePeriods(
  clients: Clients,
  services: readonly Placed[],
): Promise<GracePeriod[]> {
  const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
  const found: GracePeriod[] = [];
  for (const { cluster, service } of services) {
    const asked = clients.ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    const { services: answer = [] } = await asked.catch((error: unknown): { services?: Service[] } => {
      if (awsCode(error) === 'ClusterNotFoundException') return {};
      throw error;
    });
    for (const { status, loadBalancers = [], healthCheckGracePeriodSeconds: seconds = 0 } of answer)
      if (status === 'ACTIVE' && loadBalancers.length > 0) found.push({ cluster, service, seconds });
  }
  return found;
}

/** May be repeated. */
export async function setGracePeriod(clients: Clients, wanted: GracePeriod): Promise<void> {
  const { cluster, service, seconds } = wanted;
  const [found] = await readGracePeriods(clients, [wanted]);
  if (found === undefined || found.seconds === seconds) return;
  const { UpdateServiceCommand } = await import('@aws-sdk/client-ecs');
  try {
    await clients.ecs.send(
      new UpdateServiceCommand({ cluster, service, healthCheckGracePeriodSeconds: seconds }),
    );
  } catch (error) {
    // Taken down meanwhile.
    if (!isGone(error)) throw error;
  }
}
