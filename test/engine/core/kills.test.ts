import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { identityOf, isRunning, readIdentity } from '../../../src/process/identity.ts';
import { eventually } from '../tasks/rig.ts';
import {
  blueGreenApp,
  describedTasks,
  latestDeployment,
  pausedAt,
  settled,
  testEngine,
  traffic,
} from './rig.ts';
import type { FailedRequest, TestEngine } from './rig.ts';

/** Main processes of the tasks that this engine has ever started, by what their records say. */
function processes({ folder }: TestEngine) {
  const tasks = join(folder, 'runtime', 'tasks');
  return readdirSync(tasks).flatMap((task) => {
    const record: unknown = JSON.parse(readFileSync(join(tasks, task, 'task.json'), 'utf8'));
    const main = readIdentity(
      typeof record === 'object' && record !== null && 'main' in record ? record.main : null,
    );
    return main !== null && isRunning(main) ? [main] : [];
  });
}

async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await eventually(() => identityOf(pid) === null, `the end of ${pid}`);
}

/** From before a kill until somebody was served again. */
interface Outage {
  readonly from: number;
  readonly to: number;
}

/** Failed requests that were neither open at a kill nor begun before what was killed was back. */
const outside = (failed: readonly FailedRequest[], outages: readonly Outage[]): readonly FailedRequest[] =>
  failed.filter(({ began, ended }) => !outages.some(({ from, to }) => ended >= from && began <= to));

test('the engine killed at any moment of a deployment fails no request, and the deployment goes on', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine);
  const load = traffic(app.production, 4);
  const moments: number[] = [];
  let last = (await latestDeployment(ecs)).serviceDeploymentArn ?? null;
  for (const version of ['2', '3', '4', '5', '6']) {
    await app.release({ VERSION: version });
    // A whole deployment takes about as long.
    const moment = Math.random() * 400;
    moments.push(moment);
    await pause(moment);
    const pid = engine.pid();
    await killed(pid);
    await eventually(() => engine.pid() !== pid, 'another engine');
    last = (await settled(ecs, 'SUCCESSFUL', last)).serviceDeploymentArn ?? null;
    await app.answers(version);
  }
  const { failed, requests } = await load.stop();
  expect({ failed, moments }).toEqual({ failed: [], moments });
  expect(requests).toBeGreaterThan(100);
  expect(await describedTasks(ecs, 'RUNNING')).toHaveLength(1);
  expect(processes(engine)).toHaveLength(1);
});

test('a killed balancer is back on its port by itself: only requests while it was away fail', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { stages: ['POST_TEST_TRAFFIC_SHIFT'] });
  await app.release({ VERSION: '2' });
  const { arn, hookId } = await pausedAt(ecs, 'POST_TEST_TRAFFIC_SHIFT');
  const load = traffic(app.production, 4);
  const outages: Outage[] = [];
  for (let round = 0; round < 3; round += 1) {
    await pause(100);
    const from = performance.now();
    await killed(engine.balancerPid());
    await app.answers('1');
    outages.push({ from, to: performance.now() });
  }
  await ecs.continueServiceDeployment({ serviceDeploymentArn: arn, hookId });
  await settled(ecs, 'SUCCESSFUL');
  await app.answers('2');
  const { failed, versions } = await load.stop();
  expect(outside(failed, outages)).toEqual([]);
  expect(versions).toEqual(new Set(['1', '2']));
});

test('engine and balancer killed together: tasks run on, and the next start serves again', async () => {
  const engine = await testEngine();
  const app = await blueGreenApp(engine, { desiredCount: 2 });
  const before = processes(engine);
  expect(before).toHaveLength(2);
  const load = traffic(app.production, 4);
  await pause(100);
  const from = performance.now();
  // Standing still first, so that neither starts the other in between.
  const pids = [engine.pid(), engine.balancerPid()];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  for (const pid of pids) await killed(pid);
  expect(processes(engine)).toEqual(before);
  await engine.startAgain();
  await app.answers('1');
  const to = performance.now();
  await pause(500);
  const { failed } = await load.stop();
  expect(processes(engine)).toEqual(before);
  expect(failed.length).toBeGreaterThan(0);
  expect(outside(failed, [{ from, to }])).toEqual([]);
});

test('a killed task is replaced, and takes with it only the requests that it held', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const app = await blueGreenApp(engine, { desiredCount: 2 });
  const users = 4;
  const load = traffic(app.production, users);
  const [victim, survivor] = processes(engine);
  await killed(victim?.pid ?? 0);
  const stopped = await eventually(async () => {
    const tasks = await describedTasks(ecs, 'STOPPED');
    const running = processes(engine).filter(({ pid }) => pid !== survivor?.pid);
    return tasks.length === 1 && running.length === 1 ? tasks : null;
  }, 'another task');
  expect(stopped).toMatchObject([{ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 137 }] }]);
  await pause(500);
  const { failed } = await load.stop();
  expect(failed.length).toBeLessThanOrEqual(users);
});
