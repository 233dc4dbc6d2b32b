import type {
  DescribeTasksRequest,
  ListTasksRequest,
  RunTaskRequest,
  StopTaskRequest,
  Task,
} from '@aws-sdk/client-ecs';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { isArn, taskArn } from '../model/arn.ts';
import type { TaskRow } from '../model/ecs.ts';
import { page } from '../paging.ts';
import { invalidParameter, invalidToken } from './failures.ts';
import { pageSize, refuseMoreThan } from './limits.ts';
import { activeCluster, activeTaskDefinition, findService, findTask } from './names.ts';
import { newTask } from './new-task.ts';
import { tagsOf } from './tags.ts';
import { taskView } from './task-view.ts';

export function runTask(core: Core, input: RunTaskRequest, context: RequestContext) {
  const cluster = activeCluster(core, input.cluster);
  const taskDefinition = activeTaskDefinition(core, input.taskDefinition ?? '');
  const count = input.count ?? 1;
  if (count < 1 || count > 10) throw invalidParameter('Count must be between 1 and 10.');
  if (input.startedBy !== undefined && input.startedBy.length > 128)
    throw invalidParameter('startedBy can be at most 128 characters long.');
  if (input.group?.startsWith('service:') === true)
    throw invalidParameter("Invalid namespace for group: 'service' is reserved.");
  const overrides = input.overrides ?? {};
  for (const override of overrides.containerOverrides ?? []) {
    if (override.name === undefined) throw invalidParameter('Container name cannot be blank in an override.');
    if (!taskDefinition.containers.some((container) => container.name === override.name)) {
      throw invalidParameter(
        `Override for container named ${override.name} is not a container in the TaskDefinition.`,
      );
    }
  }
  const tasks = Array.from({ length: count }, () => {
    const row = newTask(
      core,
      {
        cluster,
        taskDefinition,
        serviceArn: null,
        revisionArn: null,
        group: input.group ?? `family:${taskDefinition.family}`,
        startedBy: input.startedBy ?? null,
        launchType: input.launchType ?? 'FARGATE',
        platformVersion: input.platformVersion ?? '1.4.0',
        overrides,
        enableExecuteCommand: input.enableExecuteCommand ?? false,
        startAfter: 0,
      },
      context.now,
    );
    const tags = [
      ...(input.propagateTags === 'TASK_DEFINITION' ? tagsOf(core, taskDefinition.arn) : []),
      ...(input.tags ?? []),
    ];
    if (tags.length > 0) core.tables.tags.put(row.arn, tags);
    return taskView(core, row, true);
  });
  return { tasks, failures: [] };
}

export function stopTask(core: Core, input: StopTaskRequest, context: RequestContext) {
  const cluster = activeCluster(core, input.cluster);
  const row = findTask(core, cluster, input.task ?? '');
  if (row === undefined) throw invalidParameter('The referenced task was not found.');
  const asked: TaskRow =
    row.desiredStatus === 'STOPPED'
      ? row
      : {
          ...row,
          desiredStatus: 'STOPPED',
          stopCode: 'UserInitiated',
          stoppedReason: input.reason ?? 'Task stopped by user',
          stoppingAt: context.now,
          version: row.version + 1,
        };
  core.tables.tasks.put(asked.arn, asked);
  return { task: taskView(core, asked, false) };
}

export function describeTasks(core: Core, input: DescribeTasksRequest) {
  const cluster = activeCluster(core, input.cluster);
  const names = input.tasks ?? [];
  if (names.length === 0) throw invalidParameter('Tasks cannot be empty.');
  refuseMoreThan(100, names, 'taskIds');
  const tasks: Task[] = [];
  const failures: { arn: string; reason: string }[] = [];
  for (const name of names) {
    const row = findTask(core, cluster, name);
    if (row === undefined)
      failures.push({
        arn: isArn(name) ? name : taskArn(core.account, cluster.name, name),
        reason: 'MISSING',
      });
    else tasks.push(taskView(core, row, input.include?.includes('TAGS') === true));
  }
  return { tasks, failures };
}

export function listTasks(core: Core, input: ListTasksRequest) {
  const cluster = activeCluster(core, input.cluster);
  const desired = input.desiredStatus ?? 'RUNNING';
  let rows: readonly TaskRow[];
  if (input.serviceName === undefined)
    rows = [...core.tables.tasks.all()].filter((task) => task.clusterArn === cluster.arn);
  else {
    const service = findService(core, cluster, input.serviceName);
    if (service === undefined) throw invalidParameter('Service not found.');
    rows = core.tables.tasks.in(service.arn);
  }
  const arns = rows
    .filter((task) => task.desiredStatus === desired)
    .filter((task) => input.family === undefined || familyOf(core, task) === input.family)
    .filter((task) => input.startedBy === undefined || task.startedBy === input.startedBy)
    .filter((task) => input.launchType === undefined || task.launchType === input.launchType)
    .map((task) => task.arn);
  const { items, nextToken } = page(arns, input.nextToken, pageSize(input.maxResults, 100), invalidToken);
  return { taskArns: [...items], nextToken };
}

const familyOf = (core: Core, task: TaskRow): string | undefined =>
  core.tables.taskDefinitions.get(task.taskDefinitionArn)?.family;
