import { resume } from '../../deployment/resume.ts';
import { runStreaming } from '../session.ts';
import type { DeployOptions } from './deploy.ts';

export function run(environment: string, options: DeployOptions): Promise<number> {
  const wish = { purpose: `resume ${environment}`, wait: options.wait };
  return runStreaming(environment, options, {
    name: 'resume',
    run: (load, tools) => resume(load, tools, wish),
  });
}
