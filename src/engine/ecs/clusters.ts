import type {
  Cluster,
  CreateClusterRequest,
  DeleteClusterRequest,
  DescribeClustersRequest,
  ListClustersRequest,
  UpdateClusterRequest,
  UpdateClusterSettingsRequest,
} from '@aws-sdk/client-ecs';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { clusterArn } from '../model/arn.ts';
import type { ClusterRow } from '../model/ecs.ts';
import { page } from '../paging.ts';
import { clusterNotFound, invalidParameter, invalidToken } from './failures.ts';
import { pageSize, refuseMoreThan } from './limits.ts';
import { activeCluster, findCluster } from './names.ts';
import { tagsOf } from './tags.ts';

export function createCluster(core: Core, input: CreateClusterRequest, context: RequestContext) {
  const name = input.clusterName ?? 'default';
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(name)) throw invalidParameter('Invalid cluster name.');
  const arn = clusterArn(core.account, name);
  const existing = core.tables.clusters.get(arn);
  if (existing?.status === 'ACTIVE') return { cluster: clusterView(core, existing, true) };
  const row: ClusterRow = {
    arn,
    name,
    status: 'ACTIVE',
    settings: input.settings ?? [{ name: 'containerInsights', value: 'disabled' }],
    capacityProviders: input.capacityProviders ?? [],
    defaultCapacityProviderStrategy: input.defaultCapacityProviderStrategy ?? [],
    configuration: input.configuration,
    serviceConnectDefaults: input.serviceConnectDefaults,
    createdAt: context.now,
  };
  core.tables.clusters.put(arn, row);
  if (input.tags !== undefined) core.tables.tags.put(arn, input.tags);
  return { cluster: clusterView(core, row, true) };
}

/** What the update does not name stays. */
export function updateCluster(core: Core, input: UpdateClusterRequest) {
  const row = activeCluster(core, input.cluster);
  const changed: ClusterRow = {
    ...row,
    settings: input.settings === undefined ? row.settings : withSettings(row.settings, input.settings),
    configuration: input.configuration ?? row.configuration,
    serviceConnectDefaults: input.serviceConnectDefaults ?? row.serviceConnectDefaults,
  };
  core.tables.clusters.put(row.arn, changed);
  return { cluster: clusterView(core, changed, false) };
}

export function updateClusterSettings(core: Core, input: UpdateClusterSettingsRequest) {
  return updateCluster(core, { cluster: input.cluster, settings: input.settings });
}

function withSettings(before: ClusterRow['settings'], given: ClusterRow['settings']): ClusterRow['settings'] {
  const names = new Set(given.map(({ name }) => name));
  return [...before.filter(({ name }) => !names.has(name)), ...given];
}

export function describeClusters(core: Core, input: DescribeClustersRequest) {
  const clusters: Cluster[] = [];
  const failures: { arn: string; reason: string }[] = [];
  const names = input.clusters ?? ['default'];
  refuseMoreThan(100, names, 'clusters');
  for (const name of names) {
    const row = findCluster(core, name);
    if (row === undefined)
      failures.push({
        arn: name.startsWith('arn:') ? name : clusterArn(core.account, name),
        reason: 'MISSING',
      });
    else clusters.push(clusterView(core, row, input.include?.includes('TAGS') ?? false));
  }
  return { clusters, failures };
}

export function listClusters(core: Core, input: ListClustersRequest) {
  const arns = [...core.tables.clusters.all()].filter((row) => row.status === 'ACTIVE').map((row) => row.arn);
  const { items, nextToken } = page(arns, input.nextToken, pageSize(input.maxResults, 100), invalidToken);
  return { clusterArns: [...items], nextToken };
}

export function deleteCluster(core: Core, input: DeleteClusterRequest) {
  const row = findCluster(core, input.cluster);
  if (row === undefined) throw clusterNotFound();
  if (row.status === 'INACTIVE') return { cluster: clusterView(core, row, false) };
  if (core.tables.services.in(row.arn).some((service) => service.status !== 'INACTIVE')) {
    throw new ApiError(
      'ClusterContainsServicesException',
      'The Cluster cannot be deleted while Services are active.',
    );
  }
  if (tasksOf(core, row).some((task) => task.lastStatus !== 'STOPPED')) {
    throw new ApiError(
      'ClusterContainsTasksException',
      'The Cluster cannot be deleted while Tasks are active.',
    );
  }
  const inactive: ClusterRow = { ...row, status: 'INACTIVE' };
  core.tables.clusters.put(row.arn, inactive);
  core.tables.tags.delete(row.arn);
  return { cluster: clusterView(core, inactive, false) };
}

const tasksOf = (core: Core, cluster: ClusterRow) =>
  [...core.tables.tasks.all()].filter((task) => task.clusterArn === cluster.arn);

export function clusterView(core: Core, row: ClusterRow, withTags: boolean): Cluster {
  const tasks = tasksOf(core, row);
  return {
    clusterArn: row.arn,
    clusterName: row.name,
    status: row.status,
    registeredContainerInstancesCount: 0,
    runningTasksCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(
      (task) => task.lastStatus === 'PROVISIONING' || task.lastStatus === 'PENDING',
    ).length,
    activeServicesCount: core.tables.services.in(row.arn).filter((service) => service.status === 'ACTIVE')
      .length,
    statistics: [],
    tags: withTags ? tagsOf(core, row.arn) : [],
    settings: row.settings,
    ...(row.configuration === undefined ? {} : { configuration: row.configuration }),
    ...(row.serviceConnectDefaults === undefined
      ? {}
      : { serviceConnectDefaults: row.serviceConnectDefaults }),
    capacityProviders: [...row.capacityProviders],
    defaultCapacityProviderStrategy: row.defaultCapacityProviderStrategy,
  };
}
