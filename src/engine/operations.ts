import type { Operations } from './api/operations.ts';
import { cloudwatchOperations } from './cloudwatch/operations.ts';
import type { Core } from './core.ts';
import { ecsOperations } from './ecs/operations.ts';
import { elbOperations } from './elb/operations.ts';
import { logsOperations } from './logs/operations.ts';
import { secretsManagerOperations } from './secrets-manager/operations.ts';
import { iamOperations } from './iam/operations.ts';
import { stsOperations } from './sts/operations.ts';
import { autoscalingOperations } from './autoscaling/operations.ts';
import { ssmOperations } from './ssm/operations.ts';

/** Everything this engine answers to. */
export function operations(core: Core): Operations {
  return {
    ecs: ecsOperations(core),
    elasticloadbalancing: elbOperations(core),
    ssm: ssmOperations(core),
    'application-autoscaling': autoscalingOperations(core),
    sts: stsOperations(core),
    iam: iamOperations(core),
    secretsmanager: secretsManagerOperations(core),
    logs: logsOperations(core),
    monitoring: cloudwatchOperations(core),
  };
}
