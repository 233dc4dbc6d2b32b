import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { ContainerDefinition, ECS } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { eventually } from '../tasks/rig.ts';
import { describedTasks, known, latestDeployment, settled, testEngine } from './rig.ts';
import type { TestEngine } from './rig.ts';
import { workerService } from './worker.ts';

/** Goes on until it is told to stop; `what` is done once it hears that. */
const goesOnAfter = (what: string) => `trap 'exit 0' TERM; ${what}; while :; do sleep 0.05; done`;

const goesOn = goesOnAfter(':');

/** A container that is healthy once it hears that it is to stop. */
const hears = {
  script: goesOnAfter('touch "$HOME/hears"'),
  healthCheck: { command: ['CMD-SHELL', 'test -e "$HOME/hears"'], interval: 5, timeout: 60 },
};

type Containers = Readonly<Record<string, Omit<ContainerDefinition, 'name' | 'image'> & { script?: string }>>;

/** Registers a family of containers that are all made of one image, each with a script of its own. */
async function family({ clients: { ecs }, image }: TestEngine, containers: Containers): Promise<string> {
  const reference = await image({ 'run.sh': goesOn }, ['sh', 'run.sh']);
  await ecs.createCluster({ clusterName: 'test' });
  const { taskDefinition } = await ecs.registerTaskDefinition({
    family: 'several',
    memory: '512',
    containerDefinitions: Object.entries(containers).map(([name, { script = goesOn, ...rest }]) => ({
      name,
      image: reference,
      command: ['sh', '-c', script],
      ...rest,
    })),
  });
  return known(taskDefinition?.taskDefinitionArn);
}

async function run(engine: TestEngine, containers: Containers): Promise<string> {
  const taskDefinition = await family(engine, containers);
  const { tasks } = await engine.clients.ecs.runTask({ cluster: 'test', taskDefinition });
  return known(tasks?.[0]?.taskArn);
}

const described = async (ecs: ECS, arn: string) =>
  known((await ecs.describeTasks({ cluster: 'test', tasks: [arn] })).tasks?.[0]);

const inStatus = (ecs: ECS, arn: string, status: string) =>
  eventually(async () => {
    const task = await described(ecs, arn);
    return task.lastStatus === status ? task : null;
  }, `a task that is ${status}`);

const exitCodes = (task: Awaited<ReturnType<typeof described>>) =>
  Object.fromEntries((task.containers ?? []).map(({ name, exitCode }) => [name, exitCode]));

/** Writes a line into a file of the test's, in the order in which things happen. */
const note = (folder: string, what: string) => `echo ${what} >> ${folder}/story`;

async function story({ folder }: TestEngine): Promise<readonly string[]> {
  return (await readFile(`${folder}/story`, 'utf8').catch(() => '')).trim().split('\n');
}

test('containers wait for what they depend on: to have ended well, to be healthy, to run', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { folder } = engine;
  const arn = await run(engine, {
    app: {
      script: goesOnAfter(note(folder, 'app')),
      dependsOn: [
        { containerName: 'migrate', condition: 'SUCCESS' },
        { containerName: 'cache', condition: 'HEALTHY' },
        { containerName: 'seed', condition: 'COMPLETE' },
      ],
    },
    migrate: {
      essential: false,
      script: `while [ ! -e ${folder}/go ]; do sleep 0.05; done; ${note(folder, 'migrated')}`,
    },
    seed: {
      essential: false,
      script: `${note(folder, 'seeding')}; sleep 0.3; ${note(folder, 'seeded')}; exit 3`,
      dependsOn: [{ containerName: 'migrate', condition: 'START' }],
    },
    cache: {
      script: goesOnAfter(`sleep 0.4; ${note(folder, 'warm')}; touch ${folder}/warm`),
      healthCheck: { command: ['CMD-SHELL', `test -e ${folder}/warm`], interval: 5 },
    },
  });
  const waiting = await eventually(async () => {
    const task = await described(ecs, arn);
    return task.containers?.some(({ lastStatus }) => lastStatus === 'RUNNING') ? task : null;
  }, 'the first container');
  expect(waiting.lastStatus).toBe('PENDING');
  await writeFile(`${folder}/go`, '');
  const running = await inStatus(ecs, arn, 'RUNNING');
  expect(running.containers?.find(({ name }) => name === 'app')?.lastStatus).toBe('RUNNING');
  const told = await eventually(async () => {
    const lines = await story(engine);
    return lines.includes('app') ? lines : null;
  }, 'a word of the app');
  expect(told.at(-1)).toBe('app');
  expect([...told].sort()).toEqual(['app', 'migrated', 'seeded', 'seeding', 'warm']);
  await ecs.stopTask({ cluster: 'test', task: arn });
  expect(exitCodes(await inStatus(ecs, arn, 'STOPPED'))).toEqual({ app: 0, migrate: 0, seed: 3, cache: 0 });
});

