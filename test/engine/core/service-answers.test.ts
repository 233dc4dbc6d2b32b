import type { UpdateServiceRequest } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { known, testEngine } from './rig.ts';
import type { TestEngine } from './rig.ts';

/** A cluster, a task definition and a service without tasks: what is told of services needs no more. */
async function idle({ clients: { ecs } }: TestEngine, rest: object = {}) {
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'web',
    memory: '512',
    containerDefinitions: [{ name: 'web', image: 'web' }],
  });
  const { service } = await ecs.createService({ ...web, ...rest });
  return known(service);
}

const web = { cluster: 'test', serviceName: 'web', taskDefinition: 'web', desiredCount: 0 };
const named = { cluster: 'test', service: 'web' };

test('only a service on Fargate has a platform, and so have its deployments', async () => {
  const engine = await testEngine();
  expect(await idle(engine)).toMatchObject({
    launchType: 'FARGATE',
    platformVersion: 'LATEST',
    platformFamily: 'Linux',
    deployments: [{ platformVersion: '1.4.0', platformFamily: 'Linux' }],
  });
  const { service } = await engine.clients.ecs.createService({
    ...web,
    serviceName: 'own',
    launchType: 'EC2',
  });
  const own = known(service);
  for (const told of [own, known(own.deployments?.[0])]) {
    expect(told).not.toHaveProperty('platformVersion');
    expect(told).not.toHaveProperty('platformFamily');
  }
});

test('a new service is kept balanced over zones, unless it cannot be or somebody says otherwise', async () => {
  const engine = await testEngine();
  expect(await idle(engine)).toMatchObject({ availabilityZoneRebalancing: 'ENABLED' });
  const zone = 'attribute:ecs.availability-zone';
  const told = async (serviceName: string, rest: object) =>
    (await engine.clients.ecs.createService({ ...web, launchType: 'EC2', serviceName, ...rest })).service
      ?.availabilityZoneRebalancing;
  expect(await told('spread', { placementStrategy: [{ type: 'spread', field: zone }] })).toBe('ENABLED');
  expect(await told('packed', { placementStrategy: [{ type: 'binpack', field: 'memory' }] })).toBe(
    'DISABLED',
  );
  expect(
    await told('bound', {
      placementConstraints: [{ type: 'memberOf', expression: `${zone} == us-east-1a` }],
    }),
  ).toBe('DISABLED');
  expect(
    await told('full', { deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 } }),
  ).toBe('DISABLED');
  expect(await told('said', { availabilityZoneRebalancing: 'DISABLED' })).toBe('DISABLED');
  const { service } = await engine.clients.ecs.updateService({
    ...named,
    deploymentConfiguration: { minimumHealthyPercent: 0 },
  });
  expect(service).toMatchObject({ availabilityZoneRebalancing: 'ENABLED' });
});

test('a grace period is taken without a load balancer: it holds for container health checks too', async () => {
  const engine = await testEngine();
  expect(await idle(engine, { healthCheckGracePeriodSeconds: 30 })).toMatchObject({
    healthCheckGracePeriodSeconds: 30,
  });
  const { service } = await engine.clients.ecs.updateService({ ...named, healthCheckGracePeriodSeconds: 60 });
  expect(service).toMatchObject({ healthCheckGracePeriodSeconds: 60 });
});

test('an update begins a deployment where tasks are made otherwise, and not where they are only tagged', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  await idle(engine);
  const deploys = async (change: Omit<UpdateServiceRequest, 'service'>): Promise<boolean> => {
    const before = (await ecs.listServiceDeployments(named)).serviceDeployments ?? [];
    await ecs.updateService({ ...named, ...change });
    const after = (await ecs.listServiceDeployments(named)).serviceDeployments ?? [];
    return after.length > before.length;
  };
  expect(await deploys({ propagateTags: 'SERVICE' })).toBe(false);
  expect(await deploys({ enableECSManagedTags: true })).toBe(false);
  expect(await deploys({ enableExecuteCommand: true })).toBe(false);
  expect(await deploys({ healthCheckGracePeriodSeconds: 5 })).toBe(false);
  expect(await deploys({ deploymentConfiguration: { maximumPercent: 150 } })).toBe(false);
  expect(await deploys({ platformVersion: '1.4.0' })).toBe(true);
  expect(await deploys({ serviceRegistries: [{ registryArn: 'arn:registry' }] })).toBe(true);
  expect(await deploys({ serviceConnectConfiguration: { enabled: true } })).toBe(true);
});

test('services are listed by their scheduling strategy', async () => {
  const engine = await testEngine();
  const { serviceArn } = await idle(engine);
  const listed = async (schedulingStrategy: 'REPLICA' | 'DAEMON') =>
    (await engine.clients.ecs.listServices({ cluster: 'test', schedulingStrategy })).serviceArns;
  expect(await listed('REPLICA')).toEqual([serviceArn]);
  expect(await listed('DAEMON')).toEqual([]);
});

test('an ARN of a service is refused where another cluster is asked', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { serviceArn: service = '' } = await idle(engine);
  await ecs.createCluster({ clusterName: 'other' });
  const refused = {
    name: 'InvalidParameterException',
    message: 'Invalid identifier: Identifier is for cluster test. Your cluster is other',
  };
  const cluster = 'other';
  await expect(ecs.describeServices({ cluster, services: [service] })).rejects.toMatchObject(refused);
  await expect(ecs.updateService({ cluster, service })).rejects.toMatchObject(refused);
  await expect(ecs.deleteService({ cluster, service })).rejects.toMatchObject(refused);
  expect((await ecs.describeServices({ cluster: 'test', services: [service] })).services).toHaveLength(1);
});

test('the tags of a service go with it, and deleting it again changes nothing', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  await idle(engine, { tags: [{ key: 'team', value: 'orders' }] });
  const { service } = await ecs.deleteService(named);
  expect(service).toMatchObject({ status: 'INACTIVE' });
  const { services } = await ecs.describeServices({ cluster: 'test', services: ['web'], include: ['TAGS'] });
  expect(services).toMatchObject([{ status: 'INACTIVE', tags: [] }]);
  expect((await ecs.deleteService(named)).service).toEqual(service);
});
