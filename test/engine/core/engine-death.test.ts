import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identityOf } from '../../../src/process/identity.ts';
import { eventually } from '../tasks/rig.ts';
import {
  blueGreenApp,
  clientsOf,
  describedTasks,
  pausedAt,
  runEngine,
  settled,
  testEngine,
  traffic,
  weights,
} from './rig.ts';

test('killing the engine in the middle of a deployment loses no request, and the deployment goes on', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, {
    stages: ['POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'],
  });
  const load = traffic(app.production);
  await app.release({ VERSION: '2' });
  for (const stage of ['POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT']) {
    const { arn, hookId } = await pausedAt(ecs, stage);
    await ecs.continueServiceDeployment({ serviceDeploymentArn: arn, hookId });
    const before = engine.pid();
    process.kill(before, 'SIGKILL');
    // Nobody but the balancer starts it again.
    await eventually(() => engine.pid() !== before || null, 'another engine');
  }
  const done = await settled(ecs, 'SUCCESSFUL');
  expect(done.targetServiceRevision).toMatchObject({ runningTaskCount: 1 });
  expect(await app.answer(app.production)).toBe('2');
  expect((await load.stop()).failed).toEqual([]);
  expect(await describedTasks(ecs, 'RUNNING')).toHaveLength(1);
});

test('a killed balancer is started again and serves what it served', async () => {
  const engine = await testEngine();
  const app = await blueGreenApp(engine);
  const [before] = await describedTasks(engine.clients.ecs, 'RUNNING');
  const balancer = engine.balancerPid();
  process.kill(balancer, 'SIGKILL');
  await eventually(() => engine.balancerPid() !== balancer || null, 'another balancer');
  await app.answers('1');
  const [after] = await describedTasks(engine.clients.ecs, 'RUNNING');
  expect(after?.taskArn).toBe(before?.taskArn);
});

test('when engine and balancer are killed the tasks run on, and the next start restores everything', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_PRODUCTION_TRAFFIC_SHIFT'] });
  await app.release({ VERSION: '2' });
  const paused = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  const tasks = await describedTasks(ecs, 'RUNNING');
  const file = readFileSync(join(engine.folder, 'engine.json'), 'utf8');
  // Stopped first, so that neither starts the other in between.
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
    process.kill(engine.pid(), signal);
    process.kill(engine.balancerPid(), signal);
  }
  await eventually(() => identityOf(engine.pid()) === null || null, 'the end of the engine');
  await engine.startAgain();
  expect(JSON.parse(readFileSync(join(engine.folder, 'engine.json'), 'utf8')).endpoint).toBe(
    JSON.parse(file).endpoint,
  );

  const again = await pausedAt(ecs, 'POST_PRODUCTION_TRAFFIC_SHIFT');
  expect(again.hookId).toBe(paused.hookId);
  expect(new Set((await describedTasks(ecs, 'RUNNING')).map((task) => task.taskArn))).toEqual(
    new Set(tasks.map((task) => task.taskArn)),
  );
  await app.answers('2');
  await ecs.continueServiceDeployment({ serviceDeploymentArn: again.arn, hookId: again.hookId });
  await settled(ecs, 'SUCCESSFUL');
  expect((await weights(elb, app.productionRule))[app.green]).toBe(100);
});

test('tasks that end while no engine runs are found ended, with their exit code', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const go = join(engine.folder, 'go');
  const script = `while [ ! -e '${go}' ]; do sleep 0.05; done; exit 3`;
  const image = await engine.image({ 'run.sh': script }, ['sh', 'run.sh']);
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'job',
    memory: '512',
    containerDefinitions: [{ name: 'job', image }],
  });
  const { tasks } = await ecs.runTask({ cluster: 'test', taskDefinition: 'job' });
  const task = tasks?.[0]?.taskArn ?? '';
  await eventually(
    async () =>
      (await ecs.describeTasks({ cluster: 'test', tasks: [task] })).tasks?.[0]?.lastStatus === 'RUNNING'
        ? true
        : null,
    'a running task',
  );
  // SIGTERM ends the engine alone; the balancer does not bring it back.
  const pid = engine.pid();
  process.kill(pid, 'SIGTERM');
  await eventually(() => identityOf(pid) === null || null, 'the end of the engine');
  await eventually(
    () => readFileSync(join(engine.folder, 'stopping'), 'utf8').includes('engine') || null,
    'the marker',
  );
  writeFileSync(go, '');
  const folder = join(engine.folder, 'runtime', 'tasks');
  const [state = ''] = readdirSync(folder).map((name) => join(folder, name, 'state'));
  await eventually(() => readFileSync(state, 'utf8').includes('exit 3\n') || null, 'the end of the task');
  await new Promise((resolve) => {
    setTimeout(resolve, 1500);
  });
  expect(engine.pid()).toBe(pid);
  await engine.startAgain();
  const stopped = await eventually(async () => {
    const found = (await clientsOf(engine.folder).ecs.describeTasks({ cluster: 'test', tasks: [task] }))
      .tasks?.[0];
    return found?.lastStatus === 'STOPPED' ? found : null;
  }, 'a stopped task');
  expect(stopped.containers?.[0]?.exitCode).toBe(3);
});

test('there is one engine for a folder: a second start finds it and leaves', async () => {
  const engine = await testEngine();
  const words = ['--state', engine.folder];
  const others = await Promise.all([runEngine(words), runEngine(words)]);
  for (const other of others) {
    expect(other.code).toBe(0);
    expect(JSON.parse(other.stdout)).toMatchObject({ event: 'already-running', pid: engine.pid() });
  }
});

test('stopping everything leaves nothing running, and the next start brings the services back', async () => {
  const engine = await testEngine();
  const app = await blueGreenApp(engine);
  const pids = [engine.pid(), engine.balancerPid()];
  const ended = await engine.stopAll();
  expect(ended).toMatchObject({ code: 0 });
  expect(JSON.parse(ended.stdout)).toEqual({ event: 'stopped' });
  for (const pid of pids) expect(identityOf(pid)).toBeNull();
  await expect(fetch(`http://127.0.0.1:${app.production}/`)).rejects.toThrow();
  await engine.startAgain();
  await app.answers('1');
  const stopped = await describedTasks(engine.clients.ecs, 'STOPPED');
  expect(stopped.map((task) => task.containers?.[0]?.exitCode)).toEqual([0]);
});

test('what the engine writes is for its user alone', async () => {
  const engine = await testEngine();
  const mode = (name: string) => statSync(join(engine.folder, name)).mode & 0o777;
  expect(mode('.')).toBe(0o700);
  for (const name of ['engine.json', 'credentials.json', 'parameters.key', 'state.db', 'engine.log'])
    expect([name, mode(name)]).toEqual([name, 0o600]);
});
