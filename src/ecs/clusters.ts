import type { Clients } from './clients.ts';

/** How much runs in a cluster. */
export interface ClusterReading {
  readonly name: string;
  readonly services: number;
  readonly tasks: number;
}

export async function readClusters({ ecs }: Clients): Promise<readonly ClusterReading[]> {
  const { DescribeClustersCommand, paginateListClusters } = await import('@aws-sdk/client-ecs');
  const readings: ClusterReading[] = [];
  for await (const { clusterArns = [] } of paginateListClusters({ client: ecs }, {})) {
    if (clusterArns.length === 0) continue;
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: clusterArns }));
    for (const { clusterName = '', activeServicesCount = 0, runningTasksCount = 0 } of clusters)
      readings.push({ name: clusterName, services: activeServicesCount, tasks: runningTasksCount });
  }
  return readings;
}
