import type { Environment } from '../app/environment.ts';
import { createActs } from '../ecs/act.ts';
import type { Clients } from '../ecs/clients.ts';
import { handoverName, listHandovers, type Handover } from '../ecs/handover.ts';
import { createObserver } from '../ecs/observe.ts';
import { removeParameter } from '../ecs/parameters.ts';

/** A service that runs and that the description no longer has. */
export interface FormerService {
  readonly service: string;
  readonly handover: Handover;
  readonly serving: string | null;
}

export async function findFormer(
  clients: Clients,
  environment: Environment,
): Promise<readonly FormerService[]> {
  const described = new Set(environment.services.map(({ name }) => name));
  const known = await listHandovers(clients, environment.app, environment.name);
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
    return reading?.kind === 'present' ? [{ service, handover, serving: reading.serving }] : [];
  });
}

/** Deletes it on the engine, which drains it first. May be repeated. */
export async function removeFormer(
  clients: Clients,
  { app, name }: Environment,
  { service, handover }: FormerService,
): Promise<void> {
  await createActs(clients).remove(handover);
  await removeParameter(clients, handoverName(app, name, service));
}
