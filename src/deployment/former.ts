import type { Environment } from '../app/environment.ts';
import { createActs } from '../ecs/act.ts';
import type { Clients } from '../ecs/clients.ts';
import { handoverName, type Handover } from '../ecs/handover.ts';
import { createObserver } from '../ecs/observe.ts';
import { removeParameter } from '../ecs/parameters.ts';
import { removeRules } from '../ecs/platform/rules.ts';
import { unreadable } from './survey.ts';

/** A service that runs and that the description no longer has. */
export interface FormerService {
  readonly service: string;
  readonly handover: Handover;
  readonly serving: string | null;
}

/** `known` is every service that was ever handed over and not taken down since. */
export async function findFormer(
  clients: Clients,
  environment: Environment,
  known: ReadonlyMap<string, Handover>,
): Promise<readonly FormerService[]> {
  const described = new Set(environment.services.map(({ name }) => name));
  const former = [...known].filter(([service]) => !described.has(service));
  if (former.length === 0) return [];
  const addresses = former.map(([service, { cluster, service: engineName }]) => ({
    service,
    cluster,
    engineName,
  }));
  const { services } = await createObserver(clients, addresses, () => 0).observe();
  return former.flatMap(([service, handover]) => {
    const reading = services[service];
    if (reading === undefined || reading.kind === 'unknown') throw unreadable(service, reading?.why);
    return reading.kind === 'present' ? [{ service, handover, serving: reading.serving }] : [];
  });
}

/**
 * Deletes it on the engine, which drains it first. Its routes go before it, so that no request is sent where nobody
 * answers; on AWS they are Terraform's. May be repeated.
 */
export async function removeFormer(
  clients: Clients,
  { app, name }: Environment,
  { service, handover }: FormerService,
): Promise<void> {
  const { loadBalancer } = handover;
  if (loadBalancer && clients.address.kind === 'embedded') await removeRules(clients, loadBalancer);
  await createActs(clients).remove(handover);
  await removeParameter(clients, handoverName(app, name, service));
}
