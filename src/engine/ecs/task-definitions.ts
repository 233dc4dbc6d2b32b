import type {
  ContainerDefinition,
  DeleteTaskDefinitionsRequest,
  DeregisterTaskDefinitionRequest,
  DescribeTaskDefinitionRequest,
  ListTaskDefinitionFamiliesRequest,
  ListTaskDefinitionsRequest,
  RegisterTaskDefinitionRequest,
  TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { lastPart, taskDefinitionArn } from '../model/arn.ts';
import type { TaskDefinitionRow } from '../model/ecs.ts';
import { page } from '../paging.ts';
import { clientException, invalidParameter, invalidToken } from './failures.ts';
import { pageSize } from './limits.ts';
import { findTaskDefinition } from './names.ts';
import { tagsOf } from './tags.ts';
import { checkTaskDefinition, compatibilitiesOf, cpuUnits, memoryMiB } from './task-definition-rules.ts';

export function registerTaskDefinition(
  core: Core,
  input: RegisterTaskDefinitionRequest,
  context: RequestContext,
) {
  checkTaskDefinition(input);
  const { family = '', tags, containerDefinitions = [], ...definition } = input;
  const revision = (core.tables.families.get(family)?.lastRevision ?? 0) + 1;
  const row: TaskDefinitionRow = {
    arn: taskDefinitionArn(core.account, family, revision),
    family,
    revision,
    status: 'ACTIVE',
    definition: {
      ...definition,
      ...(definition.cpu === undefined ? {} : { cpu: String(cpuUnits(definition.cpu) ?? definition.cpu) }),
      ...(definition.memory === undefined
        ? {}
        : { memory: String(memoryMiB(definition.memory) ?? definition.memory) }),
    },
    containers: containerDefinitions.map((container) => withDefaults(container, input)),
    compatibilities: compatibilitiesOf(input),
    registeredAt: context.now,
    deregisteredAt: null,
  };
  core.tables.families.put(family, { family, lastRevision: revision });
  core.tables.taskDefinitions.put(row.arn, row);
  if (tags !== undefined && tags.length > 0) core.tables.tags.put(row.arn, tags);
  return { taskDefinition: taskDefinitionView(core, row), tags: tagsOf(core, row.arn) };
}

/** ECS answers with the defaults filled in. */
function withDefaults(
  container: ContainerDefinition,
  task: RegisterTaskDefinitionRequest,
): ContainerDefinition {
  return {
    ...container,
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      ...mapping,
      hostPort: mapping.hostPort ?? (task.networkMode === 'awsvpc' ? mapping.containerPort : 0),
      protocol: mapping.protocol ?? 'tcp',
    })),
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(container.healthCheck === undefined
      ? {}
      : { healthCheck: { interval: 30, timeout: 5, retries: 3, ...container.healthCheck } }),
  };
}

export function deregisterTaskDefinition(
  core: Core,
  input: DeregisterTaskDefinitionRequest,
  context: RequestContext,
) {
  const name = input.taskDefinition ?? '';
  if (!name.includes(':')) throw invalidParameter('Revision is missing.');
  const row = findTaskDefinition(core, name);
  if (row === undefined) throw clientException('The specified task definition does not exist.');
  if (row.status === 'DELETE_IN_PROGRESS')
    throw clientException('The specified task definition is in the process of being deleted.');
  const inactive: TaskDefinitionRow =
    row.status === 'INACTIVE' ? row : { ...row, status: 'INACTIVE', deregisteredAt: context.now };
  core.tables.taskDefinitions.put(row.arn, inactive);
  return { taskDefinition: taskDefinitionView(core, inactive) };
}

/** What is to be deleted is marked, and stays: ECS too keeps it for as long as anything may refer to it. */
export function deleteTaskDefinitions(
  core: Core,
  input: DeleteTaskDefinitionsRequest,
  context: RequestContext,
) {
  const names = input.taskDefinitions ?? [];
  if (names.length === 0 || names.length > 10)
    throw invalidParameter('Between 1 and 10 task definitions must be specified.');
  const unversioned = names.find((name) => !lastPart(name).includes(':'));
  if (unversioned !== undefined)
    throw invalidParameter(
      `Invalid task definition identifier. You must specify the revision: ${unversioned}`,
    );
  const taskDefinitions: TaskDefinition[] = [];
  const failures: { arn: string; reason: string }[] = [];
  for (const name of names) {
    const row = findTaskDefinition(core, name);
    if (row === undefined) {
      failures.push({
        arn: name,
        reason:
          'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
      });
    } else if (row.status === 'ACTIVE') {
      failures.push({
        arn: row.arn,
        reason:
          'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
      });
    } else {
      const deleted: TaskDefinitionRow = {
        ...row,
        status: 'DELETE_IN_PROGRESS',
        deleteRequestedAt: row.deleteRequestedAt ?? context.now,
      };
      core.tables.taskDefinitions.put(row.arn, deleted);
      taskDefinitions.push(taskDefinitionView(core, deleted));
    }
  }
  return { taskDefinitions, failures };
}

export function describeTaskDefinition(core: Core, input: DescribeTaskDefinitionRequest) {
  const row = findTaskDefinition(core, input.taskDefinition ?? '');
  if (row === undefined) throw clientException('Unable to describe task definition.');
  return {
    taskDefinition: taskDefinitionView(core, row),
    tags: input.include?.includes('TAGS') === true ? tagsOf(core, row.arn) : [],
  };
}

export function listTaskDefinitions(core: Core, input: ListTaskDefinitionsRequest) {
  const { status = 'ACTIVE' } = input;
  const size = pageSize(input.maxResults, 100);
  const rows = [...core.tables.taskDefinitions.all()]
    .filter(
      (row) =>
        row.status === status && (input.familyPrefix === undefined || row.family === input.familyPrefix),
    )
    .sort((a, b) => (a.family === b.family ? a.revision - b.revision : a.family < b.family ? -1 : 1));
  if (input.sort === 'DESC') rows.reverse();
  const { items, nextToken } = page(rows, input.nextToken, size, invalidToken);
  return { taskDefinitionArns: items.map((row) => row.arn), nextToken };
}

export function listTaskDefinitionFamilies(core: Core, input: ListTaskDefinitionFamiliesRequest) {
  const wanted = input.status ?? 'ACTIVE';
  const families = [...core.tables.families.all()]
    .map((row) => row.family)
    .filter((family) => family.startsWith(input.familyPrefix ?? ''))
    .filter((family) => {
      const active = core.tables.taskDefinitions.in(family).some((row) => row.status === 'ACTIVE');
      return wanted === 'ALL' || active === (wanted === 'ACTIVE');
    })
    .sort();
  const { items, nextToken } = page(families, input.nextToken, pageSize(input.maxResults, 100), invalidToken);
  return { families: [...items], nextToken };
}

function taskDefinitionView(core: Core, row: TaskDefinitionRow): TaskDefinition {
  return {
    ...row.definition,
    taskDefinitionArn: row.arn,
    containerDefinitions: [...row.containers],
    family: row.family,
    revision: row.revision,
    volumes: row.definition.volumes ?? [],
    status: row.status,
    placementConstraints: row.definition.placementConstraints ?? [],
    compatibilities: [...row.compatibilities],
    registeredAt: new Date(row.registeredAt),
    ...(row.deregisteredAt === null ? {} : { deregisteredAt: new Date(row.deregisteredAt) }),
    ...(row.deleteRequestedAt === undefined ? {} : { deleteRequestedAt: new Date(row.deleteRequestedAt) }),
    registeredBy: `arn:aws:iam::${core.account.accountId}:root`,
  };
}
