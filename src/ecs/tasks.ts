import type { Task } from '@aws-sdk/client-ecs';
import type { Clients } from './clients.ts';
import { describedTasks } from './described-tasks.ts';
import { tailOfTask } from './logs.ts';

/** A task that ended, with its last words: what is left of it must be read before the engine forgets it. */
export interface EndedTask {
  readonly task: string;
  readonly taskDefinition: string;
  readonly exitCode: number | null;
  readonly reason: string;
  readonly stoppedAt: number;
  readonly lines: readonly string[];
}

export interface EndedQuery {
  readonly cluster: string;
  readonly service: string;
  readonly taskDefinition: string;
  readonly containerName: string;
  readonly log: { readonly group: string; readonly prefix: string };
}

/** The tasks of one revision that ended of themselves, newest first: those that scaling stopped tell nothing. */
export async function endedTasks(clients: Clients, query: EndedQuery): Promise<readonly EndedTask[]> {
  const stopped = await describe(clients, query, 'STOPPED');
  const newest = stopped
    .filter(({ stoppedReason }) => stoppedReason?.startsWith('Scaling activity') !== true)
    .toSorted((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0))
    .slice(0, 3);
  return Promise.all(newest.map((task) => ended(clients, query, task)));
}

/** The last words of one that runs (or hangs): for green that never becomes healthy. */
export async function runningTasks(clients: Clients, query: EndedQuery): Promise<readonly EndedTask[]> {
  const running = await describe(clients, query, 'RUNNING');
  return Promise.all(running.slice(0, 1).map((task) => ended(clients, query, task)));
}

async function describe(
  clients: Clients,
  query: EndedQuery,
  desiredStatus: 'STOPPED' | 'RUNNING',
): Promise<readonly Task[]> {
  const { cluster, service, taskDefinition } = query;
  const tasks = await describedTasks(clients, { cluster, serviceName: service, desiredStatus });
  return tasks.filter((task) => task.taskDefinitionArn === taskDefinition);
}

async function ended(clients: Clients, query: EndedQuery, task: Task): Promise<EndedTask> {
  const container = task.containers?.find(({ name }) => name === query.containerName) ?? task.containers?.[0];
  const taskArn = task.taskArn ?? '';
  return {
    task: taskArn,
    taskDefinition: task.taskDefinitionArn ?? '',
    exitCode: container?.exitCode ?? null,
    reason: container?.reason ?? task.stoppedReason ?? task.lastStatus ?? '',
    stoppedAt: task.stoppedAt?.getTime() ?? 0,
    lines: await tailOfTask(clients, { ...query.log, containerName: query.containerName, taskArn }, 20),
  };
}
