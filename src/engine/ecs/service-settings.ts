import type {
  CreateServiceRequest,
  DeploymentConfiguration,
  LoadBalancer,
  UpdateServiceRequest,
} from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import type { ServiceSettings, TaskDefinitionRow } from '../model/ecs.ts';
import { deploymentConfiguration } from './deployment-rules.ts';
import { clientException, invalidParameter } from './failures.ts';
import { activeTaskDefinition } from './names.ts';
import { zoneRebalancing } from './zone-rebalancing.ts';

/** What a new service is made of; throws ECS's exceptions. */
export function newSettings(core: Core, input: CreateServiceRequest): ServiceSettings {
  if (input.taskDefinition === undefined) throw invalidParameter('TaskDefinition can not be blank.');
  if (input.schedulingStrategy === 'DAEMON')
    throw invalidParameter('This engine runs services with the REPLICA scheduling strategy.');
  if (input.deploymentController?.type !== undefined && input.deploymentController.type !== 'ECS') {
    throw invalidParameter(
      `This engine does not have the deployment controller ${input.deploymentController.type}.`,
    );
  }
  const taskDefinition = activeTaskDefinition(core, input.taskDefinition);
  const launchType = input.launchType ?? 'FARGATE';
  checkLaunchType(taskDefinition, launchType);
  const loadBalancers = checkedLoadBalancers(core, input.loadBalancers ?? [], taskDefinition);
  const configuration = deploymentConfiguration(input.deploymentConfiguration ?? {}, null);
  checkShift(configuration, loadBalancers);
  return {
    taskDefinition: taskDefinition.arn,
    launchType,
    platformVersion: input.platformVersion ?? 'LATEST',
    loadBalancers,
    networkConfiguration: input.networkConfiguration ?? null,
    deploymentConfiguration: configuration,
    healthCheckGracePeriodSeconds: gracePeriod(input.healthCheckGracePeriodSeconds ?? 0),
    propagateTags: input.propagateTags ?? 'NONE',
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    inert: {
      ...(input.capacityProviderStrategy === undefined
        ? {}
        : { capacityProviderStrategy: input.capacityProviderStrategy }),
      placementConstraints: input.placementConstraints ?? [],
      placementStrategy: input.placementStrategy ?? [],
      serviceRegistries: input.serviceRegistries ?? [],
      ...(input.serviceConnectConfiguration === undefined
        ? {}
        : { serviceConnectConfiguration: input.serviceConnectConfiguration }),
      ...(input.role === undefined ? {} : { role: input.role }),
      availabilityZoneRebalancing:
        input.availabilityZoneRebalancing ?? zoneRebalancing(input, configuration.maximumPercent),
    },
  };
}

/** The settings after an update: what it does not name stays. */
export function updatedSettings(
  core: Core,
  before: ServiceSettings,
  input: UpdateServiceRequest,
): ServiceSettings {
  const taskDefinition = activeOrCurrent(core, input.taskDefinition, before);
  const loadBalancers = checkedLoadBalancers(
    core,
    input.loadBalancers ?? before.loadBalancers,
    taskDefinition,
  );
  const configuration =
    input.deploymentConfiguration === undefined
      ? before.deploymentConfiguration
      : deploymentConfiguration(input.deploymentConfiguration, before.deploymentConfiguration);
  checkShift(configuration, loadBalancers);
  return {
    ...before,
    taskDefinition: taskDefinition.arn,
    loadBalancers,
    platformVersion: input.platformVersion ?? before.platformVersion,
    networkConfiguration: input.networkConfiguration ?? before.networkConfiguration,
    deploymentConfiguration: configuration,
    healthCheckGracePeriodSeconds: gracePeriod(
      input.healthCheckGracePeriodSeconds ?? before.healthCheckGracePeriodSeconds,
    ),
    propagateTags: input.propagateTags ?? before.propagateTags,
    enableECSManagedTags: input.enableECSManagedTags ?? before.enableECSManagedTags,
    enableExecuteCommand: input.enableExecuteCommand ?? before.enableExecuteCommand,
    inert: {
      ...before.inert,
      ...(input.capacityProviderStrategy === undefined
        ? {}
        : { capacityProviderStrategy: input.capacityProviderStrategy }),
      ...(input.placementConstraints === undefined
        ? {}
        : { placementConstraints: input.placementConstraints }),
      ...(input.placementStrategy === undefined ? {} : { placementStrategy: input.placementStrategy }),
      ...(input.serviceRegistries === undefined ? {} : { serviceRegistries: input.serviceRegistries }),
      ...(input.serviceConnectConfiguration === undefined
        ? {}
        : { serviceConnectConfiguration: input.serviceConnectConfiguration }),
      ...(input.availabilityZoneRebalancing === undefined
        ? {}
        : { availabilityZoneRebalancing: input.availabilityZoneRebalancing }),
    },
  };
}

