import type { Core } from '../core.ts';
import { clusterArn, isArn, lastPart, serviceArn, taskArn } from '../model/arn.ts';
import type { ClusterRow, ServiceRow, TaskDefinitionRow, TaskRow } from '../model/ecs.ts';
import {
  clientException,
  clusterNotFound,
  invalidParameter,
  serviceNotActive,
  serviceNotFound,
} from './failures.ts';

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

/** A service ARN carries its cluster, and is refused where another one is asked. */
export function findService(core: Core, cluster: ClusterRow, service: string): ServiceRow | undefined {
  const [, owner = cluster.name] = isArn(service) ? (/:service\/(.+)\//.exec(service) ?? []) : [];
  if (owner !== cluster.name)
    throw invalidParameter(
      `Invalid identifier: Identifier is for cluster ${owner}. Your cluster is ${cluster.name}`,
    );
  return core.tables.services.get(serviceArn(core.account, cluster.name, lastPart(service)));
}

export function existingService(core: Core, cluster: string | undefined, service: string): ServiceRow {
  const row = findService(core, activeCluster(core, cluster), service);
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
