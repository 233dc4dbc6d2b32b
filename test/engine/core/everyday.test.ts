import { expect, test } from 'vitest';
import { known, testEngine } from './rig.ts';

test('a cluster is updated, and has the capacity providers that every account has', async () => {
  const { clients } = await testEngine();
  const { ecs } = clients;
  await ecs.createCluster({ clusterName: 'test' });
  const { cluster } = await ecs.updateCluster({
    cluster: 'test',
    settings: [{ name: 'containerInsights', value: 'enabled' }],
    serviceConnectDefaults: { namespace: 'apps' },
  });
  expect(cluster).toMatchObject({ settings: [{ name: 'containerInsights', value: 'enabled' }] });
  await ecs.updateClusterSettings({
    cluster: 'test',
    settings: [{ name: 'containerInsights', value: 'disabled' }],
  });
  await ecs.putClusterCapacityProviders({
    cluster: 'test',
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
  });
  expect((await ecs.describeClusters({ clusters: ['test'] })).clusters?.[0]).toMatchObject({
    settings: [{ name: 'containerInsights', value: 'disabled' }],
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
  });
  const { capacityProviders, failures } = await ecs.describeCapacityProviders({
    capacityProviders: ['FARGATE', 'mine'],
  });
  expect(capacityProviders).toMatchObject([
    {
      name: 'FARGATE',
      status: 'ACTIVE',
      capacityProviderArn: 'arn:aws:ecs:us-east-1:000000000000:capacity-provider/FARGATE',
    },
  ]);
  expect(failures).toMatchObject([{ reason: 'MISSING' }]);
  for (const wrong of [
    { capacityProviders: ['mine'], defaultCapacityProviderStrategy: [] },
    { capacityProviders: [], defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
  ])
    await expect(ecs.putClusterCapacityProviders({ cluster: 'test', ...wrong })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  await expect(ecs.updateCluster({ cluster: 'none' })).rejects.toMatchObject({
    name: 'ClusterNotFoundException',
  });
});

test('there are no container instances and no namespaces, and an account has its default settings', async () => {
  const { clients } = await testEngine();
  const { ecs } = clients;
  await ecs.createCluster({ clusterName: 'test' });
  expect((await ecs.listContainerInstances({ cluster: 'test' })).containerInstanceArns).toEqual([]);
  expect(
    await ecs.describeContainerInstances({ cluster: 'test', containerInstances: ['i-1'] }),
  ).toMatchObject({
    containerInstances: [],
    failures: [{ arn: 'i-1', reason: 'MISSING' }],
  });
  expect((await ecs.listServicesByNamespace({ namespace: 'apps' })).serviceArns).toEqual([]);
  expect((await ecs.listAccountSettings({})).settings).toEqual([]);
  const { settings } = await ecs.listAccountSettings({
    effectiveSettings: true,
    name: 'taskLongArnFormat',
  });
  expect(settings).toEqual([
    {
      name: 'taskLongArnFormat',
      value: 'enabled',
      principalArn: 'arn:aws:iam::000000000000:root',
      type: 'user',
    },
  ]);
});

test('task definitions are deleted once they are deregistered, and listed by what they are', async () => {
  const { clients } = await testEngine();
  const { ecs } = clients;
  const register = async (family: string) =>
    known(
      (
        await ecs.registerTaskDefinition({
          family,
          memory: '512',
          containerDefinitions: [{ name: 'app', image: `app@sha256:${'1'.repeat(64)}` }],
        })
      ).taskDefinition?.taskDefinitionArn,
    );
  const [first, second, other] = [await register('web'), await register('web'), await register('webhook')];
  const list = async (filter: Parameters<typeof ecs.listTaskDefinitions>[0]) =>
    (await ecs.listTaskDefinitions(filter)).taskDefinitionArns;
  expect(await list({})).toEqual([first, second, other]);
  expect(await list({ familyPrefix: 'web' })).toEqual([first, second]);
  expect(await list({ familyPrefix: 'web', sort: 'DESC' })).toEqual([second, first]);
  await expect(list({ maxResults: 0 })).rejects.toMatchObject({ name: 'InvalidParameterException' });

  await ecs.deregisterTaskDefinition({ taskDefinition: 'web:1' });
  const deleted = await ecs.deleteTaskDefinitions({ taskDefinitions: ['web:1', 'web:2', 'none:1'] });
  expect(deleted.taskDefinitions).toMatchObject([{ taskDefinitionArn: first, status: 'DELETE_IN_PROGRESS' }]);
  expect(deleted.taskDefinitions?.[0]?.deleteRequestedAt).toBeInstanceOf(Date);
  expect(deleted.failures?.map(({ reason }) => reason)).toEqual([
    'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
    'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
  ]);
  expect(await list({ status: 'INACTIVE' })).toEqual([]);
  expect(await list({ status: 'DELETE_IN_PROGRESS' })).toEqual([first]);
  await expect(ecs.deleteTaskDefinitions({ taskDefinitions: ['web'] })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(ecs.runTask({ taskDefinition: 'web:1' })).rejects.toThrow();
});
