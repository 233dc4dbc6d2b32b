import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { blueGreenApp, known, testEngine } from './rig.ts';
import { freePort } from '../../ports.ts';

const container: ContainerDefinition = { name: 'app', image: `app@sha256:${'1'.repeat(64)}` };

describe('task definitions', () => {
  test('are numbered for good, listed by status, and shown with defaults and tags', async () => {
    const { clients } = await testEngine();
    const { ecs } = clients;
    const register = () =>
      ecs.registerTaskDefinition({
        family: 'web',
        cpu: '.25 vCPU',
        memory: '1GB',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        containerDefinitions: [{ ...container, portMappings: [{ containerPort: 80 }] }],
        tags: [{ key: 'team', value: 'web' }],
      });
    const first = await register();
    expect(first).toMatchObject({
      tags: [{ key: 'team', value: 'web' }],
      taskDefinition: {
        taskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/web:1',
        revision: 1,
        status: 'ACTIVE',
        cpu: '256',
        memory: '1024',
        compatibilities: ['EC2', 'FARGATE'],
        containerDefinitions: [
          {
            essential: true,
            cpu: 0,
            environment: [],
            portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
          },
        ],
      },
    });
    await register();
    await ecs.deregisterTaskDefinition({ taskDefinition: 'web:2' });
    expect((await ecs.describeTaskDefinition({ taskDefinition: 'web' })).taskDefinition?.revision).toBe(1);
    expect((await register()).taskDefinition?.revision).toBe(3);
    const list = async (status?: 'ACTIVE' | 'INACTIVE') => {
      const { taskDefinitionArns = [] } = await ecs.listTaskDefinitions({
        familyPrefix: 'web',
        ...(status === undefined ? {} : { status }),
      });
      return taskDefinitionArns.map((arn) => arn.split(':').at(-1));
    };
    expect(await list()).toEqual(['1', '3']);
    expect(await list('INACTIVE')).toEqual(['2']);
    const firstPage = await ecs.listTaskDefinitions({ maxResults: 1, sort: 'DESC' });
    const secondPage = await ecs.listTaskDefinitions({
      maxResults: 1,
      sort: 'DESC',
      nextToken: known(firstPage.nextToken),
    });
    expect([firstPage, secondPage].map((page) => page.taskDefinitionArns?.[0]?.at(-1))).toEqual(['3', '1']);
    expect(secondPage.nextToken).toBeUndefined();
    await expect(ecs.listTaskDefinitions({ nextToken: 'x' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(ecs.describeTaskDefinition({ taskDefinition: 'nothing' })).rejects.toMatchObject({
      name: 'ClientException',
      message: 'Unable to describe task definition.',
    });
    expect((await ecs.listTaskDefinitionFamilies({ familyPrefix: 'w' })).families).toEqual(['web']);
  });

  test('that ECS would refuse are refused with its words', async () => {
    const { clients } = await testEngine();
    const cases: [Parameters<typeof clients.ecs.registerTaskDefinition>[0], string][] = [
      [{ family: 'web', memory: '512', containerDefinitions: [] }, 'Container list cannot be empty.'],
      [
        { family: 'web', memory: '512', containerDefinitions: [{ name: 'app' }] },
        'Container.image should not be null or empty.',
      ],
      [
        { family: 'web', containerDefinitions: [container] },
        "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
      ],
      [
        { family: 'web', memory: '512', containerDefinitions: [{ ...container, essential: false }] },
        'A task definition must contain at least one essential container.',
      ],
      [
        {
          family: 'web',
          memory: '512',
          requiresCompatibilities: ['FARGATE'],
          containerDefinitions: [container],
        },
        "Fargate requires that 'cpu' be defined at the task level.",
      ],
      [
        {
          family: 'web',
          cpu: '256',
          memory: '4096',
          networkMode: 'awsvpc',
          requiresCompatibilities: ['FARGATE'],
          containerDefinitions: [container],
        },
        'No Fargate configuration exists for given values: 256 CPU, 4096 memory. See the Amazon ECS documentation for the valid values.',
      ],
      [
        {
          family: 'web',
          memory: '512',
          containerDefinitions: [{ ...container, logConfiguration: { logDriver: 'awslogs' } }],
        },
        'Log driver awslogs requires options: awslogs-region, awslogs-group',
      ],
      [
        {
          family: 'web',
          memory: '512',
          containerDefinitions: [
            {
              ...container,
              environment: [{ name: 'DB_PASSWORD', value: 'swordfish' }],
              secrets: [{ name: 'DB_PASSWORD', valueFrom: 'shop/password' }],
            },
          ],
        },
        "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'DB_PASSWORD'.",
      ],
      [
        {
          family: 'web',
          memory: '512',
          containerDefinitions: [
            {
              ...container,
              secrets: [
                { name: 'DB_PASSWORD', valueFrom: 'shop/password' },
                { name: 'DB_PASSWORD', valueFrom: 'shop/other' },
              ],
            },
          ],
        },
        'Duplicate secret names found: DB_PASSWORD. Each secret name must be unique.',
      ],
    ];
    for (const [input, message] of cases) {
      await expect(clients.ecs.registerTaskDefinition(input)).rejects.toMatchObject({
        name: 'ClientException',
        message,
      });
    }
    expect((await clients.ecs.listTaskDefinitions({})).taskDefinitionArns).toEqual([]);
  });
});

test('what does not exist is told apart: cluster, service, task, deployment', async () => {
  const { clients } = await testEngine();
  const { ecs } = clients;
  await expect(ecs.listServices({ cluster: 'none' })).rejects.toMatchObject({
    name: 'ClusterNotFoundException',
  });
  await ecs.createCluster({ clusterName: 'test', tags: [{ key: 'a', value: '1' }] });
  expect(await ecs.describeClusters({ clusters: ['test', 'none'], include: ['TAGS'] })).toMatchObject({
    clusters: [{ clusterName: 'test', status: 'ACTIVE', tags: [{ key: 'a', value: '1' }] }],
    failures: [{ reason: 'MISSING' }],
  });
  await expect(ecs.updateService({ cluster: 'test', service: 'none' })).rejects.toMatchObject({
    name: 'ServiceNotFoundException',
  });
  expect((await ecs.describeServices({ cluster: 'test', services: ['none'] })).failures).toEqual([
    { arn: 'arn:aws:ecs:us-east-1:000000000000:service/test/none', reason: 'MISSING' },
  ]);
  expect((await ecs.describeTasks({ cluster: 'test', tasks: ['0'.repeat(32)] })).failures).toHaveLength(1);
  expect(
    (
      await ecs.describeServiceDeployments({
        serviceDeploymentArns: ['arn:aws:ecs:us-east-1:000000000000:service-deployment/test/web/x'],
      })
    ).failures,
  ).toHaveLength(1);
});

describe('services', () => {
  test('with settings that ECS would refuse are refused', async () => {
    const engine = await testEngine();
    const { ecs } = engine.clients;
    await blueGreenApp(engine);
    const update = (
      deploymentConfiguration: NonNullable<
        Parameters<typeof ecs.updateService>[0]
      >['deploymentConfiguration'],
    ) => ecs.updateService({ cluster: 'test', service: 'web', deploymentConfiguration });
    const refused = { name: 'InvalidParameterException' };
    await expect(
      update({ lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['PRODUCTION_TRAFFIC_SHIFT'] }] }),
    ).rejects.toMatchObject(refused);
    await expect(
      update({
        lifecycleHooks: [
          {
            targetType: 'PAUSE',
            lifecycleStages: ['POST_SCALE_UP'],
            timeoutConfiguration: { timeoutInMinutes: 20_161 },
          },
        ],
      }),
    ).rejects.toMatchObject(refused);
    await expect(
      update({ strategy: 'ROLLING', maximumPercent: 100, minimumHealthyPercent: 100 }),
    ).rejects.toMatchObject(refused);
    await expect(
      ecs.createService({ cluster: 'test', serviceName: 'web', taskDefinition: 'web' }),
    ).rejects.toMatchObject({ ...refused, message: 'Creation of service was not idempotent.' });
    await expect(
      ecs.createService({
        cluster: 'test',
        serviceName: 'other',
        taskDefinition: 'web',
        deploymentConfiguration: { strategy: 'BLUE_GREEN' },
      }),
    ).rejects.toMatchObject(refused);
    await expect(
      ecs.createService({ cluster: 'test', serviceName: 'other', taskDefinition: 'none' }),
    ).rejects.toMatchObject({
      name: 'ClientException',
      message: 'TaskDefinition not found.',
    });
  });
});

describe('load balancers', () => {
  test('refuse a port that is taken on this machine, by its number', async () => {
    const { clients } = await testEngine();
    const { elb } = clients;
    const { promise, resolve } = Promise.withResolvers<number>();
    const stranger = createServer().listen(0, '127.0.0.1', () => {
      const address = stranger.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
    onTestFinished(() => void stranger.close());
    const taken = await promise;
    const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'front' });
    const listen = (port: number, loadBalancer = LoadBalancers?.[0]?.LoadBalancerArn) =>
      elb.createListener({
        LoadBalancerArn: loadBalancer,
        Port: port,
        Protocol: 'HTTP',
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
      });
    await expect(listen(taken)).rejects.toMatchObject({
      name: 'InvalidConfigurationRequestException',
      message: expect.stringMatching(
        new RegExp(`^Port ${taken} is in use on this machine: .*\\(pid ${process.pid}\\)`),
      ),
    });
    const free = await freePort();
    await listen(free);
    await expect(listen(free)).rejects.toMatchObject({ name: 'DuplicateListenerException' });
    const { LoadBalancers: others } = await elb.createLoadBalancer({ Name: 'other' });
    await expect(listen(free, others?.[0]?.LoadBalancerArn)).rejects.toMatchObject({
      name: 'InvalidConfigurationRequestException',
      message: expect.stringContaining(`Port ${free} is in use`),
    });
    const described = await elb.describeListeners({
      LoadBalancerArn: known(LoadBalancers?.[0]?.LoadBalancerArn),
    });
    expect(described.Listeners).toMatchObject([{ Port: free, Protocol: 'HTTP' }]);
  });

  test('have rules by priority with conditions in both notations, and attributes and tags', async () => {
    const engine = await testEngine();
    const { elb } = engine.clients;
    const app = await blueGreenApp(engine);
    const { Rules } = await elb.describeRules({ RuleArns: [app.productionRule] });
    expect(Rules?.[0]).toMatchObject({
      Priority: '1',
      IsDefault: false,
      Conditions: [{ Field: 'path-pattern', Values: ['/*'], PathPatternConfig: { Values: ['/*'] } }],
    });
    const { TargetGroups } = await elb.describeTargetGroups({ Names: ['blue'] });
    expect(TargetGroups?.[0]).toMatchObject({
      HealthCheckPath: '/health',
      TargetType: 'ip',
      Matcher: { HttpCode: '200' },
      LoadBalancerArns: [expect.any(String)],
    });
    const health = await elb.describeTargetHealth({ TargetGroupArn: app.blue });
    expect(health.TargetHealthDescriptions).toMatchObject([
      { Target: { Id: '127.0.0.1' }, TargetHealth: { State: 'healthy' } },
    ]);
    expect((await elb.describeTargetHealth({ TargetGroupArn: app.green })).TargetHealthDescriptions).toEqual(
      [],
    );
    await expect(elb.deleteTargetGroup({ TargetGroupArn: app.blue })).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    await elb.addTags({ ResourceArns: [app.blue], Tags: [{ Key: 'colour', Value: 'blue' }] });
    expect((await elb.describeTags({ ResourceArns: [app.blue] })).TagDescriptions).toEqual([
      { ResourceArn: app.blue, Tags: [{ Key: 'colour', Value: 'blue' }] },
    ]);
    await expect(elb.describeTargetGroups({ TargetGroupArns: [`${app.blue}0`] })).rejects.toMatchObject({
      name: 'TargetGroupNotFoundException',
    });
    await expect(elb.describeLoadBalancers({ Names: ['none'] })).rejects.toMatchObject({
      name: 'LoadBalancerNotFoundException',
    });
  });

  test('tell why a target that a client registered is not healthy', async () => {
    const engine = await testEngine();
    const { elb } = engine.clients;
    const app = await blueGreenApp(engine);
    await elb.modifyTargetGroup({ TargetGroupArn: app.green, UnhealthyThresholdCount: 2 });
    const port = await freePort();
    await elb.registerTargets({ TargetGroupArn: app.green, Targets: [{ Id: '127.0.0.1', Port: port }] });
    await expect
      .poll(
        async () =>
          (await elb.describeTargetHealth({ TargetGroupArn: app.green })).TargetHealthDescriptions?.[0]
            ?.TargetHealth,
        { timeout: 30_000 },
      )
      .toMatchObject({ State: 'unhealthy', Reason: 'Target.FailedHealthChecks' });
    await elb.deregisterTargets({ TargetGroupArn: app.green, Targets: [{ Id: '127.0.0.1', Port: port }] });
    await expect
      .poll(
        async () => (await elb.describeTargetHealth({ TargetGroupArn: app.green })).TargetHealthDescriptions,
        { timeout: 30_000 },
      )
      .toEqual([]);
  });
});

test('parameters have versions, paths, secrets and overwrite rules', async () => {
  const { clients, folder } = await testEngine();
  const { ssm } = clients;
  expect(
    await ssm.putParameter({ Name: '/dev/api/token', Value: 'first', Type: 'SecureString' }),
  ).toMatchObject({ Version: 1 });
  await expect(
    ssm.putParameter({ Name: '/dev/api/token', Value: 'second', Type: 'SecureString' }),
  ).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
  expect(await ssm.putParameter({ Name: '/dev/api/token', Value: 'second', Overwrite: true })).toMatchObject({
    Version: 2,
  });
  await ssm.putParameter({ Name: '/dev/level', Value: 'info', Type: 'String' });
  const read = async (Name: string, WithDecryption = true) =>
    (await ssm.getParameter({ Name, WithDecryption })).Parameter?.Value;
  expect(await read('/dev/api/token')).toBe('second');
  expect(await read('/dev/api/token:1')).toBe('first');
  expect(await read('/dev/api/token', false)).not.toContain('second');
  await expect(read('/dev/api/token:9')).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
  await expect(read('/dev/none')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  expect(await ssm.getParameters({ Names: ['/dev/level', '/dev/none'] })).toMatchObject({
    Parameters: [{ Name: '/dev/level' }],
    InvalidParameters: ['/dev/none'],
  });
  const names = async (Recursive: boolean) =>
    (await ssm.getParametersByPath({ Path: '/dev', Recursive })).Parameters?.map(
      (parameter) => parameter.Name,
    );
  expect(await names(false)).toEqual(['/dev/level']);
  expect(await names(true)).toEqual(['/dev/api/token', '/dev/level']);
  const first = await ssm.getParametersByPath({ Path: '/dev', Recursive: true, MaxResults: 1 });
  const second = await ssm.getParametersByPath({
    Path: '/dev',
    Recursive: true,
    MaxResults: 1,
    NextToken: known(first.NextToken),
  });
  expect(second.Parameters?.[0]?.Name).toBe('/dev/level');
  await expect(
    ssm.putParameter({ Name: '/dev/x', Value: '1', Type: 'String', AllowedPattern: '(' }),
  ).rejects.toMatchObject({ name: 'InvalidAllowedPatternException' });
  await expect(ssm.putParameter({ Name: 'dev/x', Value: '1', Type: 'String' })).rejects.toMatchObject({
    name: 'ValidationException',
  });
  await expect(
    ssm.putParameter({ Name: '/dev/x', Value: 'x'.repeat(4097), Type: 'String' }),
  ).rejects.toMatchObject({ name: 'ValidationException' });
  await ssm.deleteParameter({ Name: '/dev/level' });
  await expect(ssm.deleteParameter({ Name: '/dev/level' })).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
  expect(await ssm.deleteParameters({ Names: ['/dev/api/token', '/dev/level'] })).toMatchObject({
    DeletedParameters: ['/dev/api/token'],
    InvalidParameters: ['/dev/level'],
  });
  // Neither the state file nor the log ever held the secret.
  for (const name of readdirSync(folder).filter(
    (file) => file.startsWith('state.db') || file.endsWith('.log'),
  )) {
    expect(readFileSync(join(folder, name), 'latin1')).not.toContain('second');
  }
});
