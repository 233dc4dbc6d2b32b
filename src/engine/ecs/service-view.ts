import type { Deployment, Service } from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import type { ServiceDeploymentRow, ServiceRevisionRow, ServiceRow, TaskRow } from '../model/ecs.ts';
import { platformOf } from './platform.ts';
import { isOpen } from './rollout.ts';
import { tagsOf } from './tags.ts';

export interface Counts {
  readonly running: number;
  readonly pending: number;
}

/** ECS counts a task as running until it is stopped, as pending until it runs. */
export function countTasks(tasks: readonly TaskRow[]): Counts {
  return {
    running: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pending: tasks.filter((task) => task.desiredStatus === 'RUNNING' && isStarting(task)).length,
  };
}

export const isStarting = (task: TaskRow): boolean =>
  task.lastStatus === 'PROVISIONING' || task.lastStatus === 'PENDING' || task.lastStatus === 'ACTIVATING';

export function serviceView(core: Core, row: ServiceRow, withTags: boolean): Service {
  const tasks = core.tables.tasks.in(row.arn).filter((task) => task.lastStatus !== 'STOPPED');
  const counts = countTasks(tasks);
  const { settings } = row;
  const current =
    row.currentDeployment === null ? undefined : core.tables.serviceDeployments.get(row.currentDeployment);
  const shown = shownRevisions(core, row, current, tasks);
  return {
    serviceArn: row.arn,
    serviceName: row.name,
    clusterArn: row.clusterArn,
    loadBalancers: [...settings.loadBalancers],
    serviceRegistries: settings.inert.serviceRegistries,
    status: row.status,
    desiredCount: row.desiredCount,
    runningCount: counts.running,
    pendingCount: counts.pending,
    launchType: settings.launchType,
    ...(settings.inert.capacityProviderStrategy === undefined
      ? {}
      : { capacityProviderStrategy: settings.inert.capacityProviderStrategy }),
    ...platformOf(settings),
    // The service says what was asked for, its deployments what that is.
    ...(settings.launchType === 'FARGATE' ? { platformVersion: settings.platformVersion } : {}),
    taskDefinition: settings.taskDefinition,
    deploymentConfiguration: settings.deploymentConfiguration,
    taskSets: [],
    deployments: row.status === 'INACTIVE' ? [] : shown.map((each) => deploymentView(row, each)),
    roleArn: settings.inert.role,
    events: (core.tables.serviceEvents.get(row.arn)?.events ?? []).map((event) => ({
      ...event,
      createdAt: new Date(event.createdAt),
    })),
    createdAt: new Date(row.createdAt),
    ...(row.currentDeployment === null ? {} : { currentServiceDeployment: row.currentDeployment }),
    currentServiceRevisions: shown.map(({ revision, desired, counts }) => ({
      arn: revision.arn,
      requestedTaskCount: desired,
      runningTaskCount: counts.running,
      pendingTaskCount: counts.pending,
    })),
    placementConstraints: settings.inert.placementConstraints,
    placementStrategy: settings.inert.placementStrategy,
    ...(settings.networkConfiguration === null
      ? {}
      : { networkConfiguration: settings.networkConfiguration }),
    healthCheckGracePeriodSeconds: settings.healthCheckGracePeriodSeconds,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    tags: withTags ? tagsOf(core, row.arn) : undefined,
    createdBy: `arn:aws:iam::${core.account.accountId}:root`,
    enableECSManagedTags: settings.enableECSManagedTags,
    propagateTags: settings.propagateTags,
    enableExecuteCommand: settings.enableExecuteCommand,
    availabilityZoneRebalancing: settings.inert.availabilityZoneRebalancing,
  };
}

interface ShownRevision {
  readonly revision: ServiceRevisionRow;
  readonly deployment: ServiceDeploymentRow | undefined;
  readonly primary: boolean;
  /** The deployment in flight is returning to the revision that served before. */
  readonly rollingBack: boolean;
  readonly desired: number;
  readonly counts: Counts;
}

/** The revision that the service goes to first, then those that still have tasks or are asked to. */
function shownRevisions(
  core: Core,
  service: ServiceRow,
  current: ServiceDeploymentRow | undefined,
  tasks: readonly TaskRow[],
): readonly ShownRevision[] {
  const rollingBack = current?.state?.rollback !== undefined && current?.state?.rollback !== null;
  const open = current !== undefined && isOpen(current);
  const desired = new Map<string, number>();
  if (current !== undefined && open) {
    if (current.state === null) desired.set(current.targetRevision, service.desiredCount);
    else {
      desired.set(current.state.target, current.state.desired.targetTasks);
      if (current.state.source !== null) desired.set(current.state.source, current.state.desired.sourceTasks);
    }
  } else if (service.currentRevision !== null) desired.set(service.currentRevision, service.desiredCount);
  const primary =
    open && !rollingBack
      ? current.targetRevision
      : (service.currentRevision ?? current?.targetRevision ?? null);
  const arns = new Set<string>();
  if (primary !== null) arns.add(primary);
  for (const [arn, count] of desired) if (count > 0) arns.add(arn);
  for (const task of tasks) if (task.revisionArn !== null) arns.add(task.revisionArn);
  const shown: ShownRevision[] = [];
  for (const arn of arns) {
    const revision = core.tables.serviceRevisions.get(arn);
    if (revision === undefined) continue;
    shown.push({
      revision,
      deployment: core.tables.serviceDeployments
        .in(service.arn)
        .findLast((deployment) => deployment.targetRevision === arn),
      primary: arn === primary,
      rollingBack: open && rollingBack,
      desired: desired.get(arn) ?? 0,
      counts: countTasks(tasks.filter((task) => task.revisionArn === arn)),
    });
  }
  return shown;
}

function deploymentView(service: ServiceRow, shown: ShownRevision): Deployment {
  const { revision, deployment, primary, desired, counts } = shown;
  const { state, reason } = rollout(service, shown);
  return {
    id: revision.deploymentId,
    status: primary ? 'PRIMARY' : 'ACTIVE',
    taskDefinition: revision.taskDefinition,
    desiredCount: desired,
    pendingCount: counts.pending,
    runningCount: counts.running,
    failedTasks: deployment?.failures[revision.arn]?.failed ?? 0,
    createdAt: new Date(revision.createdAt),
    updatedAt: new Date(deployment?.updatedAt ?? revision.createdAt),
    launchType: revision.launchType,
    ...platformOf(revision),
    ...(revision.networkConfiguration === null
      ? {}
      : { networkConfiguration: revision.networkConfiguration }),
    rolloutState: state,
    rolloutStateReason: reason,
  };
}

function rollout(service: ServiceRow, { revision, deployment, primary, rollingBack }: ShownRevision) {
  const id = revision.deploymentId;
  if (deployment !== undefined && isOpen(deployment) && (deployment.state?.rollback ?? null) === null) {
    return { state: 'IN_PROGRESS', reason: `ECS deployment ${id} in progress.` } as const;
  }
  const failed = deployment?.state?.rollback?.reason ?? deployment?.state?.statusReason ?? null;
  if (deployment?.state?.status !== 'SUCCESSFUL' && revision.arn !== service.currentRevision) {
    return {
      state: 'FAILED',
      reason: `ECS deployment ${id} failed${failed === null ? '.' : `: ${failed}`}`,
    } as const;
  }
  return rollingBack && primary
    ? ({ state: 'IN_PROGRESS', reason: `ECS deployment ${id} in progress.` } as const)
    : ({ state: 'COMPLETED', reason: `ECS deployment ${id} completed.` } as const);
}
