import type { TaskService } from '../ecs/task-definition.ts';
import type { EndedQuery } from '../ecs/tasks.ts';
import type { Rollout } from '../journal/rollout.ts';
import type { Deployment } from './context.ts';

/** How the tasks of a service's new revision are asked for; null when the service is not part of the rollout. */
export function newTasksOf(name: string, rollout: Rollout, { services }: Deployment): EndedQuery | null {
  const service = services.find((one) => one.name === name);
  const rolled = rollout.services.find((one) => one.service === name);
  if (!service || !rolled) return null;
  return tasksOf(service, rolled.target);
}

/** How the tasks of one revision of a service are asked for. */
export function tasksOf(service: TaskService, taskDefinition: string): EndedQuery {
  const { cluster, engineName, containerName, logGroup, logPrefix } = service;
  const log = { group: logGroup, prefix: logPrefix };
  return { cluster, service: engineName, taskDefinition, containerName, log };
}
