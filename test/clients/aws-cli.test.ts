import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../engine/tasks/rig.ts';
import { openStand, type Stand } from './stand.ts';
import { findTool } from './tool.ts';

const aws = findTool('aws');

/** What somebody with nothing but the AWS CLI does every day, on an app that Fairway deployed. In this order. */
describe.skipIf(aws === null)('the AWS CLI', () => {
  let stand: Stand;
  const cluster = 'shop-local';

  beforeAll(async () => {
    stand = await openStand();
  });
  afterAll(() => stand?.[Symbol.asyncDispose]());

  const cli = async (...words: readonly string[]): Promise<string> =>
    (await stand.run(aws ?? '', [...words, '--output', 'text'])).trim();
  const json = async (...words: readonly string[]) =>
    JSON.parse(await stand.run(aws ?? '', [...words, '--output', 'json']));
  const refusal = (...words: readonly string[]): Promise<string> => stand.refused(aws ?? '', words);
  /** Of a service, as `describe-services` tells it. */
  const told = (service: string, what: string): Promise<string> => {
    const query = ['--query', `services[0].${what}`];
    return cli('ecs', 'describe-services', '--cluster', cluster, '--services', service, ...query);
  };
  const firstTask = (service: string): Promise<string> => {
    const query = ['--query', 'taskArns[0]'];
    return cli('ecs', 'list-tasks', '--cluster', cluster, '--service-name', service, ...query);
  };
  const update = (service: string, ...words: readonly string[]): Promise<string> =>
    cli('ecs', 'update-service', '--cluster', cluster, '--service', service, ...words);
  const stable = (service: string): Promise<string> =>
    cli('ecs', 'wait', 'services-stable', '--cluster', cluster, '--services', service);
  /** Once it has ended. */
  const stopped = async (task: string) => {
    await cli('ecs', 'wait', 'tasks-stopped', '--cluster', cluster, '--tasks', task);
    const { tasks } = await json('ecs', 'describe-tasks', '--cluster', cluster, '--tasks', task);
    return tasks[0];
  };

  it('finds cluster, services, tasks and their task definitions', async () => {
    expect(await cli('ecs', 'list-clusters', '--query', 'clusterArns')).toMatch(/:cluster\/shop-local$/);
    const { services } = await json(
      'ecs',
      'describe-services',
      '--cluster',
      cluster,
      '--services',
      'web',
      'worker',
    );
    expect(
      services.map((one: { serviceName: string; runningCount: number }) => [
        one.serviceName,
        one.runningCount,
      ]),
    ).toEqual([
      ['web', 1],
      ['worker', 1],
    ]);
    const tasks = (await cli('ecs', 'list-tasks', '--cluster', cluster, '--query', 'taskArns')).split(/\s+/);
    expect(tasks).toHaveLength(2);
    const described = await json('ecs', 'describe-tasks', '--cluster', cluster, '--tasks', ...tasks);
    expect(described.failures).toEqual([]);
    expect(described.tasks.map(({ lastStatus }: { lastStatus: string }) => lastStatus)).toEqual([
      'RUNNING',
      'RUNNING',
    ]);
  });

  it('changes the desired count, and waits until the services are stable', async () => {
    await update('worker', '--desired-count', '3');
    await stable('worker');
    expect(await told('worker', 'runningCount')).toBe('3');
    await update('worker', '--desired-count', '1');
    await stable('worker');
  });

  it('sees a stopped task replaced', async () => {
    const first = await firstTask('worker');
    await cli('ecs', 'stop-task', '--cluster', cluster, '--task', first, '--reason', 'to see what happens');
    expect(await stopped(first)).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'to see what happens',
    });
    await stable('worker');
    const second = await firstTask('worker');
    expect(second).not.toBe(first);
  });

  it('runs a one-off task and reads its exit code and its log', async () => {
    const definition = await told('web', 'taskDefinition');
    const started = await json(
      'ecs',
      'run-task',
      '--cluster',
      cluster,
      '--task-definition',
      definition,
      '--overrides',
      JSON.stringify({
        containerOverrides: [{ name: 'web', command: ['sh', '-c', 'echo counted 42; exit 3'] }],
      }),
    );
    const arn = started.tasks[0].taskArn;
    expect(await stopped(arn)).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 3 }],
    });
    const { taskDefinition } = await json('ecs', 'describe-task-definition', '--task-definition', definition);
    const options = taskDefinition.containerDefinitions[0].logConfiguration.options;
    const stream = `${options['awslogs-stream-prefix']}/web/${arn.split('/').at(-1)}`;
    expect(
      await cli(
        'logs',
        'get-log-events',
        '--log-group-name',
        options['awslogs-group'],
        '--log-stream-name',
        stream,
        '--query',
        'events[].message',
      ),
    ).toBe('counted 42');
  });

  it('moves the users to another revision blue-green, and they lose no request', async () => {
    const definition = await told('web', 'taskDefinition');
    const { taskDefinition } = await json('ecs', 'describe-task-definition', '--task-definition', definition);
    const { family, containerDefinitions, networkMode, cpu, memory, requiresCompatibilities } =
      taskDefinition;
    containerDefinitions[0].environment.push({ name: 'BY_HAND', value: 'yes' });
    const registered = await json(
      'ecs',
      'register-task-definition',
      '--cli-input-json',
      JSON.stringify({ family, containerDefinitions, networkMode, cpu, memory, requiresCompatibilities }),
    );
    const target = registered.taskDefinition.taskDefinitionArn;
    const users = await stand.bench.users(100);
    await update(
      'web',
      '--task-definition',
      target,
      '--deployment-configuration',
      JSON.stringify({ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0, lifecycleHooks: [] }),
    );
    await stable('web');
    const list = ['ecs', 'list-service-deployments', '--cluster', cluster, '--service', 'web'];
    // A service is stable once its old tasks are gone; its deployment ends after that.
    const newest = await eventually(async () => {
      const { serviceDeployments } = await json(...list);
      return serviceDeployments[0].status === 'IN_PROGRESS' ? null : serviceDeployments[0];
    }, 'the end of the deployment');
    expect(newest).toMatchObject({ status: 'SUCCESSFUL' });
    const traffic = await users.stop();
    expect(traffic.failed).toBe(0);
    expect(traffic.requests).toBeGreaterThan(20);
    expect(await told('web', 'taskDefinition')).toBe(target);
  });

  it('reads load balancer, rules, target health, parameters', async () => {
    const balancer = await cli(
      'elbv2',
      'describe-load-balancers',
      '--query',
      'LoadBalancers[0].LoadBalancerArn',
    );
    const listeners = await json('elbv2', 'describe-listeners', '--load-balancer-arn', balancer);
    expect(listeners.Listeners.length).toBeGreaterThan(0);
    const groups = await json('elbv2', 'describe-target-groups');
    const health = await Promise.all(
      groups.TargetGroups.map(({ TargetGroupArn }: { TargetGroupArn: string }) =>
        json('elbv2', 'describe-target-health', '--target-group-arn', TargetGroupArn),
      ),
    );
    const states = health.flatMap(({ TargetHealthDescriptions }) =>
      TargetHealthDescriptions.map(
        ({ TargetHealth }: { TargetHealth: { State: string } }) => TargetHealth.State,
      ),
    );
    expect(states).toContain('healthy');
    expect(
      await cli(
        'ssm',
        'get-parameters-by-path',
        '--path',
        '/fairway/shop/local',
        '--recursive',
        '--query',
        'Parameters[].Name',
      ),
    ).toContain('/fairway/shop/local/web');
  });

  it('follows a log group live', async () => {
    const [group, stream] = ['/by-hand', 'one'];
    await cli('logs', 'create-log-group', '--log-group-name', group);
    await cli('logs', 'create-log-stream', '--log-group-name', group, '--log-stream-name', stream);
    const groups = await json('logs', 'describe-log-groups', '--log-group-name-prefix', group);
    const tail = spawn(
      aws ?? '',
      ['logs', 'start-live-tail', '--log-group-identifiers', groups.logGroups[0].logGroupArn],
      { env: stand.env, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void tail.kill('SIGKILL'));
    let heard = '';
    tail.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
    const event = (): string => `timestamp=${Date.now()},message=seen-live`;
    const where = ['--log-group-name', group, '--log-stream-name', stream];
    // Nothing tells from outside when the session has begun.
    await eventually(
      async () => {
        await cli('logs', 'put-log-events', ...where, '--log-events', event());
        return heard.includes('seen-live') || null;
      },
      'a line that was put',
      120_000,
    );
  });

  it('hears AWS’s own errors', async () => {
    expect(await refusal('ecs', 'describe-services', '--cluster', 'nowhere', '--services', 'web')).toContain(
      '(ClusterNotFoundException)',
    );
    expect(await refusal('ecs', 'describe-task-definition', '--task-definition', 'nothing:7')).toContain(
      '(ClientException)',
    );
    expect(await refusal('ssm', 'get-parameter', '--name', '/nothing')).toContain('(ParameterNotFound)');
    expect(await refusal('elbv2', 'describe-load-balancers', '--names', 'nothing')).toContain(
      '(LoadBalancerNotFound)',
    );
  });
});