/** Whether going from one to the other needs other tasks, and so a new service revision. */
export function needsNewRevision(before: ServiceSettings, after: ServiceSettings): boolean {
  const made = (settings: ServiceSettings) =>
    JSON.stringify([
      settings.taskDefinition,
      settings.launchType,
      settings.platformVersion,
      settings.loadBalancers,
      settings.networkConfiguration,
      settings.inert.serviceRegistries,
      settings.inert.serviceConnectConfiguration,
    ]);
  return made(before) !== made(after);
}

/** To shift traffic ECS must know the other group and the rule. */
function checkShift(configuration: DeploymentConfiguration, loadBalancers: readonly LoadBalancer[]): void {
  const { strategy } = configuration;
  if (strategy === 'ROLLING') return;
  if ((strategy === 'LINEAR' || strategy === 'CANARY') && loadBalancers.length === 0) {
    throw invalidParameter(
      `A load balancer must be provided when the deployment strategy is ${strategy}: there is no traffic to shift without one.`,
    );
  }
  if (loadBalancers.some((loadBalancer) => loadBalancer.advancedConfiguration === undefined)) {
    throw invalidParameter(
      `advancedConfiguration must be provided for every load balancer when the deployment strategy is ${strategy}.`,
    );
  }
}

function activeOrCurrent(core: Core, name: string | undefined, before: ServiceSettings): TaskDefinitionRow {
  if (name !== undefined) {
    const row = activeTaskDefinition(core, name);
    checkLaunchType(row, before.launchType);
    return row;
  }
  // A service goes on with a task definition that has been deregistered since.
  const row = core.tables.taskDefinitions.get(before.taskDefinition);
  if (row === undefined) throw clientException('TaskDefinition not found.');
  return row;
}

function checkLaunchType(taskDefinition: TaskDefinitionRow, launchType: string): void {
  const required = taskDefinition.definition.requiresCompatibilities ?? [];
  if (launchType === 'FARGATE' && required.length > 0 && !required.includes('FARGATE')) {
    throw invalidParameter('Task definition does not support launch_type FARGATE.');
  }
}

function gracePeriod(seconds: number): number {
  if (seconds < 0) throw invalidParameter('Health check grace period must be at least 0 seconds.');
  return seconds;
}

function checkedLoadBalancers(
  core: Core,
  loadBalancers: readonly LoadBalancer[],
  taskDefinition: TaskDefinitionRow,
): readonly LoadBalancer[] {
  for (const { targetGroupArn, containerName, containerPort, advancedConfiguration } of loadBalancers) {
    if (targetGroupArn === undefined) throw invalidParameter('TargetGroupArn cannot be blank.');
    const container = taskDefinition.containers.find((candidate) => candidate.name === containerName);
    if (container === undefined)
      throw invalidParameter(`The container ${containerName} does not exist in the task definition.`);
    if (container.portMappings?.some((mapping) => mapping.containerPort === containerPort) !== true) {
      throw invalidParameter(
        `The container ${containerName} did not have a container port ${containerPort} defined.`,
      );
    }
    const groups = [
      targetGroupArn,
      ...(advancedConfiguration?.alternateTargetGroupArn === undefined
        ? []
        : [advancedConfiguration.alternateTargetGroupArn]),
    ];
    for (const group of groups) {
      if (core.tables.targetGroups.get(group) === undefined)
        throw invalidParameter(`Unable to describe target group ${group}: it does not exist.`);
      if (![...core.tables.rules.all()].some((rule) => forwardsTo(rule.actions, group))) {
        throw invalidParameter(
          `The target group with targetGroupArn ${group} does not have an associated load balancer.`,
        );
      }
    }
    if (advancedConfiguration !== undefined) {
      const { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn } =
        advancedConfiguration;
      if (
        alternateTargetGroupArn === undefined ||
        productionListenerRule === undefined ||
        roleArn === undefined
      ) {
        throw invalidParameter(
          'advancedConfiguration must include alternateTargetGroupArn, productionListenerRule and roleArn.',
        );
      }
      if (alternateTargetGroupArn === targetGroupArn)
        throw invalidParameter('alternateTargetGroupArn must be different from targetGroupArn.');
      for (const rule of [
        productionListenerRule,
        ...(testListenerRule === undefined ? [] : [testListenerRule]),
      ]) {
        if (core.tables.rules.get(rule) === undefined)
          throw invalidParameter(`The listener rule ${rule} does not exist.`);
      }
    }
  }
  return loadBalancers;
}

function forwardsTo(
  actions: readonly {
    TargetGroupArn?: string | undefined;
    ForwardConfig?: { TargetGroups?: { TargetGroupArn?: string | undefined }[] | undefined } | undefined;
  }[],
  group: string,
): boolean {
  return actions.some(
    (action) =>
      action.TargetGroupArn === group ||
      action.ForwardConfig?.TargetGroups?.some((member) => member.TargetGroupArn === group) === true,
  );
}
