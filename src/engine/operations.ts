import type { Operations } from './api/operations.ts';
import type { Core } from './core.ts';
import { ecsOperations } from './ecs/operations.ts';
import { elbOperations } from './elb/operations.ts';
import { logsOperations } from './logs/operations.ts';
import { ssmOperations } from './ssm/operations.ts';

/** Everything this engine answers to. */
export function operations(core: Core): Operations {
  return {
    ecs: ecsOperations(core),
    elasticloadbalancing: elbOperations(core),
    ssm: ssmOperations(core),
    logs: logsOperations(core),
  };
}