test('what can never come true keeps a container from starting, and says so as ECS does', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const arn = await run(engine, {
    app: { dependsOn: [{ containerName: 'migrate', condition: 'SUCCESS' }] },
    side: {},
    migrate: { essential: false, script: 'exit 4' },
  });
  const task = await inStatus(ecs, arn, 'STOPPED');
  expect(task).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: 'Essential container in task exited',
  });
  expect(exitCodes(task)).toMatchObject({ app: 143, migrate: 4 });
  expect(task.containers?.find(({ name }) => name === 'app')?.reason).toBe(
    'CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [migrate (STOPPED->RUNNING) - Exit: 4] for target [app (NONE->RUNNING)]',
  );
});

test('a dependency that takes longer than its start time-out is given up, and a waiting task can be stopped', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const heard = `${engine.folder}/heard`;
  const slow = (startTimeout?: number): Containers => ({
    app: { dependsOn: [{ containerName: 'slow', condition: 'COMPLETE' }] },
    slow: {
      essential: false,
      ...(startTimeout === undefined ? { script: goesOnAfter(`touch ${heard}`) } : { startTimeout }),
    },
  });
  const late = await inStatus(ecs, await run(engine, slow(20)), 'STOPPED');
  expect(late.containers?.find(({ name }) => name === 'app')?.reason).toContain('has timed out');
  expect(exitCodes(late)).toEqual({ app: 143, slow: 0 });
  const arn = await run(engine, slow());
  await eventually(
    async () =>
      existsSync(heard) &&
      (await described(ecs, arn)).containers?.some(({ lastStatus }) => lastStatus === 'RUNNING'),
    'the slow container',
  );
  await ecs.stopTask({ cluster: 'test', task: arn, reason: 'enough' });
  const stopped = await inStatus(ecs, arn, 'STOPPED');
  expect(stopped).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'enough' });
  expect(exitCodes(stopped)).toEqual({ app: undefined, slow: 0 });
});

test('a container that is not essential ends alone; those that need others stop before them', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const heard = (name: string) => `${engine.folder}/heard-${name}`;
  const says = (name: string) =>
    `trap 'sleep 0.2; ${note(engine.folder, name)}; exit 0' TERM; touch ${heard(name)}; while :; do sleep 0.05; done`;
  const arn = await run(engine, {
    base: { script: says('base') },
    middle: { script: says('middle'), dependsOn: [{ containerName: 'base', condition: 'START' }] },
    top: { script: says('top'), dependsOn: [{ containerName: 'middle', condition: 'START' }] },
    brief: { essential: false, script: 'exit 5' },
  });
  await eventually(async () => exitCodes(await described(ecs, arn))['brief'] === 5, 'the end of one');
  expect((await inStatus(ecs, arn, 'RUNNING')).desiredStatus).toBe('RUNNING');
  await eventually(() => ['base', 'middle', 'top'].every((name) => existsSync(heard(name))), 'all to hear');
  await ecs.stopTask({ cluster: 'test', task: arn });
  await inStatus(ecs, arn, 'STOPPED');
  expect(await story(engine)).toEqual(['top', 'middle', 'base']);
});

