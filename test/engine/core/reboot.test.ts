import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { identityOf } from '../../../src/process/identity.ts';
import { eventually } from '../tasks/rig.ts';
import { blueGreenApp, describedTasks, freePort, known, testEngine } from './rig.ts';
import type { App, TestEngine } from './rig.ts';

/** PostgreSQL on a promised port, its data in a volume. */
async function database({ clients: { ecs } }: TestEngine): Promise<number> {
  const port = await freePort();
  await ecs.registerTaskDefinition({
    family: 'postgres',
    networkMode: 'bridge',
    memory: '512',
    volumes: [{ name: 'data', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true } }],
    containerDefinitions: [
      {
        name: 'postgres',
        image: 'postgres:18',
        portMappings: [{ containerPort: 5432, hostPort: port }],
        environment: [{ name: 'POSTGRES_PASSWORD', value: 'swordfish' }],
        mountPoints: [{ sourceVolume: 'data', containerPath: '/var/lib/postgresql/data' }],
      },
    ],
  });
  await ecs.createService({
    cluster: 'test',
    serviceName: 'postgres',
    taskDefinition: 'postgres',
    launchType: 'EC2',
    desiredCount: 1,
    deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
  });
  await eventually(() => listens(port), 'PostgreSQL');
  return port;
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const serves = (app: App) =>
  eventually(
    () =>
      app.answer(app.production).then(
        (text) => text === '1' || null,
        () => null,
      ),
    'an answer',
  );

/** Kills all that this engine ever started, at once, and gives every pid that it knows to a stranger. */
async function reboot(engine: TestEngine): Promise<() => boolean> {
  const stranger = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  const pid = known(stranger.pid);
  onTestFinished(() => void stranger.kill('SIGKILL'));
  const tasks = join(engine.folder, 'runtime', 'tasks');
  const records = readdirSync(tasks).map((task) => join(tasks, task, 'task.json'));
  const shims = records.map((file): number => JSON.parse(readFileSync(file, 'utf8')).shim.pid);
  const killed = [engine.pid(), engine.balancerPid(), ...shims];
  // Standing still, none of them sees another one end.
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
    process.kill(engine.pid(), signal);
    process.kill(engine.balancerPid(), signal);
    for (const shim of shims) process.kill(-shim, signal);
  }
  for (const each of killed) await eventually(() => identityOf(each) === null, `the end of ${each}`);
  const files = ['engine.json', 'balancer.json', 'balancer.lock'].map((name) => join(engine.folder, name));
  for (const file of [...files, ...records]) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll(/"pid":\d+/g, `"pid":${pid}`));
  }
  return () => identityOf(pid) !== null;
}

test('after a reboot of the machine the next start comes up clean and brings every service back', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine);
  const store = await database(engine);
  const before = await describedTasks(ecs, 'RUNNING');
  const strangerLives = await reboot(engine);
  await expect(fetch(`http://127.0.0.1:${app.production}/`)).rejects.toThrow();

  await engine.startAgain();
  await serves(app);
  await eventually(() => listens(store), 'PostgreSQL again');
  const after = await eventually(async () => {
    const tasks = await describedTasks(ecs, 'RUNNING');
    return tasks.length === 2 && tasks.every((task) => task.lastStatus === 'RUNNING') ? tasks : null;
  }, 'both tasks');
  for (const task of after) expect(before.map(({ taskArn }) => taskArn)).not.toContain(task.taskArn);
  const lost = (await describedTasks(ecs, 'STOPPED')).filter((task) =>
    before.some(({ taskArn }) => taskArn === task.taskArn),
  );
  expect(lost.map((task) => task.containers?.[0]?.exitCode ?? null)).toEqual([null, null]);
  expect(strangerLives()).toBe(true);
});

test('everything can be stopped after a reboot without being started first', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine);
  const [before] = await describedTasks(ecs, 'RUNNING');
  await reboot(engine);
  expect(await engine.stopAll()).toMatchObject({ code: 0 });
  await engine.startAgain();
  await serves(app);
  const stopped = (await describedTasks(ecs, 'STOPPED')).map(({ taskArn }) => taskArn);
  expect(stopped).toEqual([before?.taskArn]);
});
