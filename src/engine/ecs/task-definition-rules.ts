import type {
  Compatibility,
  ContainerDefinition,
  NetworkMode,
  RegisterTaskDefinitionRequest,
} from '@aws-sdk/client-ecs';
import { circularDependency } from './circular-dependency.ts';
import { clientException } from './failures.ts';

/** Throws ECS's ClientException for the first rule that the task definition breaks. */
export function checkTaskDefinition(input: RegisterTaskDefinitionRequest): void {
  const family = input.family ?? '';
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(family)) throw clientException('Family contains invalid characters.');
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) throw clientException('Container list cannot be empty.');
  const names = new Set<string>();
  for (const container of containers) {
    checkContainer(container, input, input.networkMode);
    const name = container.name ?? '';
    if (names.has(name))
      throw clientException(
        `Container name '${name}' is used more than once. Container names must be unique.`,
      );
    names.add(name);
  }
  if (containers.every((container) => container.essential === false)) {
    throw clientException('A task definition must contain at least one essential container.');
  }
  for (const container of containers) checkDependencies(container, containers);
  const circle = circularDependency(containers);
  if (circle !== null)
    throw clientException(`Container dependencies must not be circular: ${circle.join(', ')}.`);
  for (const { name = '' } of input.volumes ?? []) {
    if (!/^[a-zA-Z0-9_-]{1,255}$/.test(name))
      throw clientException('Volume.name contains invalid characters.');
  }
  if (input.requiresCompatibilities?.includes('FARGATE') === true) checkFargate(input);
  checkSums(input, containers);
}

export function compatibilitiesOf(input: RegisterTaskDefinitionRequest): Compatibility[] {
  const fargate =
    input.networkMode === 'awsvpc' &&
    input.cpu !== undefined &&
    input.memory !== undefined &&
    fargateFits(input.cpu, input.memory);
  return fargate ? ['EC2', 'FARGATE'] : ['EC2'];
}

function checkContainer(
  container: ContainerDefinition,
  task: RegisterTaskDefinitionRequest,
  networkMode: NetworkMode | undefined,
): void {
  const { name, image } = container;
  if (name === undefined || name === '') throw clientException('Container.name should not be null or empty.');
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(name))
    throw clientException(`Container.name contains invalid characters.`);
  if (image === undefined || image === '')
    throw clientException('Container.image should not be null or empty.');
  const invalid = `Invalid setting for container '${name}'.`;
  if (
    task.memory === undefined &&
    container.memory === undefined &&
    container.memoryReservation === undefined
  ) {
    throw clientException(`${invalid} At least one of 'memory' or 'memoryReservation' must be specified.`);
  }
  if (
    container.memory !== undefined &&
    container.memoryReservation !== undefined &&
    container.memory < container.memoryReservation
  ) {
    throw clientException(
      `${invalid} The 'memory' value must be greater than or equal to the 'memoryReservation' value.`,
    );
  }
  for (const mapping of container.portMappings ?? []) {
    const { containerPort, hostPort } = mapping;
    for (const port of [containerPort, hostPort]) {
      if (port !== undefined && (port < 0 || port > 65_535))
        throw clientException(`${invalid} Invalid port mapping: ${port} is not a valid port.`);
    }
    if (networkMode === 'awsvpc' && hostPort !== undefined && hostPort !== 0 && hostPort !== containerPort) {
      throw clientException(
        'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
      );
    }
  }
  const log = container.logConfiguration;
  if (log?.logDriver === 'awslogs') {
    const missing = ['awslogs-region', 'awslogs-group'].filter(
      (option) => (log.options?.[option] ?? '') === '',
    );
    if (missing.length > 0)
      throw clientException(`Log driver awslogs requires options: ${missing.join(', ')}`);
  }
  const secrets = new Set<string | undefined>();
  for (const secret of container.secrets ?? []) {
    if ((secret.name ?? '') === '' || (secret.valueFrom ?? '') === '') {
      throw clientException(`${invalid} Secret 'name' and 'valueFrom' should not be null or empty.`);
    }
    if (container.environment?.some((variable) => variable.name === secret.name) === true) {
      throw clientException(
        `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${secret.name}'.`,
      );
    }
    if (secrets.has(secret.name))
      throw clientException(`Duplicate secret names found: ${secret.name}. Each secret name must be unique.`);
    secrets.add(secret.name);
  }
  checkHealthCheck(container);
  for (const mount of container.mountPoints ?? []) {
    if (task.volumes?.some((volume) => volume.name === mount.sourceVolume) !== true) {
      throw clientException(`Unknown volume '${mount.sourceVolume}'.`);
    }
  }
}

const healthLimits = {
  interval: [5, 300],
  timeout: [2, 60],
  retries: [1, 10],
  startPeriod: [0, 300],
} as const;

