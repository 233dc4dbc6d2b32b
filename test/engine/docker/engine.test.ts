import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { findDocker } from '../../docker/daemon.ts';
import { testImage } from '../../docker/image.ts';
import { blueGreenApp, describedTasks, known, pausedAt, settled, testEngine, traffic } from '../core/rig.ts';
import { freePort } from '../../ports.ts';
import type { AppOptions, TestEngine } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';

const docker = await findDocker();

describe.skipIf(docker === null)('the engine with Docker', () => {
  /** A service whose image is Docker's, on an engine of its own. */
  async function dockerApp(options: AppOptions = {}) {
    if (docker === null) throw new Error('skipped');
    const reference = await testImage(docker);
    const engine = await testEngine();
    const app = await blueGreenApp({ ...engine, image: async () => reference }, options);
    return { engine, app, reference };
  }

  const running = async ({ clients: { ecs } }: TestEngine) => describedTasks(ecs, 'RUNNING');
  const stopped = async ({ clients: { ecs } }: TestEngine) =>
    eventually(async () => {
      const tasks = await describedTasks(ecs, 'STOPPED');
      return tasks.filter(({ lastStatus }) => lastStatus === 'STOPPED').at(0) ?? null;
    }, 'a task that has stopped');

  it('deploys blue-green under traffic and loses no request', async () => {
    const { engine, app } = await dockerApp();
    const load = traffic(app.production);
    const first = await settled(engine.clients.ecs, 'SUCCESSFUL');
    await app.release({ VERSION: '2' });
    await settled(engine.clients.ecs, 'SUCCESSFUL', first.serviceDeploymentArn);
    await app.answers('2');
    const { failed, requests, versions } = await load.stop();
    expect(failed).toEqual([]);
    expect(requests).toBeGreaterThan(0);
    expect([...new Set(versions)]).toEqual(['1', '2']);
    const [task] = await running(engine);
    expect(task?.containers?.[0]).toMatchObject({
      imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
  });

  it('killed in the middle of a deployment, goes on with it and loses no request', async () => {
    const { engine, app } = await dockerApp({ stages: ['POST_TEST_TRAFFIC_SHIFT'] });
    const { ecs } = engine.clients;
    const load = traffic(app.production);
    const first = await settled(ecs, 'SUCCESSFUL');
    await app.release({ VERSION: '2' });
    const { arn, hookId } = await pausedAt(ecs, 'POST_TEST_TRAFFIC_SHIFT');
    const before = await running(engine);
    const pid = engine.pid();
    process.kill(pid, 'SIGKILL');
    await eventually(() => engine.pid() !== pid || null, 'another engine');
    const adopted = await running(engine);
    expect(adopted.map(({ taskArn }) => taskArn)).toEqual(before.map(({ taskArn }) => taskArn));
    await ecs.continueServiceDeployment({ serviceDeploymentArn: arn, hookId });
    await settled(ecs, 'SUCCESSFUL', first.serviceDeploymentArn);
    await app.answers('2');
    expect((await load.stop()).failed).toEqual([]);
    expect(await running(engine)).toHaveLength(1);
  });

  it('replaces a container that was killed, and tells its code and its last lines', async () => {
    const { engine, app } = await dockerApp();
    const [task] = await running(engine);
    await fetch(`http://127.0.0.1:${app.production}/crash`).catch(() => {});
    const gone = await stopped(engine);
    expect(gone).toMatchObject({
      taskArn: task?.taskArn,
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 9 }],
    });
    await app.answers('1');
    const id = gone.taskArn?.split('/').at(-1);
    const { events } = await engine.clients.logs.getLogEvents({
      logGroupName: '/ecs/web',
      logStreamName: `ecs/web/${id}`,
      startFromHead: true,
    });
    expect(events?.map(({ message }) => message)).toEqual(['listening 1']);
  });

  it('tells a container that holds more memory than it may as ECS does', async () => {
    const { engine, app } = await dockerApp();
    await fetch(`http://127.0.0.1:${app.production}/grow`).catch(() => {});
    const gone = await stopped(engine);
    expect(gone).toMatchObject({
      stoppedReason: expect.stringMatching(/^OutOfMemoryError/),
      containers: [{ exitCode: 137, reason: expect.stringMatching(/^OutOfMemoryError/) }],
    });
    await app.answers('1');
  });

  it('runs several tasks of one container port, and reaches each', async () => {
    const { engine, app } = await dockerApp({ desiredCount: 3 });
    expect(await running(engine)).toHaveLength(3);
    const { clients } = engine;
    const { TargetHealthDescriptions = [] } = await clients.elb.describeTargetHealth({
      TargetGroupArn: app.blue,
    });
    expect(TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State)).toEqual([
      'healthy',
      'healthy',
      'healthy',
    ]);
    expect(new Set(TargetHealthDescriptions.map(({ Target }) => Target?.Port)).size).toBe(3);
  });

  it('starts containers of one task in their order, and the later knows the earlier by its name', async () => {
    if (docker === null) return;
    const image = await testImage(docker);
    const engine = await testEngine();
    const { ecs } = engine.clients;
    await ecs.createCluster({ clusterName: 'test' });
    const container = (name: string, rest: Partial<ContainerDefinition>): ContainerDefinition => ({
      name,
      image,
      ...rest,
    });
    const { taskDefinition } = await ecs.registerTaskDefinition({
      family: 'pair',
      memory: '512',
      containerDefinitions: [
        container('main', {
          command: [
            'node',
            '-e',
            `fetch('http://side:8080/').then(async (answer) => process.exit((await answer.text()) === 'beside' ? 0 : 4), () => process.exit(5))`,
          ],
          dependsOn: [{ containerName: 'side', condition: 'HEALTHY' }],
        }),
        container('side', {
          essential: false,
          environment: [{ name: 'VERSION', value: 'beside' }],
          healthCheck: { command: ['CMD-SHELL', '[ -e /tmp/listening ]'], timeout: 60 },
        }),
      ],
    });
    await ecs.runTask({ cluster: 'test', taskDefinition: known(taskDefinition?.taskDefinitionArn) });
    const task = await stopped(engine);
    const codes = Object.fromEntries((task.containers ?? []).map(({ name, exitCode }) => [name, exitCode]));
    expect(codes).toEqual({ main: 0, side: 0 });
  });

  it('leads containers to the ports of its processes, also while it is away', async () => {
    const { engine, app } = await dockerApp();
    const { ecs } = engine.clients;
    const hostPort = await freePort();
    const script = `import { createServer } from 'node:http'; createServer((_, response) => response.end('a process')).listen(process.env.PORT, '127.0.0.1');`;
    const { taskDefinition } = await ecs.registerTaskDefinition({
      family: 'process',
      networkMode: 'bridge',
      memory: '512',
      containerDefinitions: [
        {
          name: 'process',
          image: await engine.image({ 'run.mjs': script }, [process.execPath, 'run.mjs']),
          portMappings: [{ containerPort: 80, hostPort }],
        },
      ],
    });
    await ecs.runTask({ cluster: 'test', taskDefinition: known(taskDefinition?.taskDefinitionArn) });
    const through = async (): Promise<string> =>
      app.answer(app.production, `/fetch/host.docker.internal:${hostPort}/`);
    await eventually(async () => ((await through()) === 'a process' ? true : null), 'the way to the process');
    const pid = engine.pid();
    process.kill(pid, 'SIGKILL');
    expect(await through()).toBe('a process');
    await eventually(() => engine.pid() !== pid || null, 'another engine');
    expect(await through()).toBe('a process');
  });

  it('stops every container when it is stopped', async () => {
    if (docker === null) return;
    const { engine } = await dockerApp({ desiredCount: 2 });
    const ids = (await running(engine)).map(({ taskArn }) => taskArn?.split('/').at(-1));
    const left = async (): Promise<unknown[]> => {
      const found = await Promise.all(
        ids.map(async (id) =>
          docker.call('GET', '/containers/json', {
            query: { all: '1', filters: JSON.stringify({ label: [`fairway.task=${id}`] }) },
          }),
        ),
      );
      return found.flat();
    };
    expect(await left()).toHaveLength(2);
    await engine.stopAll();
    expect(await left()).toEqual([]);
  });
});

it('without Docker an image that is not the engine’s is refused with what to do', async () => {
  const host = process.env['DOCKER_HOST'];
  process.env['DOCKER_HOST'] = 'unix:///nowhere/docker.sock';
  try {
    const engine = await testEngine();
    const { ecs } = engine.clients;
    await ecs.createCluster({ clusterName: 'test' });
    const { taskDefinition } = await ecs.registerTaskDefinition({
      family: 'web',
      memory: '512',
      containerDefinitions: [{ name: 'web', image: 'nginx:1.29' }],
    });
    await ecs.runTask({ cluster: 'test', taskDefinition: known(taskDefinition?.taskDefinitionArn) });
    const task = await eventually(
      async () => (await describedTasks(ecs, 'STOPPED'))[0] ?? null,
      'the refusal',
    );
    expect(task.stoppedReason).toMatch(
      /^CannotPullContainerError: .*nginx:1\.29: .*no Docker daemon answers at unix:\/\/\/nowhere\/docker\.sock.*start Docker/,
    );
  } finally {
    if (host === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = host;
  }
});
