import type { DeploymentConfiguration, UpdateServiceRequest } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { blueGreenApp, testEngine } from './rig.ts';
import type { TestEngine } from './rig.ts';

const refused = { name: 'InvalidParameterException' };

const update = ({ clients: { ecs } }: TestEngine, change: Omit<UpdateServiceRequest, 'service'>) =>
  ecs.updateService({ cluster: 'test', service: 'web', ...change });

test('a configuration that ECS would refuse is refused, with the member in the message', async () => {
  const engine = await testEngine();
  await blueGreenApp(engine);
  const wrong: readonly (readonly [string, DeploymentConfiguration])[] = [
    ['canaryPercent', { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 0 } }],
    ['canaryPercent', { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 5.25 } }],
    ['canaryPercent', { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 100.1 } }],
    [
      'canaryBakeTimeInMinutes',
      { strategy: 'CANARY', canaryConfiguration: { canaryBakeTimeInMinutes: 1441 } },
    ],
    ['stepPercent', { strategy: 'LINEAR', linearConfiguration: { stepPercent: 2.9 } }],
    ['stepBakeTimeInMinutes', { strategy: 'LINEAR', linearConfiguration: { stepBakeTimeInMinutes: -1 } }],
    ['canaryConfiguration', { strategy: 'LINEAR', canaryConfiguration: { canaryPercent: 5 } }],
    ['linearConfiguration', { linearConfiguration: { stepPercent: 10 } }],
    ['bakeTimeInMinutes', { bakeTimeInMinutes: 1441 }],
  ];
  for (const [member, deploymentConfiguration] of wrong)
    await expect(update(engine, { deploymentConfiguration })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining(member),
    });
});

test('without a load balancer there is no traffic for a canary or a linear shift', async () => {
  const engine = await testEngine();
  await blueGreenApp(engine);
  for (const strategy of ['LINEAR', 'CANARY'] as const)
    await expect(
      engine.clients.ecs.createService({
        cluster: 'test',
        serviceName: 'headless',
        taskDefinition: 'web',
        deploymentConfiguration: { strategy },
      }),
    ).rejects.toMatchObject(refused);
});

test('a strategy has its configuration with defaults, and loses it with the strategy', async () => {
  const engine = await testEngine();
  await blueGreenApp(engine);
  const configured = async (deploymentConfiguration: DeploymentConfiguration) => {
    const { service } = await update(engine, { deploymentConfiguration });
    const { canaryConfiguration, linearConfiguration } = service?.deploymentConfiguration ?? {};
    return { canaryConfiguration, linearConfiguration };
  };
  expect(await configured({ strategy: 'CANARY' })).toEqual({
    canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: 10 },
  });
  expect(await configured({ canaryConfiguration: { canaryPercent: 0.1 } })).toEqual({
    canaryConfiguration: { canaryPercent: 0.1, canaryBakeTimeInMinutes: 10 },
  });
  expect(await configured({ strategy: 'LINEAR', linearConfiguration: { stepBakeTimeInMinutes: 0 } })).toEqual(
    { linearConfiguration: { stepPercent: 10, stepBakeTimeInMinutes: 0 } },
  );
  expect(await configured({ strategy: 'BLUE_GREEN' })).toEqual({});
});
