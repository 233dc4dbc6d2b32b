import { join } from 'node:path';
import type { Volume } from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import { overrideOf } from '../ecs/new-task.ts';
import type { ContainerRow, TaskDefinitionRow, TaskRow } from '../model/ecs.ts';
import { isArn } from '../model/arn.ts';
import { parameterValue } from '../ssm/parameters.ts';
import { TaskStartError } from '../tasks/runtime.ts';
import type { ContainerSpec, PortSpec } from '../tasks/runtime.ts';

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
  for (const { name, valueFrom } of container.secrets ?? [])
    if (name !== undefined) environment[name] = secret(core, valueFrom ?? '');
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
    ports: (container.portMappings ?? []).flatMap((mapping) => portSpec(taskDefinition, mapping)),
    mounts: (container.mountPoints ?? []).flatMap((mount) => {
      const sourcePath = volumes.get(mount.sourceVolume);
      if (sourcePath === undefined || mount.containerPath === undefined) return [];
      return [{ sourcePath, containerPath: mount.containerPath, readOnly: mount.readOnly ?? false }];
    }),
    stopSignal: null,
    stopTimeoutSeconds: ((container.stopTimeout ?? defaultStopTimeout) * core.settings.secondMs) / 1000,
  };
}

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

function secret(core: Core, valueFrom: string): string {
  const trouble =
    'unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret';
  if (isArn(valueFrom) && !valueFrom.startsWith('arn:aws:ssm:')) {
    throw new TaskStartError(
      'ResourceInitializationError',
      `${trouble} from asm: ${valueFrom}: this engine has parameters of Systems Manager only`,
    );
  }
  const value = parameterValue(core, valueFrom);
  if (value === null) {
    throw new TaskStartError(
      'ResourceInitializationError',
      `${trouble}s from ssm: service call has been retried 1 time(s): invalid ssm parameters: ${valueFrom}`,
    );
  }
  return value;
}