test('a side container that cannot start is done without, but no image is', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const missing = await run(engine, {
    app: hears,
    side: { essential: false, command: ['no-such-program'] },
  });
  const going = await inStatus(ecs, missing, 'RUNNING');
  expect(going.containers?.find(({ name }) => name === 'side')).toMatchObject({
    lastStatus: 'STOPPED',
    reason: expect.stringMatching(/^CannotStartContainerError: /),
  });
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: 'several' });
  const [app, side] = known(taskDefinition?.containerDefinitions);
  await ecs.registerTaskDefinition({
    family: 'unpulled',
    memory: '512',
    containerDefinitions: [
      known(app),
      {
        ...side,
        image: `app@sha256:${'0'.repeat(64)}`,
        dependsOn: [{ containerName: 'app', condition: 'HEALTHY' }],
      },
    ],
  });
  const { tasks } = await ecs.runTask({ cluster: 'test', taskDefinition: 'unpulled' });
  const stopped = await inStatus(ecs, known(tasks?.[0]?.taskArn), 'STOPPED');
  expect(stopped).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: expect.stringMatching(/^CannotPullContainerError: /),
  });
  expect(exitCodes(stopped)).toMatchObject({ app: 0 });
});

test('an engine that is killed while containers wait goes on starting them', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const arn = await run(engine, {
    app: { dependsOn: [{ containerName: 'gate', condition: 'SUCCESS' }] },
    gate: { essential: false, script: `while [ ! -e ${engine.folder}/open ]; do sleep 0.05; done` },
  });
  await eventually(
    async () => (await described(ecs, arn)).containers?.some(({ lastStatus }) => lastStatus === 'RUNNING'),
    'the first container',
  );
  const pid = engine.pid();
  process.kill(pid, 'SIGKILL');
  await eventually(() => engine.pid() !== pid, 'another engine');
  await writeFile(`${engine.folder}/open`, '');
  const running = await inStatus(ecs, arn, 'RUNNING');
  expect(exitCodes(running)).toEqual({ app: undefined, gate: 0 });
});

test('a health check runs where its container runs, with its environment, and tells the task', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { folder } = engine;
  const arn = await run(engine, {
    app: {
      script: `pwd -P > ${folder}/place; ${goesOn}`,
      environment: [{ name: 'MARK', value: 'mine' }],
      healthCheck: {
        command: [
          'CMD-SHELL',
          `test "$MARK" = mine && test "$(pwd -P)" = "$(cat ${folder}/place)" && test ! -e ${folder}/ill`,
        ],
        interval: 5,
        retries: 2,
      },
    },
    words: { healthCheck: { command: ['CMD', 'test', '-d', '/'] } },
    // Not essential: its health does not matter to the task.
    side: { essential: false, healthCheck: { command: ['CMD', 'false'], interval: 5, retries: 1 } },
    plain: {},
  });
  const health = async () => {
    const task = await described(ecs, arn);
    return [
      task.healthStatus,
      ...['app', 'words', 'side', 'plain'].map(
        (name) => task.containers?.find((container) => container.name === name)?.healthStatus,
      ),
    ].join(' ');
  };
  const becomes = (wanted: string) =>
    eventually(async () => (await health()) === wanted, `the health ${wanted}`);
  await becomes('HEALTHY HEALTHY HEALTHY UNHEALTHY UNKNOWN');
  await writeFile(`${folder}/ill`, '');
  await becomes('UNHEALTHY UNHEALTHY HEALTHY UNHEALTHY UNKNOWN');
  // A task of nobody's goes on all the same.
  expect((await described(ecs, arn)).lastStatus).toBe('RUNNING');
  const pid = engine.pid();
  process.kill(pid, 'SIGKILL');
  await eventually(() => engine.pid() !== pid, 'another engine');
  await rm(`${folder}/ill`);
  await eventually(
    async () => (await health().catch(() => '')) === 'HEALTHY HEALTHY HEALTHY UNHEALTHY UNKNOWN',
    'health that an adopted task has again',
  );
});

