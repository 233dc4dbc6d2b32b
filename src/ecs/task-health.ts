import type { Clients } from './clients.ts';
import { describedTasks } from './described-tasks.ts';
import type { EndedQuery } from './tasks.ts';

/** Whether a task did not end by itself, but was stopped for failing its health checks: ECS says so in its reason only. */
export const failedHealthChecks = (reason: string): boolean => /^Task failed .*health checks/.test(reason);

/**
 * Where a running task of a revision can be asked itself, past the load balancer; null where none can. Only the embedded
 * engine binds a task to a port of this machine: the address of a task on Fargate may be anybody's out here.
 */
export async function addressOfTask(
  clients: Clients,
  { cluster, service, taskDefinition, containerName }: EndedQuery,
  port: number,
): Promise<string | null> {
  const running = { cluster, serviceName: service, desiredStatus: 'RUNNING' } as const;
  for (const task of await describedTasks(clients, running)) {
    if (task.taskDefinitionArn !== taskDefinition || task.lastStatus !== 'RUNNING') continue;
    const container = task.containers?.find(({ name }) => name === containerName);
    const binding = container?.networkBindings?.find(({ containerPort }) => containerPort === port);
    if (binding?.bindIP !== undefined && binding.hostPort !== undefined)
      return `http://${binding.bindIP}:${binding.hostPort}`;
  }
  return null;
}
