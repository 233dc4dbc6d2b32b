import type { Environment } from '../app/environment.ts';
import { createActs, type Placed } from '../ecs/act.ts';
import type { Clients } from '../ecs/clients.ts';
import { handoverName, type Handover } from '../ecs/handover.ts';
import { createObserver } from '../ecs/observe.ts';
import { removeParameter } from '../ecs/parameters.ts';
import { removeRules } from '../ecs/platform/rules.ts';
import { removeScaling } from '../ecs/platform/scaling.ts';
import { forget } from '../ecs/platform/settings.ts';
import type { Before } from './before.ts';
import type { Deployment, Tools } from './context.ts';
import { unreadable } from './unreadable.ts';

/** A service or a store that runs and that the description no longer has. */
export type FormerService = {
  readonly name: string;
  readonly placed: Placed;
  readonly serving: string | null;
} & ({ readonly kind: 'service'; readonly handover: Handover } | { readonly kind: 'store' });

/** `known` is all that was ever handed over or set up, and not taken down since. */
export async function findFormer(
  clients: Clients,
  { services, stores }: Environment,
  known: Before,
): Promise<readonly FormerService[]> {
  const described = new Set(services.map(({ name }) => name));
  const kept = new Set(stores.map(({ name }) => name));
  const former = [
    ...[...known.handovers]
      .filter(([name]) => !described.has(name))
      .map(([name, handover]) => ({ kind: 'service' as const, name, handover, placed: handover })),
    ...[...known.platform.stores]
      .filter(([name]) => !kept.has(name))
      .map(([name, placed]) => ({ kind: 'store' as const, name, placed })),
  ];
  if (former.length === 0) return [];
  // A store may have had the name that a service has.
  const addresses = former.map(({ kind, name, placed: { cluster, service } }) => ({
    service: `${kind} ${name}`,
    cluster,
    engineName: service,
  }));
  const readings = (await createObserver(clients, addresses, () => 0).observe()).services;
  return former.flatMap((one) => {
    const reading = readings[`${one.kind} ${one.name}`];
    if (reading === undefined || reading.kind === 'unknown') throw unreadable(one.name, reading?.why);
    return reading.kind === 'present' ? [{ ...one, serving: reading.serving }] : [];
  });
}

/** May be repeated. */
export async function retire(
  deployment: Deployment,
  { clients }: Pick<Tools, 'clients'>,
  former: readonly FormerService[],
): Promise<void> {
  for (const one of former) {
    await deployment.append(
      one.kind === 'store'
        ? { type: 'store.retired', store: one.name }
        : { type: 'service.retired', service: one.name },
    );
    await removeFormer(clients, deployment.environment, one);
  }
}

/**
 * Deletes it on the engine, which drains it first. Its routes go before it, so that no request is sent where nobody
 * answers; on AWS they are Terraform's, as is the hand-over. What a store keeps stays, with its password. May be repeated.
 */
export async function removeFormer(
  clients: Clients,
  environment: Environment,
  former: FormerService,
): Promise<void> {
  const { app, name: environmentName } = environment;
  switch (former.kind) {
    case 'service': {
      const { handover, name } = former;
      const { kind } = clients.address;
      if (handover.loadBalancer && kind === 'embedded') await removeRules(clients, handover.loadBalancer);
      await removeScaling(clients, [handover]);
      await createActs(clients).remove(former.placed);
      if (kind === 'aws') return;
      await removeParameter(clients, handoverName(app, environmentName, name));
      return forget(clients, environment, 'services', name);
    }
    case 'store':
      await createActs(clients).remove(former.placed);
      return forget(clients, environment, 'stores', former.name);
  }
}