test('a service counts on the health checks of its containers, and replaces a task that fails them', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { folder } = engine;
  await workerService(engine, 1, { minimumHealthyPercent: 100, maximumPercent: 200 });
  await writeFile(`${folder}/ill`, '');
  const before = known((await latestDeployment(ecs)).serviceDeploymentArn);
  await ecs.updateService({
    cluster: 'test',
    service: 'web',
    taskDefinition: await family(engine, {
      app: {
        healthCheck: {
          command: ['CMD-SHELL', `test ! -e ${folder}/ill`],
          interval: 5,
          retries: 1,
          timeout: 60,
        },
      },
    }),
  });
  const failed = await eventually(async () => {
    const stopped = await describedTasks(ecs, 'STOPPED');
    return stopped.find(({ stoppedReason }) => stoppedReason === 'Task failed container health checks');
  }, 'a task that failed its health checks');
  expect(failed).toMatchObject({ stopCode: 'ServiceSchedulerInitiated', healthStatus: 'UNHEALTHY' });
  expect((await latestDeployment(ecs)).status).toBe('IN_PROGRESS');
  await rm(`${folder}/ill`);
  await settled(ecs, 'SUCCESSFUL', before);
  const { services } = await ecs.describeServices({ cluster: 'test', services: ['web'] });
  const told = services?.[0]?.events?.map(({ message }) => message);
  expect(told).toContainEqual(
    expect.stringMatching(/^\(service web\) \(task \w+\) failed container health checks\.$/),
  );
  expect((await describedTasks(ecs, 'RUNNING'))[0]).toMatchObject({ healthStatus: 'HEALTHY' });
});

test('a container that holds more memory than it may is killed, and told as out of memory', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const grows = [
    process.execPath,
    '-e',
    'globalThis.held = Buffer.alloc(200 * 2 ** 20, 1); setInterval(() => {}, 1000)',
  ];
  const arn = await run(engine, {
    greedy: { memory: 100, command: grows, dependsOn: [{ containerName: 'side', condition: 'HEALTHY' }] },
    side: hears,
  });
  const task = await inStatus(ecs, arn, 'STOPPED');
  expect(task).toMatchObject({
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'OutOfMemoryError: Container killed due to memory usage',
  });
  expect(exitCodes(task)).toEqual({ greedy: 137, side: 0 });
  expect(task.containers?.[0]).toMatchObject({
    reason: 'OutOfMemoryError: Container killed due to memory usage',
    memory: '100',
  });
  // The same under a limit that it keeps.
  const other = await run(engine, { modest: { memory: 400, command: grows } });
  await inStatus(ecs, other, 'RUNNING');
  await new Promise((resolve) => {
    setTimeout(resolve, 1500);
  });
  expect((await described(ecs, other)).lastStatus).toBe('RUNNING');
});

test('dependencies and health checks that ECS would refuse are refused', async () => {
  const engine = await testEngine();
  const wrong: readonly Containers[] = [
    {
      a: { dependsOn: [{ containerName: 'b', condition: 'START' }] },
      b: { dependsOn: [{ containerName: 'a', condition: 'START' }] },
    },
    { a: { dependsOn: [{ containerName: 'b', condition: 'HEALTHY' }] }, b: {} },
    { a: { dependsOn: [{ containerName: 'b', condition: 'COMPLETE' }] }, b: {} },
    { a: { dependsOn: [{ containerName: 'nobody', condition: 'START' }] } },
    { a: { healthCheck: { command: ['curl', 'localhost'] } } },
    { a: { healthCheck: { command: ['CMD', 'true'], interval: 4 } } },
    { a: { healthCheck: { command: ['CMD', 'true'], retries: 11 } } },
  ];
  for (const containers of wrong)
    await expect(family(engine, containers), JSON.stringify(containers)).rejects.toMatchObject({
      name: 'ClientException',
    });
});
