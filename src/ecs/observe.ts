import type { Service, ServiceDeployment, ServiceDeploymentStatus } from '@aws-sdk/client-ecs';
import type { Clients } from './clients.ts';
import { awsCode, isPassing } from './failure.ts';
import type { AppState, DeploymentReading, DeploymentStatus, ServiceReading } from './state.ts';

/** A service as the engine knows it. */
export interface ServiceAddress {
  /** Our name for it. */
  readonly service: string;
  readonly cluster: string;
  readonly engineName: string;
}

/** Task definition ARN and target group ARN of a service revision. */
interface Revision {
  readonly definition: string;
  readonly group: string | null;
}

export interface Observer {
  /** Reads all services. Never throws for what may pass: such a service is `unknown`. */
  observe(): Promise<AppState>;
}

/**
 * Reads what runs. Service revisions never change, so each is asked for once; everything else is read anew.
 */
export function createObserver(
  clients: Clients,
  services: readonly ServiceAddress[],
  clock: () => number,
): Observer {
  const revisions = new Map<string, Revision>();
  return { observe };

  async function observe(): Promise<AppState> {
    const readings = await Promise.all(
      services.map(async (address) => [address.service, await readService(address)] as const),
    );
    return { readAt: clock(), services: Object.fromEntries(readings) };
  }

  async function readService(address: ServiceAddress): Promise<ServiceReading> {
    try {
      const service = await describe(address);
      if (service === null) return { kind: 'absent' };
      const newest = await newestDeployment(address, service);
      const deployment = newest === null ? null : await deploymentReading(newest, service);
      return {
        kind: 'present',
        serving: deployment === null ? (service.taskDefinition ?? null) : servingOf(deployment),
        desired: service.desiredCount ?? 0,
        running: service.runningCount ?? 0,
        deployment,
      };
    } catch (error) {
      if (isPassing(error)) return { kind: 'unknown', why: messageOf(error) };
      throw error;
    }
  }

  async function describe({ cluster, engineName }: ServiceAddress): Promise<Service | null> {
    const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
    try {
      const { services: found } = await clients.ecs.send(
        new DescribeServicesCommand({ cluster, services: [engineName] }),
      );
      const service = found?.find(({ status }) => status !== 'INACTIVE');
      return service ?? null;
    } catch (error) {
      if (awsCode(error) === 'ClusterNotFoundException') return null;
      throw error;
    }
  }

  async function newestDeployment(
    { cluster, engineName }: ServiceAddress,
    service: Service,
  ): Promise<ServiceDeployment | null> {
    const { DescribeServiceDeploymentsCommand, ListServiceDeploymentsCommand } =
      await import('@aws-sdk/client-ecs');
    let arn = service.currentServiceDeployment;
    if (arn === undefined) {
      const { serviceDeployments } = await clients.ecs.send(
        new ListServiceDeploymentsCommand({ cluster, service: engineName }),
      );
      const newest = (serviceDeployments ?? []).toSorted(
        (a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0),
      )[0];
      arn = newest?.serviceDeploymentArn;
    }
    if (arn === undefined) return null;
    const { serviceDeployments } = await clients.ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }),
    );
    return serviceDeployments?.[0] ?? null;
  }

  async function deploymentReading(
    deployment: ServiceDeployment,
    service: Service,
  ): Promise<DeploymentReading> {
    const green = deployment.targetServiceRevision;
    const blue = deployment.sourceServiceRevisions?.[0];
    const [target, source] = await Promise.all([revisionOf(green?.arn), revisionOf(blue?.arn)]);
    const failed =
      service.deployments?.find(({ taskDefinition }) => taskDefinition === target?.definition)?.failedTasks ??
      0;
    const pause = deployment.lifecycleHookDetails?.find(
      (hook) => hook.targetType === 'PAUSE' && hook.status === 'AWAITING_ACTION',
    );
    const share = green?.requestedProductionTrafficWeight;
    return {
      id: deployment.serviceDeploymentArn ?? '',
      target: target?.definition ?? null,
      source: source?.definition ?? null,
      status: statusOf(deployment.status),
      stage: deployment.lifecycleStage ?? null,
      pause:
        pause?.hookId === undefined
          ? null
          : { hookId: pause.hookId, expiresAt: pause.expiresAt?.getTime() ?? null },
      reason: deployment.rollback?.reason ?? deployment.statusReason ?? null,
      green: {
        desired: green?.requestedTaskCount ?? 0,
        running: green?.runningTaskCount ?? 0,
        failed: Math.max(failed, deployment.deploymentCircuitBreaker?.failureCount ?? 0),
      },
      groups: { blue: source?.group ?? null, green: target?.group ?? null },
      traffic: share === undefined ? null : { blue: 100 - share, green: share },
    };
  }

  async function revisionOf(revision: string | undefined): Promise<Revision | null> {
    if (revision === undefined) return null;
    const known = revisions.get(revision);
    if (known !== undefined) return known;
    const { DescribeServiceRevisionsCommand } = await import('@aws-sdk/client-ecs');
    const { serviceRevisions } = await clients.ecs.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revision] }),
    );
    const found = serviceRevisions?.[0];
    if (found?.taskDefinition === undefined) return null;
    const group = found.resolvedConfiguration?.loadBalancers?.[0]?.targetGroupArn ?? null;
    const read = { definition: found.taskDefinition, group };
    // Where it gets its traffic may be settled only after it was made.
    if (group !== null || (found.loadBalancers ?? []).length === 0) revisions.set(revision, read);
    return read;
  }
}

/** Who serves when nothing is in flight: a deployment that did not go through leaves its source. */
function servingOf(deployment: DeploymentReading): string | null {
  return deployment.status === 'successful' ? deployment.target : deployment.source;
}

function statusOf(status: ServiceDeploymentStatus | undefined): DeploymentStatus {
  switch (status) {
    case 'IN_PROGRESS':
      return 'in-progress';
    case 'SUCCESSFUL':
      return 'successful';
    case 'STOP_REQUESTED':
      return 'stop-requested';
    case 'STOPPED':
      return 'stopped';
    case 'ROLLBACK_REQUESTED':
      return 'rollback-requested';
    case 'ROLLBACK_IN_PROGRESS':
      return 'rolling-back';
    case 'ROLLBACK_SUCCESSFUL':
      return 'rolled-back';
    case 'ROLLBACK_FAILED':
      return 'rollback-failed';
    case 'PENDING':
    case undefined:
      return 'pending';
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
