import { deploy } from '../../deployment/run.ts';
import { runStreaming, type StreamOptions } from '../session.ts';

export interface DeployOptions extends StreamOptions {
  /** Seconds to queue behind whoever holds the lease. */
  readonly wait: number;
  /** Classes of migrations, and fingerprints of their statements, that may be applied this time. */
  readonly allowMigration?: readonly string[];
}

export function run(environment: string, options: DeployOptions): Promise<number> {
  const wish = {
    purpose: `deploy ${environment}`,
    wait: options.wait,
    allowMigration: options.allowMigration ?? [],
  };
  return runStreaming(environment, options, {
    name: 'deploy',
    run: (load, tools) => deploy(load, tools, wish),
  });
}
