import type { Operations } from './operations.ts';
import type { Service } from './service.ts';

/** What every deployment asks, in the order in which it begins. */
export const everyday: readonly (keyof Operations)[] = ['ssm', 'ecs', 'elasticloadbalancing', 'logs'];

export const serviceNames: readonly (keyof Operations)[] = [
  ...everyday,
  'monitoring',
  'secretsmanager',
  'sts',
  'iam',
  'application-autoscaling',
];

/** Finds a service by its name in a signature's credential scope. */
export type FindService = (name: string) => Promise<Service> | undefined;

/**
 * The services of the endpoint. The SDK packages that hold their schemas take tens of milliseconds each to load, so each
 * is loaded when it is first asked for, and costs no memory before.
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
    case 'secretsmanager':
      return import('./services/secretsmanager.ts').then(({ secretsManager }) =>
        secretsManager(operations.secretsmanager),
      );
    case 'monitoring':
      return import('./services/cloudwatch.ts').then(({ cloudwatch }) => cloudwatch(operations.monitoring));
    case 'iam':
      return import('./services/iam.ts').then(({ iam }) => iam(operations.iam));
    case 'sts':
      return import('./services/sts.ts').then(({ sts }) => sts(operations.sts));
    case 'application-autoscaling':
      return import('./services/application-autoscaling.ts').then(({ applicationAutoscaling }) =>
        applicationAutoscaling(operations['application-autoscaling']),
      );
    default:
      return undefined;
  }
}
