import type { ListTasksCommandInput, Task } from '@aws-sdk/client-ecs';
import type { Clients } from './clients.ts';

/** All tasks that a query lists, as they are described: a page at a time, as many as one question may name. */
export async function describedTasks(
  { ecs }: Pick<Clients, 'ecs'>,
  query: ListTasksCommandInput & { readonly cluster: string },
): Promise<readonly Task[]> {
  const { DescribeTasksCommand, paginateListTasks } = await import('@aws-sdk/client-ecs');
  const found: Task[] = [];
  for await (const { taskArns = [] } of paginateListTasks({ client: ecs, pageSize: 100 }, query)) {
    if (taskArns.length === 0) continue;
    const { tasks = [] } = await ecs.send(
      new DescribeTasksCommand({ cluster: query.cluster, tasks: taskArns }),
    );
    found.push(...tasks);
  }
  return found;
}
