import type { WebService } from '../../app/environment.ts';
import type { Clients } from '../clients.ts';
import { isGone } from '../failure.ts';

/** They belong to services and not to their revisions: they change without a deployment. May be repeated. */
export async function ensureGracePeriods(clients: Clients, web: readonly WebService[]): Promise<void> {
  const { DescribeServicesCommand, UpdateServiceCommand } = await import('@aws-sdk/client-ecs');
  for (const { cluster, engineName: service, health } of web) {
    const healthCheckGracePeriodSeconds = Math.ceil(health.grace);
    const { services } = await clients.ecs.send(
      new DescribeServicesCommand({ cluster, services: [service] }),
    );
    const found = services?.[0];
    const isAsked = found?.status === 'ACTIVE' && (found.loadBalancers ?? []).length > 0;
    if (!isAsked || found.healthCheckGracePeriodSeconds === healthCheckGracePeriodSeconds) continue;
    try {
      await clients.ecs.send(new UpdateServiceCommand({ cluster, service, healthCheckGracePeriodSeconds }));
    } catch (error) {
      // Taken down meanwhile.
      if (!isGone(error)) throw error;
    }
  }
}
