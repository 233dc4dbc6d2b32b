import type { ContainerDefinition, Task } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { listIn, member, textIn } from '../../../src/engine/docker/answer.ts';
import { findDocker } from '../../docker/daemon.ts';
import { testImage } from '../../docker/image.ts';
import { describedTasks, known, testEngine } from '../core/rig.ts';
import type { TestEngine } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';

const docker = await findDocker();

describe.skipIf(docker === null)('a task in awsvpc with several containers', () => {
  async function started(
    more: (engine: TestEngine) => Promise<readonly ContainerDefinition[]> = async () => [],
  ): Promise<{ readonly engine: TestEngine; readonly task: Task }> {
    if (docker === null) throw new Error('skipped');
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
      family: 'trio',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [
        container('web', {
          portMappings: [{ containerPort: 8080 }],
          dependsOn: [
            { containerName: 'prepare', condition: 'SUCCESS' },
            { containerName: 'side', condition: 'START' },
          ],
        }),
        container('side', {
          environment: [
            { name: 'PORT', value: '9090' },
            { name: 'VERSION', value: 'beside' },
          ],
          dependsOn: [{ containerName: 'prepare', condition: 'SUCCESS' }],
        }),
        container('prepare', { essential: false, command: ['echo', 'ready'] }),
        ...(await more(engine)),
      ],
    });
    await ecs.runTask({ cluster: 'test', taskDefinition: known(taskDefinition?.taskDefinitionArn) });
    const task = await eventually(
      async () => (await tasks(engine, 'RUNNING')).find(({ lastStatus }) => lastStatus === 'RUNNING') ?? null,
      'the task',
    );
    return { engine, task };
  }

  const tasks = async ({ clients }: TestEngine, status: 'RUNNING' | 'STOPPED') =>
    describedTasks(clients.ecs, status);
  const stopped = async (engine: TestEngine): Promise<Task> =>
    eventually(
      async () => (await tasks(engine, 'STOPPED')).find(({ lastStatus }) => lastStatus === 'STOPPED') ?? null,
      'its end',
    );
  const idOf = ({ taskArn = '' }: Task): string => taskArn.split('/').at(-1) ?? '';
  const portOf = ({ containers = [] }: Task, wanted: string): number =>
    containers.find(({ name }) => name === wanted)?.networkBindings?.[0]?.hostPort ?? 0;
  const answers = async (port: number, path: string, expected: string): Promise<true> =>
    eventually(
      async () =>
        fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } }).then(
          async (answer) => ((await answer.text()) === expected ? true : null),
          () => null,
        ),
      `${expected} at ${path}`,
    );
  const reachesBeside = async (task: Task): Promise<true> =>
    answers(portOf(task, 'web'), '/fetch/127.0.0.1:9090/', 'beside');
  /** Docker's ids of what holds the task's network. */
  const pauses = async (task: Task): Promise<readonly string[]> => {
    const filters = JSON.stringify({ label: [`fairway.network-of=${idOf(task)}`] });
    const found = await docker?.call('GET', '/containers/json', { query: { all: '1', filters } });
    return listIn(found).map((each) => textIn(each, 'Id') ?? '');
  };
  const pausesAreGone = async (task: Task): Promise<true> =>
    eventually(async () => ((await pauses(task)).length === 0 ? true : null), 'the end of its network');

  it('reaches its sidecar on 127.0.0.1 after its first container has ended; nothing is left once it has stopped', async () => {
    const { engine, task } = await started();
    await reachesBeside(task);
    expect(await pauses(task)).toHaveLength(1);
    await engine.clients.ecs.stopTask({ cluster: 'test', task: idOf(task) });
    const { containers = [] } = await stopped(engine);
    expect(Object.fromEntries(containers.map(({ name, exitCode }) => [name, exitCode]))).toEqual({
      web: 0,
      side: 0,
      prepare: 0,
    });
    await pausesAreGone(task);
  });

  it('keeps its network while the engine is dead, and it goes with the task after that', async () => {
    const { engine, task } = await started();
    const before = await pauses(task);
    const pid = engine.pid();
    process.kill(pid, 'SIGKILL');
    await reachesBeside(task);
    await eventually(() => engine.pid() !== pid || null, 'another engine');
    expect(await tasks(engine, 'RUNNING')).toHaveLength(1);
    await reachesBeside(task);
    expect(await pauses(task)).toEqual(before);
    await engine.clients.ecs.stopTask({ cluster: 'test', task: idOf(task) });
    await pausesAreGone(task);
  });

  it('leaves no network behind when its containers end with the engine', async () => {
    if (docker === null) return;
    const { engine, task } = await started();
    process.kill(engine.pid(), 'SIGKILL');
    for (const { name, runtimeId = '' } of task.containers ?? []) {
      const container = `fairway-${runtimeId.split('-').at(-1)}`;
      if (name !== 'prepare') await docker.call('POST', `/containers/${container}/kill`);
    }
    expect(await stopped(engine)).toMatchObject({ stoppedReason: 'Essential container in task exited' });
    await pausesAreGone(task);
  });

  it('ends where its network is lost, and says so', async () => {
    if (docker === null) return;
    const { engine, task } = await started();
    const [pause] = await pauses(task);
    await docker.call('DELETE', `/containers/${pause}`, { query: { force: '1' } });
    const { stoppedReason, containers = [] } = await stopped(engine);
    expect(stoppedReason).toBe('Essential container in task exited');
    expect(containers.find(({ name }) => name === 'web')?.reason).toMatch(
      /^ContainerNetworkingError: the pause container .* holds the network of the task/,
    );
  });

  it('shares it among its containers alone where it has processes too, which listen where they do', async () => {
    const script = `import { createServer } from 'node:http'; createServer((_, response) => response.end('a process')).listen(process.env.PORT, '127.0.0.1');`;
    const { task } = await started(async (engine) => [
      {
        name: 'process',
        image: await engine.image({ 'run.mjs': script }, [process.execPath, 'run.mjs']),
        portMappings: [{ containerPort: 7070 }],
      },
    ]);
    await reachesBeside(task);
    const ownPort = portOf(task, 'process');
    await answers(ownPort, '/', 'a process');
    await answers(portOf(task, 'web'), `/fetch/host.docker.internal:${ownPort}/`, 'a process');
    const [pause] = await pauses(task);
    const described = await docker?.call('GET', `/containers/${pause}/json`);
    expect(Object.keys(Object(member(described, 'HostConfig', 'PortBindings')))).toEqual(['8080/tcp']);
  });

  it('is all gone when the engine is stopped', async () => {
    const { engine, task } = await started();
    await reachesBeside(task);
    expect(await pauses(task)).toHaveLength(1);
    await engine.stopAll();
    expect(await pauses(task)).toEqual([]);
  });
});
