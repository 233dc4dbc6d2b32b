import type { ContainerOverride, TaskOverride } from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import { containerArn, taskArn } from '../model/arn.ts';
import { logGroupArn, logStreamArn } from '../model/arn.ts';
import { streamKey } from '../model/logs.ts';
import type { ClusterRow, ContainerRow, TaskDefinitionRow, TaskRow } from '../model/ecs.ts';

export interface TaskWish {
  readonly cluster: Pick<ClusterRow, 'arn' | 'name'>;
  readonly taskDefinition: TaskDefinitionRow;
  readonly serviceArn: string | null;
  readonly revisionArn: string | null;
  readonly group: string;
  readonly startedBy: string | null;
  readonly launchType: TaskRow['launchType'];
  readonly platformVersion: string;
  readonly overrides: TaskOverride;
  readonly enableExecuteCommand: boolean;
  readonly startAfter: number;
}

/** Writes down a task that the scheduler shall start, and the log streams that its containers will write to. */
export function newTask(core: Core, wish: TaskWish, now: number): TaskRow {
  const id = core.ids.task();
  const { cluster, taskDefinition, overrides } = wish;
  const containers = taskDefinition.containers.map((container, index): ContainerRow => {
    const runtimeId = index === 0 ? id : core.ids.task();
    const options =
      container.logConfiguration?.logDriver === 'awslogs' ? (container.logConfiguration.options ?? {}) : null;
    const logStream =
      options === null ? null : logStreamOf(core, options, container.name ?? '', id, runtimeId, now);
    return {
      arn: containerArn(core.account, cluster.name, id, core.ids.uuid()),
      name: container.name ?? '',
      runtimeId,
      image: container.image ?? '',
      imageDigest: null,
      essential: container.essential ?? true,
      lastStatus: 'PENDING',
      exitCode: null,
      reason: null,
      pid: null,
      ports: [],
      logStream,
    };
  });
  const row: TaskRow = {
    arn: taskArn(core.account, cluster.name, id),
    id,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    serviceArn: wish.serviceArn,
    revisionArn: wish.revisionArn,
    taskDefinitionArn: taskDefinition.arn,
    group: wish.group,
    startedBy: wish.startedBy,
    launchType: wish.launchType,
    platformVersion: wish.platformVersion,
    cpu: overrides.cpu ?? taskDefinition.definition.cpu ?? null,
    memory: overrides.memory ?? taskDefinition.definition.memory ?? null,
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [], ...overrides },
    enableExecuteCommand: wish.enableExecuteCommand,
    attachmentId: core.ids.uuid(),
    desiredStatus: 'RUNNING',
    lastStatus: 'PROVISIONING',
    createdAt: now,
    startAfter: wish.startAfter,
    pullStartedAt: null,
    pullStoppedAt: null,
    startedAt: null,
    stoppingAt: null,
    executionStoppedAt: null,
    stoppedAt: null,
    stopCode: null,
    stoppedReason: null,
    healthySince: null,
    failed: false,
    containers,
    version: 1,
  };
  core.tables.tasks.put(row.arn, row);
  return row;
}

/** ECS names a stream `prefix/container/task`; without a prefix Docker's own id names it. The group is made when missing. */
function logStreamOf(
  core: Core,
  options: Readonly<Record<string, string>>,
  container: string,
  taskId: string,
  runtimeId: string,
  now: number,
): { group: string; stream: string } {
  const group = options['awslogs-group'] ?? '';
  const prefix = options['awslogs-stream-prefix'];
  const stream = prefix === undefined ? runtimeId : `${prefix}/${container}/${taskId}`;
  if (core.tables.logGroups.get(group) === undefined) {
    core.tables.logGroups.put(group, { name: group, arn: logGroupArn(core.account, group), createdAt: now });
  }
  core.tables.logStreams.put(streamKey(group, stream), {
    group,
    name: stream,
    arn: logStreamArn(core.account, group, stream),
    createdAt: now,
    runtimeId,
  });
  return { group, stream };
}

export const overrideOf = (task: TaskRow, container: string): ContainerOverride | undefined =>
  task.overrides.containerOverrides?.find((override) => override.name === container);
