import type { Environment } from '../../app/environment.ts';
import { isTaskService } from '../task-definition.ts';

/** What the bootstrap of a local platform is given. */
export interface Bootstrap {
  readonly environment: Environment;
  readonly ports: { readonly production: number; readonly test: number };
  /** Values of secrets and parameters on this machine: `.env`, by variable name. */
  readonly dotenv: Readonly<Record<string, string>>;
  /** Where images go, `HOST:PORT/PREFIX`; null: they stay with the local Docker daemon. */
  readonly registry: string | null;
  readonly freePort: () => Promise<number>;
  readonly newPassword: () => string;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly clock: () => number;
}

/** Where an environment's stores run: beside its services. */
export function storeCluster(environment: Environment): string {
  return environment.services.find(isTaskService)?.cluster ?? `${environment.app}-${environment.name}`;
}
