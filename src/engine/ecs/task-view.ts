import type { Container, ContainerDefinition, Task } from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import type { ContainerRow, TaskRow } from '../model/ecs.ts';
import { platformOf } from './platform.ts';
import { tagsOf } from './tags.ts';
import { checkedContainers, healthOfAll } from './task-health.ts';

export function taskView(core: Core, row: TaskRow, withTags: boolean): Task {
  const definition = core.tables.taskDefinitions.get(row.taskDefinitionArn);
  const address = row.containers.flatMap((container) => container.ports)[0]?.host;
  const date = (at: number | null): Date | undefined => (at === null ? undefined : new Date(at));
  return {
    attachments: [
      {
        id: row.attachmentId,
        type: 'ElasticNetworkInterface',
        status: row.lastStatus === 'STOPPED' ? 'DELETED' : row.startedAt === null ? 'PRECREATED' : 'ATTACHED',
        details: address === undefined ? [] : [{ name: 'privateIPv4Address', value: address }],
      },
    ],
    attributes: [{ name: 'ecs.cpu-architecture', value: process.arch === 'arm64' ? 'arm64' : 'x86_64' }],
    availabilityZone: `${core.account.region}a`,
    clusterArn: row.clusterArn,
    connectivity: row.startedAt === null ? undefined : 'CONNECTED',
    connectivityAt: date(row.startedAt),
    containers: row.containers.map((container) =>
      containerView(
        row,
        container,
        definition?.containers.find(({ name }) => name === container.name),
      ),
    ),
    ...(row.cpu === null ? {} : { cpu: row.cpu }),
    ...(row.memory === null ? {} : { memory: row.memory }),
    createdAt: new Date(row.createdAt),
    desiredStatus: row.desiredStatus,
    enableExecuteCommand: row.enableExecuteCommand,
    executionStoppedAt: date(row.executionStoppedAt),
    group: row.group,
    healthStatus: healthOfAll(checkedContainers(core, row)),
    inferenceAccelerators: [],
    lastStatus: row.lastStatus,
    launchType: row.launchType,
    overrides: row.overrides,
    ...platformOf(row),
    pullStartedAt: date(row.pullStartedAt),
    pullStoppedAt: date(row.pullStoppedAt),
    startedAt: date(row.startedAt),
    ...(row.startedBy === null ? {} : { startedBy: row.startedBy }),
    ...(row.stopCode === null ? {} : { stopCode: row.stopCode }),
    ...(row.stoppedReason === null ? {} : { stoppedReason: row.stoppedReason }),
    stoppedAt: date(row.stoppedAt),
    stoppingAt: date(row.stoppingAt),
    tags: withTags ? tagsOf(core, row.arn) : [],
    taskArn: row.arn,
    taskDefinitionArn: row.taskDefinitionArn,
    version: row.version,
    ephemeralStorage: definition?.definition.ephemeralStorage ?? { sizeInGiB: 20 },
  };
}

function containerView(
  row: TaskRow,
  container: ContainerRow,
  definition: ContainerDefinition | undefined,
): Container {
  const address = container.ports[0]?.host;
  return {
    containerArn: container.arn,
    taskArn: row.arn,
    name: container.name,
    image: container.image,
    ...(container.imageDigest === null ? {} : { imageDigest: container.imageDigest }),
    runtimeId: `${row.id}-${container.runtimeId}`,
    lastStatus: container.lastStatus,
    ...(container.exitCode === null ? {} : { exitCode: container.exitCode }),
    ...(container.reason === null ? {} : { reason: container.reason }),
    networkBindings: container.ports.map(({ containerPort, host, hostPort }) => ({
      bindIP: host,
      containerPort,
      hostPort,
      protocol: 'tcp',
    })),
    networkInterfaces:
      address === undefined ? [] : [{ attachmentId: row.attachmentId, privateIpv4Address: address }],
    healthStatus: container.healthStatus ?? 'UNKNOWN',
    cpu: String(definition?.cpu ?? 0),
    ...(definition?.memory === undefined ? {} : { memory: String(definition.memory) }),
    ...(definition?.memoryReservation === undefined
      ? {}
      : { memoryReservation: String(definition.memoryReservation) }),
  };
}
