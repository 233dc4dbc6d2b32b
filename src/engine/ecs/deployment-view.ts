import type {
  ServiceDeployment,
  ServiceDeploymentBrief,
  ServiceDeploymentLifecycleStage,
  ServiceRevision,
  ServiceRevisionSummary,
} from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import type { DeploymentStatus, LifecycleStage } from '../deployments/machine.ts';
import { reportedStage } from '../deployments/stages.ts';
import { reasons } from '../deployments/wording.ts';
import type { ServiceDeploymentRow, ServiceRevisionRow } from '../model/ecs.ts';
import { platformOf } from './platform.ts';
import { countTasks } from './service-view.ts';

export function statusOf(row: ServiceDeploymentRow): DeploymentStatus {
  if (row.state === null) return row.superseded ? 'STOPPED' : 'PENDING';
  const { status } = row.state;
  if (status !== 'IN_PROGRESS' && status !== 'PENDING') return status;
  // Asked, and not yet acted upon by the scheduler.
  const asked = row.requests.findLast((request) => request.kind !== 'continue');
  if (asked === undefined) return status;
  return asked.kind === 'stop' && asked.how === 'ROLLBACK' ? 'ROLLBACK_REQUESTED' : 'STOP_REQUESTED';
}

/** The SDK's prose knows PRE_PRODUCTION_TRAFFIC_SHIFT as a stage, its enum of reported stages does not; both sides take it as text. */
function isReported(stage: LifecycleStage | null): stage is ServiceDeploymentLifecycleStage {
  return stage !== null;
}

const date = (at: number | null): Date | undefined => (at === null ? undefined : new Date(at));

export function briefView(row: ServiceDeploymentRow): ServiceDeploymentBrief {
  const reason = row.state === null ? supersededReason(row) : row.state.statusReason;
  return {
    serviceDeploymentArn: row.arn,
    serviceArn: row.serviceArn,
    clusterArn: row.clusterArn,
    createdAt: new Date(row.createdAt),
    startedAt: date(row.state?.startedAt ?? null),
    finishedAt: date(finishedAt(row)),
    targetServiceRevisionArn: row.targetRevision,
    status: statusOf(row),
    ...(reason === null ? {} : { statusReason: reason }),
  };
}

const supersededReason = (row: ServiceDeploymentRow): string | null =>
  row.superseded ? 'The service deployment was stopped before it began.' : null;

const finishedAt = (row: ServiceDeploymentRow): number | null =>
  row.state === null ? (row.superseded ? row.updatedAt : null) : row.state.finishedAt;

export function deploymentView(core: Core, row: ServiceDeploymentRow): ServiceDeployment {
  const { state, configuration } = row;
  const status = statusOf(row);
  const reason = state === null ? supersededReason(row) : state.statusReason;
  const stopped = status === 'STOPPED' || status.startsWith('ROLLBACK_') ? finishedAt(row) : null;
  const open = state !== null && state.finishedAt === null;
  const hook = open ? state.hook : null;
  const stage = open ? reportedStage(state) : null;
  const target = core.tables.serviceRevisions.get(row.targetRevision);
  const breaker = configuration.deploymentCircuitBreaker;
  const failures = row.failures[row.targetRevision];
  const counted = breaker?.resetOnHealthyTask === false ? failures?.failed : failures?.inARow;
  return {
    serviceDeploymentArn: row.arn,
    serviceArn: row.serviceArn,
    clusterArn: row.clusterArn,
    createdAt: new Date(row.createdAt),
    startedAt: date(state?.startedAt ?? null),
    finishedAt: date(finishedAt(row)),
    stoppedAt: date(stopped),
    updatedAt: new Date(row.updatedAt),
    sourceServiceRevisions: row.sources.map((arn) => summary(core, row, arn)),
    targetServiceRevision: summary(core, row, target?.arn ?? row.targetRevision),
    status,
    ...(reason === null ? {} : { statusReason: reason }),
    ...(isReported(stage) ? { lifecycleStage: stage } : {}),
    ...(hook === null
      ? {}
      : {
          lifecycleHookDetails: [
            {
              hookId: hook.hookId,
              targetType: 'PAUSE',
              status: hook.answer === null ? 'AWAITING_ACTION' : 'IN_PROGRESS',
              expiresAt: new Date(hook.expiresAt),
              timeoutAction: hook.timeoutAction,
            },
          ],
        }),
    deploymentConfiguration: configuration,
    ...(state?.rollback == null
      ? {}
      : {
          rollback: {
            reason: state.rollback.reason,
            startedAt: new Date(state.rollback.startedAt),
            ...(state.source === null ? {} : { serviceRevisionArn: state.source }),
          },
        }),
    deploymentCircuitBreaker: {
      status: breaker?.enable === true ? monitor(hasTripped(row), open) : 'DISABLED',
      failureCount: counted ?? 0,
      threshold: state?.breaker.threshold ?? 0,
    },
    alarms: {
      status: watchesAlarms(row) ? monitor(row.triggeredAlarms.length > 0, open) : 'DISABLED',
      alarmNames: configuration.alarms?.alarmNames ?? [],
      triggeredAlarmNames: [...row.triggeredAlarms],
    },
  };
}

