import type {
  CreateServiceRequest,
  DeleteServiceRequest,
  DescribeServicesRequest,
  ListServicesByNamespaceRequest,
  ListServicesRequest,
  Service,
  UpdateServiceRequest,
} from '@aws-sdk/client-ecs';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { isArn, serviceArn } from '../model/arn.ts';
import type { ServiceRow } from '../model/ecs.ts';
import { page } from '../paging.ts';
import { invalidParameter, invalidToken } from './failures.ts';
import { pageSize, refuseMoreThan } from './limits.ts';
import { activeCluster, activeService, existingService, findService } from './names.ts';
import { deployRevision, openDeployments } from './rollout.ts';
import { needsNewRevision, newSettings, updatedSettings } from './service-settings.ts';
import { serviceView } from './service-view.ts';

export function createService(core: Core, input: CreateServiceRequest, context: RequestContext) {
  const cluster = activeCluster(core, input.cluster);
  const name = input.serviceName ?? '';
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(name)) throw invalidParameter('Invalid service name.');
  const arn = serviceArn(core.account, cluster.name, name);
  const existing = core.tables.services.get(arn);
  if (existing?.status === 'ACTIVE') throw invalidParameter('Creation of service was not idempotent.');
  if (existing?.status === 'DRAINING')
    throw invalidParameter('Unable to Start a service that is still Draining.');
  const settings = newSettings(core, input);
  if (input.desiredCount === undefined)
    throw invalidParameter('desiredCount is required where schedulingStrategy is REPLICA.');
  const desiredCount = checkedCount(input.desiredCount);
  const row = deployRevision(
    core,
    {
      arn,
      name,
      clusterArn: cluster.arn,
      clusterName: cluster.name,
      status: 'ACTIVE',
      createdAt: context.now,
      inactiveAt: null,
      desiredCount,
      settings,
      currentRevision: null,
      currentDeployment: null,
    },
    context.now,
  );
  core.tables.services.put(arn, row);
  core.tables.serviceEvents.put(arn, { serviceArn: arn, events: [], steady: false });
  if (input.tags !== undefined && input.tags.length > 0) core.tables.tags.put(arn, input.tags);
  else core.tables.tags.delete(arn);
  return { service: serviceView(core, row, true) };
}

export function updateService(core: Core, input: UpdateServiceRequest, context: RequestContext) {
  const service = activeService(core, input.cluster, input.service ?? '');
  const settings = updatedSettings(core, service.settings, input);
  const changed: ServiceRow = {
    ...service,
    settings,
    desiredCount: input.desiredCount === undefined ? service.desiredCount : checkedCount(input.desiredCount),
  };
  const newRevision = input.forceNewDeployment === true || needsNewRevision(service.settings, settings);
  const row = newRevision ? deployRevision(core, changed, context.now) : changed;
  core.tables.services.put(row.arn, row);
  return { service: serviceView(core, row, false) };
}

export function deleteService(core: Core, input: DeleteServiceRequest, context: RequestContext) {
  const service = existingService(core, input.cluster, input.service ?? '');
  if (service.status === 'INACTIVE') return { service: serviceView(core, service, false) };
  const running = core.tables.tasks.in(service.arn).some((task) => task.lastStatus !== 'STOPPED');
  if (input.force !== true && service.desiredCount > 0) {
    throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
  }
  for (const deployment of openDeployments(core, service.arn)) {
    core.tables.serviceDeployments.put(
      deployment.arn,
      deployment.state === null
        ? { ...deployment, superseded: true, updatedAt: context.now }
        : {
            ...deployment,
            state: {
              ...deployment.state,
              status: 'STOPPED',
              statusReason: 'The service was deleted.',
              finishedAt: context.now,
            },
            updatedAt: context.now,
          },
    );
  }
  const row: ServiceRow = {
    ...service,
    desiredCount: 0,
    status: running ? 'DRAINING' : 'INACTIVE',
    inactiveAt: running ? null : context.now,
  };
  core.tables.services.put(row.arn, row);
  core.tables.tags.delete(row.arn);
  return { service: serviceView(core, row, false) };
}

export function describeServices(core: Core, input: DescribeServicesRequest) {
  const names = input.services ?? [];
  if (names.length === 0) throw invalidParameter('Services cannot be empty.');
  refuseMoreThan(10, names, 'service names');
  const cluster = activeCluster(core, input.cluster);
  const withTags = input.include?.includes('TAGS') === true;
  const services: Service[] = [];
  const failures: { arn: string; reason: string }[] = [];
  for (const name of names) {
    const row = findService(core, cluster, name);
    if (row === undefined)
      failures.push({
        arn: isArn(name) ? name : serviceArn(core.account, cluster.name, name),
        reason: 'MISSING',
      });
    else services.push(serviceView(core, row, withTags));
  }
  return { services, failures };
}

export function listServices(core: Core, input: ListServicesRequest) {
  const cluster = activeCluster(core, input.cluster);
  const arns = core.tables.services
    .in(cluster.arn)
    .filter((row) => row.status === 'ACTIVE' && input.schedulingStrategy !== 'DAEMON')
    .filter((row) => input.launchType === undefined || row.settings.launchType === input.launchType)
    .map((row) => row.arn);
  const { items, nextToken } = page(arns, input.nextToken, pageSize(input.maxResults, 10), invalidToken);
  return { serviceArns: [...items], nextToken };
}

/** No service here is in a namespace. */
export function listServicesByNamespace(_core: Core, input: ListServicesByNamespaceRequest) {
  if ((input.namespace ?? '') === '') throw invalidParameter('Namespace can not be blank.');
  return { serviceArns: [] };
}

function checkedCount(count: number): number {
  if (!Number.isInteger(count) || count < 0)
    throw invalidParameter('desiredCount must be greater than or equal to 0.');
  return count;
}
