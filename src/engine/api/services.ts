import type { Operations } from './operations.ts';
import type { Service } from './service.ts';

/** In the order in which a client that begins asks them. */
export const serviceNames: readonly (keyof Operations)[] = ['ssm', 'ecs', 'elasticloadbalancing', 'logs'];

/** Finds a service by its name in a signature's credential scope. */
export type FindService = (name: string) => Promise<Service> | undefined;

/**
 * The services of the endpoint. The SDK packages that hold their schemas take tens of milliseconds each to load, so each
 * is loaded when it is first asked for.
 */
export function servicesFor(operations: Operations): FindService {
  const loading = new Map<string, Promise<Service>>();
  return (name) => {
    const found = loading.get(name) ?? load(name, operations);
    if (found !== undefined) loading.set(name, found);
    return found;
  };
}

function load(name: string, operations: Operations): Promise<Service> | undefined {
  switch (name) {
    case 'ecs':
      return import('./services/ecs.ts').then(({ ecs }) => ecs(operations.ecs));
    case 'elasticloadbalancing':
      return import('./services/elasticloadbalancing.ts').then(({ elasticloadbalancing }) =>
        elasticloadbalancing(operations.elasticloadbalancing),
      );
    case 'ssm':
      return import('./services/ssm.ts').then(({ ssm }) => ssm(operations.ssm));
    case 'logs':
      return import('./services/logs.ts').then(({ logs }) => logs(operations.logs));
    default:
      return undefined;
  }
}
