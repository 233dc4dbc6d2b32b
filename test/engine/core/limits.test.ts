import { expect, test } from 'vitest';
import { testEngine } from './rig.ts';

const refused = (message: string) => ({ name: 'InvalidParameterException', message });
const names = (length: number): string[] => Array.from({ length }, (_, index) => `n${index}`);

test('one question names as many things as ECS allows, and no more', async () => {
  const { ecs } = (await testEngine()).clients;
  await ecs.createCluster({ clusterName: 'test' });
  const arns = (kind: string, length: number): string[] =>
    names(length).map((name) => `arn:aws:ecs:us-east-1:000000000000:${kind}/test/web/${name}`);
  const failing = async (asked: Promise<{ failures?: unknown[] | undefined }>): Promise<number> =>
    (await asked).failures?.length ?? 0;

  const services = (length: number) => ecs.describeServices({ cluster: 'test', services: names(length) });
  expect(await failing(services(10))).toBe(10);
  await expect(services(11)).rejects.toMatchObject(refused('service names can have at most 10 items.'));

  const tasks = (length: number) => ecs.describeTasks({ cluster: 'test', tasks: names(length) });
  expect(await failing(tasks(100))).toBe(100);
  await expect(tasks(101)).rejects.toMatchObject(refused('taskIds can have at most 100 items.'));

  const clusters = (length: number) => ecs.describeClusters({ clusters: names(length) });
  expect(await failing(clusters(100))).toBe(100);
  await expect(clusters(101)).rejects.toMatchObject(refused('clusters can have at most 100 items.'));

  const deployments = (length: number) =>
    ecs.describeServiceDeployments({ serviceDeploymentArns: arns('service-deployment', length) });
  expect(await failing(deployments(20))).toBe(20);
  await expect(deployments(21)).rejects.toMatchObject(
    refused('serviceDeploymentArns can have at most 20 items.'),
  );

  const revisions = (length: number) =>
    ecs.describeServiceRevisions({ serviceRevisionArns: arns('service-revision', length) });
  expect(await failing(revisions(20))).toBe(20);
  await expect(revisions(21)).rejects.toMatchObject(
    refused('serviceRevisionArns can have at most 20 items.'),
  );
});

test('a page has from one to a hundred results, and what is usual for the operation where nobody says', async () => {
  const { ecs } = (await testEngine()).clients;
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'web',
    memory: '512',
    containerDefinitions: [{ name: 'web', image: 'web' }],
  });
  for (const serviceName of names(11))
    await ecs.createService({ cluster: 'test', serviceName, taskDefinition: 'web', desiredCount: 0 });
  const services = (maxResults?: number) =>
    ecs.listServices({ cluster: 'test', ...(maxResults === undefined ? {} : { maxResults }) });
  expect((await services()).serviceArns).toHaveLength(10);
  expect((await services(100)).serviceArns).toHaveLength(11);
  for (const maxResults of [0, 101]) {
    const asked = [
      services(maxResults),
      ecs.listTasks({ cluster: 'test', maxResults }),
      ecs.listClusters({ maxResults }),
      ecs.listServiceDeployments({ cluster: 'test', service: 'n0', maxResults }),
      ecs.listTaskDefinitions({ maxResults }),
      ecs.listTaskDefinitionFamilies({ maxResults }),
    ];
    for (const one of asked)
      await expect(one).rejects.toMatchObject(refused('maxResults must be between 1 and 100.'));
  }
  await expect(ecs.describeCapacityProviders({ maxResults: 11 })).rejects.toMatchObject(
    refused('maxResults must be between 1 and 10.'),
  );
});

test('a service is not created without a count, and a cluster may be deleted twice', async () => {
  const { ecs } = (await testEngine()).clients;
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'web',
    memory: '512',
    containerDefinitions: [{ name: 'web', image: 'web' }],
  });
  const creation = { cluster: 'test', serviceName: 'web', taskDefinition: 'web' };
  await expect(ecs.createService(creation)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  expect((await ecs.listServices({ cluster: 'test' })).serviceArns).toEqual([]);

  for (const time of ['first', 'second'])
    expect((await ecs.deleteCluster({ cluster: 'test' })).cluster, time).toMatchObject({
      status: 'INACTIVE',
    });
  await expect(ecs.deleteCluster({ cluster: 'never' })).rejects.toMatchObject({
    name: 'ClusterNotFoundException',
  });
});
