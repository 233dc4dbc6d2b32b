import { rollBack } from '../../deployment/rollback.ts';
import { runStreaming } from '../session.ts';
import type { DeployOptions } from './deploy.ts';

export interface RollbackOptions extends DeployOptions {
  /** A release or a deployment of the history; the one before by default. */
  readonly to: string | undefined;
}

export function run(environment: string, options: RollbackOptions): Promise<number> {
  const wish = { purpose: `rollback ${environment}`, wait: options.wait };
  return runStreaming(environment, options, {
    name: 'rollback',
    run: (load, tools) => rollBack(load, tools, wish, options.to ?? null),
  });
}
