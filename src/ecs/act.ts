import type {
  CreateServiceCommandInput,
  DeploymentConfiguration,
  RegisterTaskDefinitionCommandInput,
  TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { Clients } from './clients.ts';
import { awsCode, isGone } from './failure.ts';
import type { Handover } from './handover.ts';

/** How a service gets from one revision to the next. */
export type Rollover =
  | { readonly kind: 'rolling' }
  /** Pauses at all barriers; the engine rolls back by itself when nobody answers for `pauseTimeoutMinutes`. */
  | {
      readonly kind: 'blue-green';
      readonly pauseTimeoutMinutes: number;
      readonly engineBakeMinutes: number;
      readonly shift: Shift;
    }
  /** Straight through, without pauses: the way back to a revision that has proven itself. */
  | { readonly kind: 'blue-green-unpaused' };

/** How traffic moves. Between two steps the deployer bakes, at the pause before the second one, and not the engine. */
export type Shift =
  | { readonly kind: 'at-once' }
  | { readonly kind: 'canary'; readonly percent: number }
  | { readonly kind: 'linear'; readonly step: number };

export interface ServiceTarget {
  readonly handover: Handover;
  readonly containerName: string;
  /** Null for a worker. */
  readonly containerPort: number | null;
  /** Seconds; nothing asks a worker how it is. */
  readonly healthCheckGracePeriod: number | null;
  readonly desiredCount: number;
  /** It scales: an update leaves its count alone, and `desiredCount` is what it begins with. */
  readonly scales: boolean;
  readonly rollover: Rollover;
}

/** Where a service is, by the engine's names. */
export type Placed = Pick<Handover, 'cluster' | 'service'>;

/**
 * The acts on the engine. Each may be repeated: what has already happened, or can no longer happen, is told by the
 * next reading and not by an error here.
 */
export interface Acts {
  /** @returns the new revision's task definition ARN */
  register(definition: RegisterTaskDefinitionCommandInput): Promise<string>;
  taskDefinition(arn: string): Promise<TaskDefinition | null>;
  create(target: ServiceTarget, taskDefinition: string): Promise<void>;
  update(target: ServiceTarget, taskDefinition: string): Promise<void>;
  answer(deployment: string, hookId: string, action: 'CONTINUE' | 'ROLLBACK'): Promise<void>;
  stop(deployment: string): Promise<void>;
  /** Draining goes on after it. */
  remove(placed: Placed): Promise<void>;
}

export function createActs({ ecs }: Clients): Acts {
  return { register, taskDefinition, create, update, answer, stop, remove };

  async function register(definition: RegisterTaskDefinitionCommandInput): Promise<string> {
    const { RegisterTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
    const { taskDefinition: registered } = await ecs.send(new RegisterTaskDefinitionCommand(definition));
    if (registered?.taskDefinitionArn === undefined)
      throw new Error('the engine registered a task definition without naming it');
    return registered.taskDefinitionArn;
  }

  async function taskDefinition(arn: string): Promise<TaskDefinition | null> {
    const { DescribeTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
    const { taskDefinition: found } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: arn }),
    );
    return found ?? null;
  }

  async function create(target: ServiceTarget, definition: string): Promise<void> {
    const { CreateServiceCommand } = await import('@aws-sdk/client-ecs');
    try {
      await ecs.send(new CreateServiceCommand(creation(target, definition)));
    } catch (error) {
      // A creation whose answer was lost: the service is there, so it is updated to the same revision.
      if (
        awsCode(error) === 'InvalidParameterException' &&
        /not idempotent|already exists/i.test(String(error))
      ) {
        return update(target, definition);
      }
      throw error;
    }
  }

  async function update(target: ServiceTarget, definition: string): Promise<void> {
    const { UpdateServiceCommand } = await import('@aws-sdk/client-ecs');
    const { cluster, service } = target.handover;
    // `loadBalancers` stays out of it: the engine alternates the target groups, and naming them would reset that.
    const deploymentConfiguration = configurationOf(target);
    await ecs.send(
      new UpdateServiceCommand({
        cluster,
        service,
        taskDefinition: definition,
        ...(target.scales ? {} : { desiredCount: target.desiredCount }),
        ...gracePeriodOf(target),
        deploymentConfiguration,
      }),
    );
  }

  async function answer(deployment: string, hookId: string, action: 'CONTINUE' | 'ROLLBACK'): Promise<void> {
    const { ContinueServiceDeploymentCommand } = await import('@aws-sdk/client-ecs');
    await unlessTooLate(
      ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn: deployment, hookId, action })),
    );
  }

  async function stop(deployment: string): Promise<void> {
    const { StopServiceDeploymentCommand } = await import('@aws-sdk/client-ecs');
    await unlessTooLate(
      ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: deployment, stopType: 'ROLLBACK' })),
    );
  }

  async function remove({ cluster, service }: Placed): Promise<void> {
    const { DeleteServiceCommand } = await import('@aws-sdk/client-ecs');
    try {
      await ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** The pause is over or the deployment has ended: the next reading shows how. */
async function unlessTooLate(request: Promise<unknown>): Promise<void> {
  const tooLate = [
    'ConflictException',
    'ServiceDeploymentNotFoundException',
    'InvalidParameterException',
    'ClientException',
  ];
  try {
    await request;
  } catch (error) {
    if (!tooLate.includes(awsCode(error) ?? '')) throw error;
  }
}

export function creation(target: ServiceTarget, taskDefinition: string): CreateServiceCommandInput {
  const { handover, containerName, containerPort, desiredCount } = target;
  const { loadBalancer, network } = handover;
  return {
    cluster: handover.cluster,
    serviceName: handover.service,
    taskDefinition,
    desiredCount,
    launchType: 'FARGATE',
    deploymentConfiguration: configurationOf(target),
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: network.subnets,
        securityGroups: network.securityGroups,
        assignPublicIp: network.publicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    propagateTags: 'TASK_DEFINITION',
    ...gracePeriodOf(target),
    ...(loadBalancer === null || containerPort === null
      ? {}
      : {
          loadBalancers: [
            {
              targetGroupArn: loadBalancer.targetGroups[0],
              containerName,
              containerPort,
              advancedConfiguration: {
                alternateTargetGroupArn: loadBalancer.targetGroups[1],
                productionListenerRule: loadBalancer.productionRule,
                testListenerRule: loadBalancer.testRule,
                roleArn: loadBalancer.role,
              },
            },
          ],
        }),
  };
}

function gracePeriodOf({ healthCheckGracePeriod: seconds, handover }: ServiceTarget) {
  return seconds === null || handover.loadBalancer === null
    ? {}
    : { healthCheckGracePeriodSeconds: Math.ceil(seconds) };
}

export function configurationOf({
  rollover,
  containerPort,
  handover,
}: ServiceTarget): DeploymentConfiguration {
  const { alarms } = handover;
  const shared = {
    maximumPercent: 200,
    minimumHealthyPercent: 100,
    deploymentCircuitBreaker: { enable: true, rollback: true },
    ...(alarms === undefined
      ? {}
      : { alarms: { alarmNames: alarms, enable: alarms.length > 0, rollback: alarms.length > 0 } }),
  };
  switch (rollover.kind) {
    case 'rolling':
      return { ...shared, strategy: 'ROLLING' };
    case 'blue-green-unpaused':
      return { ...shared, strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0, lifecycleHooks: [] };
    case 'blue-green': {
      // Nothing manages the work of a service without a load balancer: its green waits before scale-up for the gates.
      const [barrierA, barrierB] =
        containerPort === null
          ? (['PRE_SCALE_UP', 'POST_SCALE_UP'] as const)
          : (['POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'] as const);
      const pause = (stage: typeof barrierA | typeof barrierB | 'PRE_PRODUCTION_TRAFFIC_SHIFT') => ({
        targetType: 'PAUSE' as const,
        lifecycleStages: [stage],
        timeoutConfiguration: { timeoutInMinutes: rollover.pauseTimeoutMinutes, action: 'ROLLBACK' as const },
      });
      const { shift, engineBakeMinutes: bakeTimeInMinutes } = rollover;
      const ends = { ...shared, bakeTimeInMinutes };
      if (shift.kind === 'at-once' || containerPort === null)
        return { ...ends, strategy: 'BLUE_GREEN', lifecycleHooks: [pause(barrierA), pause(barrierB)] };
      const lifecycleHooks = [pause(barrierA), pause('PRE_PRODUCTION_TRAFFIC_SHIFT'), pause(barrierB)];
      return shift.kind === 'canary'
        ? {
            ...ends,
            strategy: 'CANARY',
            canaryConfiguration: { canaryPercent: shift.percent, canaryBakeTimeInMinutes: 0 },
            lifecycleHooks,
          }
        : {
            ...ends,
            strategy: 'LINEAR',
            linearConfiguration: { stepPercent: shift.step, stepBakeTimeInMinutes: 0 },
            lifecycleHooks,
          };
    }
  }
}

/** Percent of the traffic that green has after each step, as ECS counts them; the last is always 100. */
export function stepsOf(shift: Shift): readonly number[] {
  switch (shift.kind) {
    case 'at-once':
      return [];
    case 'canary':
      return shift.percent >= 100 ? [100] : [shift.percent, 100];
    case 'linear': {
      // Three times 33.3 is not all of it: one step more.
      const count = Math.ceil(100 / shift.step - 1e-9);
      const tenths = (value: number) => Math.round(value * 10) / 10;
      return Array.from({ length: count }, (_, index) => Math.min(100, tenths((index + 1) * shift.step)));
    }
  }
}
