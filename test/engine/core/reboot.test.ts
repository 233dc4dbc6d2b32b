import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ECS } from '@aws-sdk/client-ecs';
import { expect, onTestFinished, test } from 'vitest';
import { identityOf } from '../../../src/process/identity.ts';
import { eventually } from '../tasks/rig.ts';
import { blueGreenApp, describedTasks, known, testEngine } from './rig.ts';
import { listens, postgresService } from './postgres.ts';
import type { TestEngine } from './rig.ts';

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

const bothTasks = (ecs: ECS) =>
  eventually(async () => {
    const tasks = await describedTasks(ecs, 'RUNNING');
    return tasks.length === 2 && tasks.every((task) => task.lastStatus === 'RUNNING') ? tasks : null;
  }, 'both tasks');

test('after a reboot of the machine the next start comes up clean and brings every service back', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine);
  const store = await postgresService(engine, 'postgres');
  // One that had not been started yet would be started under its own name.
  const before = await bothTasks(ecs);
  const strangerLives = await reboot(engine);
  await expect(fetch(`http://127.0.0.1:${app.production}/`)).rejects.toThrow();

  await engine.startAgain();
  await app.answers('1');
  await eventually(() => listens(store), 'PostgreSQL again');
  const after = await bothTasks(ecs);
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
  await app.answers('1');
  const stopped = (await describedTasks(ecs, 'STOPPED')).map(({ taskArn }) => taskArn);
  expect(stopped).toEqual([before?.taskArn]);
});
