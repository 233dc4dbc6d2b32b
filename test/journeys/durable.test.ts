import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrafficSample } from '../../src/traffic/words.ts';
import { expectOnly, pidOf, programPids } from './truth.ts';
import { brief, openWorkbench, type Json, type Workbench } from './workbench.ts';

/** Engine, balancer and tasks are killed, at rest and in the middle of deployments, while users keep coming. */
let bench: Workbench;
let version = 1;

beforeAll(async () => {
  bench = await openWorkbench();
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
});
afterAll(() => bench[Symbol.asyncDispose]());

const comesUp: Json = {
  type: 'stage.entered',
  service: 'web',
  stage: ['SCALE_UP', 'POST_SCALE_UP', 'TEST_TRAFFIC_SHIFT', 'POST_TEST_TRAFFIC_SHIFT'],
};
const moments: readonly (readonly [string, Json])[] = [
  ['green comes up', comesUp],
  ['the gates are asked', { type: 'barrier.reached', barrier: 'A' }],
  ['traffic moves', { type: 'pause.answered', service: 'worker', barrier: 'A' }],
  ['green bakes', { type: 'barrier.reached', barrier: 'B' }],
  ['blue goes', { type: 'release.committed' }],
];

describe('an engine that is killed while', () => {
  test.each(moments)('%s costs no request, and the deployment goes on', async (_, event) => {
    const to = String(version + 1);
    await bench.release(to);
    const users = await bench.users();
    const run = bench.start(['deploy', '--json']);
    await run.event(event);
    const pid = await pidOf(bench, 'engine');
    process.kill(pid, 'SIGKILL');
    const { last, exitCode, stdout, stderr } = await run.done;
    const summary = await users.stop();
    expect(summary).toMatchObject({ failed: 0, failures: [] });
    expect(last, stdout + stderr).toMatchObject({ verdict: 'succeeded' });
    expect(exitCode).toBe(0);
    expect(await pidOf(bench, 'engine')).not.toBe(pid);
    version += 1;
    await expectOnly(bench, to);
  });
});

describe('a balancer that is killed', () => {
  test('at rest is back on the same port by itself; only requests of that moment are lost, and they are counted', async () => {
    const [engine, pid] = await Promise.all([pidOf(bench, 'engine'), pidOf(bench, 'balancer')]);
    const samples: TrafficSample[] = [];
    const users = await bench.users(50, 8, (sample) => samples.push(sample));
    // Nobody starts another one before a user has missed it.
    process.kill(engine, 'SIGSTOP');
    process.kill(pid, 'SIGKILL');
    await expect
      .poll(() => samples.some(({ failed }) => failed > 0), { timeout: 90_000 })
      .toBe(true)
      .finally(() => process.kill(engine, 'SIGCONT'));
    await expect.poll(() => pidOf(bench, 'balancer').catch(() => pid), { timeout: 90_000 }).not.toBe(pid);
    await expect
      .poll(() => bench.get('/').catch(String), { timeout: 90_000 })
      .toEqual({ shop: String(version) });
    users.phase('back');
    const since = Date.now();
    for (let asked = 0; asked < 200; asked += 1)
      expect(await bench.get('/')).toEqual({ shop: String(version) });
    const answered = () => samples.filter(({ at, requests }) => at > since && requests > 0).length;
    await expect.poll(answered, { timeout: 90_000 }).toBeGreaterThan(2);
    const summary = await users.stop();
    expect(summary.failed).toBeGreaterThan(0);
    expect(summary.phases['back']).toMatchObject({ failed: 0 });
    expect(summary.phases['back']?.requests).toBeGreaterThan(0);
    await expectOnly(bench, String(version));
  });

  test.each([
    ['green comes up', comesUp],
    ['green bakes', { type: 'barrier.reached', barrier: 'B' }],
  ] as const)('while %s leaves one whole release and a truthful verdict', async (_, event) => {
    const to = String(version + 1);
    await bench.release(to);
    const run = bench.start(['deploy', '--json']);
    await run.event(event);
    process.kill(await pidOf(bench, 'balancer'), 'SIGKILL');
    const { last, stdout, stderr } = await run.done;
    expect(['succeeded', 'rolled-back'], stdout + stderr).toContain(last['verdict']);
    if (last['verdict'] === 'succeeded') version += 1;
    await expectOnly(bench, String(version));
  });
});

describe('engine and balancer that are killed together', () => {
  test('leave tasks that run on, and the next command restores everything', async () => {
    const tasks = await programPids(bench);
    await killBoth();
    expect(await programPids(bench)).toEqual(tasks);
    const status = await bench.fairway('status', '--json');
    expect(status.last, brief(status)).toMatchObject({
      services: { web: { running: 1 }, worker: { running: 1 } },
    });
    await expectOnly(bench, String(version));
    expect(await programPids(bench)).toEqual(tasks);
  });

  test('in the middle of a deployment leave it to be settled by the next', async () => {
    await bench.release(String(version + 1));
    await bench.fairwayDyingAt({ type: 'barrier.reached', barrier: 'B' }, 'deploy', '--json');
    await killBoth();
    const run = await bench.fairway('resume', '--json');
    expect(run.last, brief(run)).toMatchObject({ verdict: 'succeeded' });
    version += 1;
    await expectOnly(bench, String(version));
  });

  test('are still taken down with everything they ran', async () => {
    await killBoth();
    const down = await bench.fairway('down', '--json');
    expect(down.exitCode, down.stderr).toBe(0);
    await expect.poll(() => programPids(bench), { timeout: 90_000 }).toEqual([]);
    await bench.release(String(++version));
    const run = await bench.fairway('deploy', '--json');
    expect(run.last, brief(run)).toMatchObject({ verdict: 'succeeded' });
    await expectOnly(bench, String(version));
  });
});

describe('a task that is killed', () => {
  test.each(['server.mjs', 'worker.mjs'])('(%s) is replaced by one of the same release', async (program) => {
    const [pid] = await programPids(bench, program);
    process.kill(pid ?? 0, 'SIGKILL');
    await expect
      .poll(async () => (await programPids(bench, program)).filter((one) => one !== pid), { timeout: 90_000 })
      .toHaveLength(1);
    await expect
      .poll(() => bench.get('/').catch(String), { timeout: 90_000 })
      .toEqual({ shop: String(version) });
    await expectOnly(bench, String(version));
  });
});

async function killBoth(): Promise<void> {
  // Stopped first: otherwise the one starts the other again in between.
  const pids = await Promise.all([pidOf(bench, 'engine'), pidOf(bench, 'balancer')]);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await expect.poll(() => pids.map(isThere), { timeout: 90_000 }).toEqual([false, false]);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
