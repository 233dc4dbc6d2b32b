import type { Core } from '../core.ts';
import { serviceDeploymentArn, serviceRevisionArn } from '../model/arn.ts';
import type { ServiceDeploymentRow, ServiceRevisionRow, ServiceRow } from '../model/ecs.ts';

/** A deployment that is not over, waiting ones included. */
export function isOpen(deployment: ServiceDeploymentRow): boolean {
  if (deployment.state === null) return !deployment.superseded;
  return deployment.state.finishedAt === null;
}

/** Deployments that are not over, oldest first: at most one that runs and one that waits for it. */
export const openDeployments = (core: Core, serviceArn: string): readonly ServiceDeploymentRow[] =>
  core.tables.serviceDeployments.in(serviceArn).filter(isOpen);

/** A new revision of the service from its settings, and the deployment that makes it live; one in flight is superseded. */
export function deployRevision(core: Core, service: ServiceRow, now: number): ServiceRow {
  const id = core.ids.revision();
  const { settings } = service;
  const revision: ServiceRevisionRow = {
    arn: serviceRevisionArn(core.account, service.clusterName, service.name, id),
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    deploymentId: `ecs-svc/${id}`,
    taskDefinition: settings.taskDefinition,
    launchType: settings.launchType,
    platformVersion: settings.platformVersion,
    loadBalancers: settings.loadBalancers,
    networkConfiguration: settings.networkConfiguration,
    routes: null,
    createdAt: now,
  };
  core.tables.serviceRevisions.put(revision.arn, revision);
  for (const earlier of openDeployments(core, service.arn)) {
    core.tables.serviceDeployments.put(earlier.arn, supersede(earlier, now));
  }
  const deployment: ServiceDeploymentRow = {
    arn: serviceDeploymentArn(core.account, service.clusterName, service.name, core.ids.deployment()),
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    createdAt: now,
    updatedAt: now,
    configuration: settings.deploymentConfiguration,
    targetRevision: revision.arn,
    state: null,
    superseded: false,
    requests: [],
    failures: {},
    sources: service.currentRevision === null ? [] : [service.currentRevision],
    triggeredAlarms: [],
  };
  core.tables.serviceDeployments.put(deployment.arn, deployment);
  return { ...service, currentDeployment: deployment.arn };
}

function supersede(deployment: ServiceDeploymentRow, now: number): ServiceDeploymentRow {
  if (deployment.state === null) return { ...deployment, superseded: true, updatedAt: now };
  if (deployment.requests.some((request) => request.kind === 'supersede')) return deployment;
  return { ...deployment, requests: [...deployment.requests, { kind: 'supersede' }], updatedAt: now };
}
