import { join } from 'node:path';
import type { ContainerDefinition, Volume } from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import { overrideOf } from '../ecs/new-task.ts';
import { cpuUnits, memoryMiB } from '../ecs/task-definition-rules.ts';
import type { ContainerRow, TaskDefinitionRow, TaskRow } from '../model/ecs.ts';
import type { ContainerNetwork, ContainerSpec, Isolation, PortSpec } from '../tasks/runtime.ts';
import { containerSecrets } from './container-secrets.ts';

/** Seconds that a container has to stop unless its definition says otherwise (ECS: 30). */
const defaultStopTimeout = 30;

/** What the task runtime is to run, with overrides and secrets in it. Throws `TaskStartError` when a secret cannot be had. */
export function containerSpec(core: Core, task: TaskRow, row: ContainerRow): ContainerSpec {
  const taskDefinition = core.tables.taskDefinitions.get(task.taskDefinitionArn);
  const container = taskDefinition?.containers.find((each) => each.name === row.name);
  if (taskDefinition === undefined || container === undefined)
    throw new Error(`bug: ${task.arn} has no definition of ${row.name}`);
  const override = overrideOf(task, row.name);
  const environment: Record<string, string> = {};
  for (const { name, value } of container.environment ?? [])
    if (name !== undefined) environment[name] = value ?? '';
  Object.assign(
    environment,
    containerSecrets(core, container.secrets ?? [], task.pullStartedAt ?? task.createdAt),
  );
  for (const { name, value } of override?.environment ?? [])
    if (name !== undefined) environment[name] = value ?? '';
  const volumes = new Map(
    (taskDefinition.definition.volumes ?? []).map((volume) => [volume.name, volumePath(core, volume)]),
  );
  return {
    name: row.name,
    image: row.image,
    command: override?.command ?? container.command ?? null,
    entryPoint: container.entryPoint ?? null,
    environment,
    workingDirectory: container.workingDirectory ?? null,
    ports: portSpecs(taskDefinition, container),
    mounts: (container.mountPoints ?? []).flatMap((mount) => {
      const sourcePath = volumes.get(mount.sourceVolume);
      if (sourcePath === undefined || mount.containerPath === undefined) return [];
      return [{ sourcePath, containerPath: mount.containerPath, readOnly: mount.readOnly ?? false }];
    }),
    stopSignal: null,
    ...memoryLimit(task, override?.memory ?? container.memory),
    stopTimeoutSeconds: ((container.stopTimeout ?? defaultStopTimeout) * core.settings.secondMs) / 1000,
    isolation: isolation(core, task, row, taskDefinition, container),
  };
}

function isolation(
  core: Core,
  task: TaskRow,
  row: ContainerRow,
  taskDefinition: TaskDefinitionRow,
  { cpu, linuxParameters }: ContainerDefinition,
): Isolation {
  const units = task.cpu === null ? null : cpuUnits(task.cpu);
  return {
    ...(units === null ? {} : { cpus: units / 1024 }),
    ...(cpu === undefined || cpu === 0 ? {} : { cpuShares: cpu }),
    init: linuxParameters?.initProcessEnabled ?? false,
    network: network(core, task, row, taskDefinition),
  };
}

/**
 * A service's containers are reached by its name in the cluster's network; those of one task know each other by their own.
 * One address for the task in `awsvpc`, and in `host`, where it is the machine's own; otherwise one for each container.
 */
function network(
  core: Core,
  task: TaskRow,
  row: ContainerRow,
  definition: TaskDefinitionRow,
): ContainerNetwork {
  const { networkMode } = definition.definition;
  const service = task.serviceArn === null ? undefined : core.tables.services.get(task.serviceArn)?.name;
  const portsOf = (name: string): readonly PortSpec[] =>
    portSpecs(definition, definition.containers.find((each) => each.name === name) ?? {});
  const aliasesOf = (names: readonly string[]): readonly string[] =>
    service !== undefined && names.some((name) => portsOf(name).length > 0) ? [service] : [];
  const { containers, clusterName } = task;
  if ((networkMode === 'awsvpc' || networkMode === 'host') && containers.length > 1) {
    const members = containers.map(({ runtimeId, name, image }) => ({
      taskId: runtimeId,
      name,
      image,
      ports: portsOf(name),
    }));
    const aliases = aliasesOf(containers.map(({ name }) => name));
    return { kind: 'shared', name: clusterName, aliases, ecsTask: task.id, members };
  }
  const siblings = containers
    .filter(({ runtimeId, lastStatus }) => runtimeId !== row.runtimeId && lastStatus === 'RUNNING')
    .map(({ runtimeId, name }) => ({ taskId: runtimeId, alias: name }));
  return { kind: 'own', name: clusterName, aliases: aliasesOf([row.name]), siblings };
}

/** The container's own hard limit, and never more than the task has; both are told in MiB. */
function memoryLimit(task: TaskRow, ofContainer: number | undefined): Pick<ContainerSpec, 'memoryLimit'> {
  const limits = [ofContainer ?? null, task.memory === null ? null : memoryMiB(task.memory)];
  const least = Math.min(...limits.filter((limit) => limit !== null));
  return Number.isFinite(least) ? { memoryLimit: least * 1024 * 1024 } : {};
}

const portSpecs = (
  taskDefinition: TaskDefinitionRow,
  { portMappings = [] }: ContainerDefinition,
): readonly PortSpec[] => portMappings.flatMap((mapping) => portSpec(taskDefinition, mapping));

/**
 * In `awsvpc` every task would have an address of its own; on one machine it gets a free port of 127.0.0.1 instead. In
 * `bridge` and `host` a host port that is given is a promise.
 */
function portSpec(
  taskDefinition: TaskDefinitionRow,
  mapping: { containerPort?: number | undefined; hostPort?: number | undefined },
): readonly PortSpec[] {
  const { containerPort, hostPort = 0 } = mapping;
  if (containerPort === undefined) return [];
  switch (taskDefinition.definition.networkMode) {
    case 'bridge':
      return [{ containerPort, hostPort }];
    case 'host':
      return [{ containerPort, hostPort: hostPort === 0 ? containerPort : hostPort }];
    case 'awsvpc':
    case 'none':
    case undefined:
      return [{ containerPort, hostPort: 0 }];
  }
}

/** A folder of the machine, or a named volume that outlives its tasks; anything else a task has for itself alone. */
function volumePath(core: Core, volume: Volume): string | undefined {
  if (volume.dockerVolumeConfiguration?.scope === 'shared')
    return join(core.settings.volumes, volume.name ?? '');
  return volume.host?.sourcePath;
}