function hasTripped({ state }: ServiceDeploymentRow): boolean {
  const why = state?.rollback?.reason ?? state?.statusReason;
  return why === reasons.breaker || why === reasons.breakerStopped;
}

/** One that was red when the deployment started switched them off. */
const watchesAlarms = ({ configuration, state }: ServiceDeploymentRow): boolean =>
  configuration.alarms?.enable === true && state?.alarms?.watched !== false;

const monitor = (triggered: boolean, open: boolean) =>
  triggered ? 'TRIGGERED' : open ? 'MONITORING' : 'MONITORING_COMPLETE';

function summary(core: Core, row: ServiceDeploymentRow, arn: string): ServiceRevisionSummary {
  const tasks = core.tables.tasks.in(row.serviceArn).filter((task) => task.revisionArn === arn);
  const counts = countTasks(tasks);
  const { state } = row;
  const isTarget = arn === row.targetRevision;
  const requested = isTarget
    ? (state?.desired.targetTasks ?? 0)
    : arn === state?.source
      ? state.desired.sourceTasks
      : 0;
  const side = isTarget ? 'target' : 'source';
  return {
    arn,
    requestedTaskCount: requested,
    runningTaskCount: counts.running,
    pendingTaskCount: counts.pending,
    ...(state?.desired.production == null
      ? {}
      : { requestedProductionTrafficWeight: state.desired.production[side] }),
    ...(state?.desired.test == null ? {} : { requestedTestTrafficWeight: state.desired.test[side] }),
  };
}

export function revisionView(core: Core, row: ServiceRevisionRow): ServiceRevision {
  const definition = core.tables.taskDefinitions.get(row.taskDefinition);
  const digests = new Map<string, string>();
  for (const task of core.tables.tasks.in(row.serviceArn)) {
    if (task.revisionArn !== row.arn) continue;
    for (const container of task.containers)
      if (container.imageDigest !== null) digests.set(container.name, container.imageDigest);
  }
  return {
    serviceRevisionArn: row.arn,
    serviceArn: row.serviceArn,
    clusterArn: row.clusterArn,
    taskDefinition: row.taskDefinition,
    launchType: row.launchType,
    ...platformOf(row),
    loadBalancers: [...row.loadBalancers],
    ...(row.networkConfiguration === null ? {} : { networkConfiguration: row.networkConfiguration }),
    containerImages: (definition?.containers ?? []).map((container) => ({
      containerName: container.name,
      image: container.image,
      ...(digests.get(container.name ?? '') === undefined
        ? {}
        : { imageDigest: digests.get(container.name ?? '') }),
    })),
    guardDutyEnabled: false,
    createdAt: new Date(row.createdAt),
    resolvedConfiguration: {
      loadBalancers: (row.routes ?? []).map((route) => ({
        targetGroupArn: route.targetGroupArn,
        ...(route.productionRule === null ? {} : { productionListenerRule: route.productionRule }),
      })),
    },
  };
}
