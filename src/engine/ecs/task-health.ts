import type { Core } from '../core.ts';
import type { ContainerHealth, ContainerRow, TaskRow } from '../model/ecs.ts';

/** The essential containers of a task that have a health check: those that do not have one, or do not matter, are left out. */
export function checkedContainers(core: Core, task: TaskRow): readonly ContainerRow[] {
  const definitions = core.tables.taskDefinitions.get(task.taskDefinitionArn)?.containers ?? [];
  return task.containers.filter(
    (container) =>
      container.essential &&
      definitions.some(({ name, healthCheck }) => name === container.name && isCheck(healthCheck?.command)),
  );
}

/** A task is as healthy as the least of its checked containers; without one nobody knows. */
export function healthOfAll(checked: readonly ContainerRow[]): ContainerHealth {
  const states = checked.map(({ healthStatus = 'UNKNOWN' }) => healthStatus);
  if (states.includes('UNHEALTHY')) return 'UNHEALTHY';
  return states.length > 0 && states.every((state) => state === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN';
}

const isCheck = (command: readonly string[] | undefined): boolean =>
  command !== undefined && command[0] !== undefined && command[0] !== 'NONE';
