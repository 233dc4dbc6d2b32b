import type { Core } from '../core.ts';
import { clusterArn, isArn, lastPart, serviceArn, taskArn } from '../model/arn.ts';
import type { ClusterRow, ServiceRow, TaskDefinitionRow, TaskRow } from '../model/ecs.ts';
import { clientException, clusterNotFound, serviceNotActive, serviceNotFound } from './failures.ts';

/** Clients name things by short name or by ARN; these find them, or throw ECS's own exception. */
export function findCluster(core: Core, cluster: string | undefined): ClusterRow | undefined {
  const name = lastPart(cluster ?? 'default');
  return core.tables.clusters.get(clusterArn(core.account, name));
}

export function activeCluster(core: Core, cluster: string | undefined): ClusterRow {
  const row = findCluster(core, cluster);
  if (row === undefined || row.status !== 'ACTIVE') throw clusterNotFound();
  return row;
}

/** A service ARN carries its cluster; a short name is looked up in `cluster`. */
export function findService(
  core: Core,
  cluster: string | undefined,
  service: string,
): ServiceRow | undefined {
  if (isArn(service)) {
    const row = core.tables.services.get(service);
    if (row !== undefined) return row;
  }
  const row = findCluster(core, cluster);
  return row === undefined
    ? undefined
    : core.tables.services.get(serviceArn(core.account, row.name, lastPart(service)));
}

export function existingService(core: Core, cluster: string | undefined, service: string): ServiceRow {
  if (!isArn(service)) activeCluster(core, cluster);
  const row = findService(core, cluster, service);
  if (row === undefined) throw serviceNotFound();
  return row;
}

export function activeService(core: Core, cluster: string | undefined, service: string): ServiceRow {
  const row = existingService(core, cluster, service);
  if (row.status !== 'ACTIVE') throw serviceNotActive();
  return row;
}

/** `family`, `family:revision` or an ARN; a bare family is its latest ACTIVE revision. */
export function findTaskDefinition(core: Core, name: string): TaskDefinitionRow | undefined {
  const short = isArn(name) ? lastPart(name) : name;
  const [family = '', revision] = short.split(':');
  const revisions = core.tables.taskDefinitions.in(family);
  if (revision === undefined) return revisions.findLast((row) => row.status === 'ACTIVE');
  return revisions.find((row) => String(row.revision) === revision);
}

export function activeTaskDefinition(core: Core, name: string): TaskDefinitionRow {
  const row = findTaskDefinition(core, name);
  if (row === undefined) throw clientException('TaskDefinition not found.');
  if (row.status !== 'ACTIVE') throw clientException('TaskDefinition is inactive');
  return row;
}

export function findTask(core: Core, cluster: ClusterRow, task: string): TaskRow | undefined {
  return core.tables.tasks.get(taskArn(core.account, cluster.name, lastPart(task)));
}