function checkHealthCheck({ name, healthCheck }: ContainerDefinition): void {
  if (healthCheck === undefined) return;
  const invalid = `Invalid setting for container '${name}'.`;
  const [kind, ...words] = healthCheck.command ?? [];
  if (kind !== 'CMD' && kind !== 'CMD-SHELL' && kind !== 'NONE')
    throw clientException(`${invalid} The healthCheck command must start with CMD or CMD-SHELL.`);
  if (kind !== 'NONE' && words.length === 0)
    throw clientException(`${invalid} The healthCheck command is empty.`);
  for (const part of ['interval', 'timeout', 'retries', 'startPeriod'] as const) {
    const value = healthCheck[part];
    const [least, most] = healthLimits[part];
    if (value !== undefined && (!Number.isInteger(value) || value < least || value > most))
      throw clientException(`${invalid} The healthCheck ${part} must be between ${least} and ${most}.`);
  }
}

function checkDependencies(container: ContainerDefinition, all: readonly ContainerDefinition[]): void {
  for (const dependency of container.dependsOn ?? []) {
    const other = all.find((candidate) => candidate.name === dependency.containerName);
    if (other === undefined || other === container) {
      throw clientException(
        `Invalid setting for container '${container.name}'. A dependency container must be another container of the task definition.`,
      );
    }
    if (dependency.condition === 'HEALTHY' && other.healthCheck === undefined) {
      throw clientException(
        `Invalid setting for container '${container.name}'. A dependency container with HEALTHY condition must have a health check: '${other.name}'.`,
      );
    }
    if (
      (dependency.condition === 'SUCCESS' || dependency.condition === 'COMPLETE') &&
      other.essential !== false
    ) {
      throw clientException(
        'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
      );
    }
  }
}

function checkFargate(input: RegisterTaskDefinitionRequest): void {
  if (input.cpu === undefined)
    throw clientException("Fargate requires that 'cpu' be defined at the task level.");
  if (input.memory === undefined)
    throw clientException("Fargate requires that 'memory' be defined at the task level.");
  if (input.networkMode !== 'awsvpc') throw clientException("Fargate only supports network mode 'awsvpc'.");
  if (!fargateFits(input.cpu, input.memory)) {
    throw clientException(
      `No Fargate configuration exists for given values: ${cpuUnits(input.cpu)} CPU, ${memoryMiB(input.memory)} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
}

function checkSums(input: RegisterTaskDefinitionRequest, containers: readonly ContainerDefinition[]): void {
  const sum = (of: (container: ContainerDefinition) => number | undefined) =>
    containers.reduce((total, container) => total + (of(container) ?? 0), 0);
  if (input.cpu !== undefined) {
    const cpu = cpuUnits(input.cpu);
    if (cpu === null) throw clientException("Invalid 'cpu' setting for task.");
    if (sum((container) => container.cpu) > cpu) {
      throw clientException(
        "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
      );
    }
  }
  if (input.memory !== undefined) {
    const memory = memoryMiB(input.memory);
    if (memory === null) throw clientException("Invalid 'memory' setting for task.");
    if (sum((container) => container.memoryReservation) > memory) {
      throw clientException(
        "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
      );
    }
    const tooLarge = containers.find((container) => (container.memory ?? 0) > memory);
    if (tooLarge !== undefined) {
      throw clientException(
        `Invalid setting for container '${tooLarge.name}'. The 'memory' value cannot be greater than the value of the task 'memory'.`,
      );
    }
  }
}

/** `256`, `.25 vCPU`, `1 vcpu` in CPU units; null when it is neither. */
export function cpuUnits(text: string): number | null {
  const match = /^\s*([\d.]+)\s*(vcpu)?\s*$/i.exec(text);
  const value = Number(match?.[1]);
  if (match === null || !(value > 0)) return null;
  return match[2] === undefined ? value : value * 1024;
}

/** `512`, `1GB`, `1 gb` in MiB; null when it is neither. */
export function memoryMiB(text: string): number | null {
  const match = /^\s*([\d.]+)\s*(gb)?\s*$/i.exec(text);
  const value = Number(match?.[1]);
  if (match === null || !(value > 0)) return null;
  return match[2] === undefined ? value : value * 1024;
}

/** Fargate's sizes: memory from, to, by, in MiB, for every number of CPU units (developer guide, "Task CPU and memory"). */
const fargateSizes: Readonly<
  Record<number, { readonly from: number; readonly to: number; readonly by: number }>
> = {
  512: { from: 1024, to: 4096, by: 1024 },
  1024: { from: 2048, to: 8192, by: 1024 },
  2048: { from: 4096, to: 16_384, by: 1024 },
  4096: { from: 8192, to: 30_720, by: 1024 },
  8192: { from: 16_384, to: 61_440, by: 4096 },
  16_384: { from: 32_768, to: 122_880, by: 8192 },
};

function fargateFits(cpuText: string, memoryText: string): boolean {
  const cpu = cpuUnits(cpuText);
  const memory = memoryMiB(memoryText);
  if (cpu === null || memory === null) return false;
  if (cpu === 256) return [512, 1024, 2048].includes(memory);
  const size = fargateSizes[cpu];
  return (
    size !== undefined && memory >= size.from && memory <= size.to && (memory - size.from) % size.by === 0
  );
}
