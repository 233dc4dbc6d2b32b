import type { Check } from './findings.ts';

export const clusters: Check = {
  what: 'whether the clusters are there',
  async look({ clients, services }) {
    const { DescribeClustersCommand } = await import('@aws-sdk/client-ecs');
    const wanted = [...new Set(services.map(({ handover }) => handover.cluster))];
    const answer = await clients.ecs.send(new DescribeClustersCommand({ clusters: wanted }));
    const active = (answer.clusters ?? []).filter(({ status }) => status === 'ACTIVE');
    const known = new Set(active.flatMap(({ clusterName, clusterArn }) => [clusterName, clusterArn]));
    return wanted
      .filter((name) => !known.has(name))
      .map((name) => ({
        code: 'cluster-missing',
        what: `there is no cluster ${name}`,
        where: `Amazon ECS, ${clients.address.region}`,
        why: 'the hand-over names it, and on AWS clusters are made before a deployment',
        next: `make it (\`aws ecs create-cluster --cluster-name ${name}\`), or hand over the one that is meant`,
      }));
  },
};
