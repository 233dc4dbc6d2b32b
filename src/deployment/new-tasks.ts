import type { EndedQuery } from '../ecs/tasks.ts';
import type { Rollout } from '../journal/rollout.ts';
import type { Deployment } from './context.ts';

/** How the tasks of a service's new revision are asked for; null when the service is not part of the rollout. */
export function newTasksOf(name: string, rollout: Rollout, { services }: Deployment): EndedQuery | null {
  const service = services.find((one) => one.name === name);
  const rolled = rollout.services.find((one) => one.service === name);
  if (!service || !rolled) return null;
  return {
    cluster: service.cluster,
    service: service.engineName,
    taskDefinition: rolled.target,
    containerName: service.containerName,
    log: { group: service.logGroup, prefix: service.logPrefix },
  };
}
