import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOnly } from './truth.ts';
import { openWorkbench, type Behaviour, type Json, type Workbench } from './workbench.ts';

/**
 * The deployer dies at every stage of its work, under users: `resume` brings what it left behind to a truthful end,
 * forward or back, and nobody notices.
 */
let bench: Workbench;
let version = 1;

beforeAll(async () => {
  bench = await openWorkbench({ env: { SHOP_BAKE: '0.5' } });
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, first.stdout + first.stderr).toMatchObject({ verdict: 'succeeded' });
});
afterAll(() => bench[Symbol.asyncDispose]());

/** The events of one deployment, as they come; what is told more than once is met at its first time. */
const beforeAnyUpdate: readonly Json[] = [
  { type: 'deployment.started' },
  { type: 'release.built' },
  { type: 'migration.started' },
  { type: 'migration.finished' },
];
const onTheWay: readonly Json[] = [
  { type: 'rollout.planned' },
  { type: 'update.requested', service: 'web' },
  { type: 'update.requested', service: 'worker' },
  { type: 'stage.entered', service: 'web', stage: 'SCALE_UP' },
  { type: 'stage.entered', service: 'web', stage: 'POST_TEST_TRAFFIC_SHIFT' },
  { type: 'stage.entered', service: 'worker', stage: 'PRE_SCALE_UP' },
  { type: 'barrier.reached', barrier: 'A' },
  { type: 'gate.passed', gate: 'health' },
  { type: 'gate.passed', gate: 'integration' },
  { type: 'barrier.judged', barrier: 'A' },
  { type: 'pause.answered', service: 'web', barrier: 'A' },
  { type: 'pause.answered', service: 'worker', barrier: 'A' },
  { type: 'stage.entered', service: 'worker', stage: 'SCALE_UP' },
  { type: 'traffic.shifted', service: 'web', green: 100 },
  { type: 'stage.entered', service: 'web', stage: 'POST_PRODUCTION_TRAFFIC_SHIFT' },
  { type: 'stage.entered', service: 'worker', stage: 'POST_SCALE_UP' },
  { type: 'barrier.reached', barrier: 'B' },
  { type: 'barrier.judged', barrier: 'B' },
  { type: 'release.committed' },
  { type: 'pause.answered', service: 'web', barrier: 'B' },
  { type: 'pause.answered', service: 'worker', barrier: 'B' },
  { type: 'stage.entered', service: 'web', stage: 'successful' },
];
const onTheWayBack: readonly Json[] = [
  { type: 'gate.failed', gate: 'smoke' },
  { type: 'barrier.judged', barrier: 'A' },
  { type: 'rollback.decided' },
  { type: 'pause.answered', service: 'web', action: 'ROLLBACK' },
  { type: 'pause.answered', service: 'worker', action: 'ROLLBACK' },
  { type: 'stage.entered', service: 'web', stage: 'rolled-back' },
];
const name = (event: Json) => Object.values(event).join(' ');

describe('a deployer that is killed at', () => {
  test.each(beforeAnyUpdate.map((event) => [name(event), event] as const))(
    '%s leaves the old version, and resume says so',
    async (_, event) => {
      const resumed = await killAndResume(event, 'fine', 'the old');
      expect(resumed).toMatchObject({ verdict: 'rolled-back', exitCode: 4, cause: { code: 'interrupted' } });
    },
  );

  test.each(onTheWay.map((event) => [name(event), event] as const))(
    '%s leaves what resume carries to its end',
    async (_, event) => {
      const resumed = await killAndResume(event, 'fine', 'the new');
      expect(resumed).toMatchObject({ verdict: 'succeeded', exitCode: 0, cause: null });
    },
  );

  test.each(onTheWayBack.map((event) => [name(event), event] as const))(
    '%s of a failing release leaves what resume rolls back for its first cause',
    async (_, event) => {
      const resumed = await killAndResume(event, 'smoke-fails', 'the old');
      expect(resumed).toMatchObject({ verdict: 'rolled-back', exitCode: 4, cause: { code: 'gate-failed' } });
      expect(JSON.stringify(resumed['cause'])).toContain('relation');
    },
  );

  test('deployment.concluded leaves nothing to resume', async () => {
    const to = String(version + 1);
    await bench.release(to);
    const killed = await bench.fairwayDyingAt({ type: 'deployment.concluded' }, 'deploy', '--json');
    expect(killed.exitCode).toBeNull();
    const resumed = await bench.fairway('resume', '--json');
    expect(resumed.last).toMatchObject({ verdict: 'nothing-to-do', exitCode: 2 });
    version += 1;
    await expectOnly(bench, to);
  });

  test('the bake is settled by the next deployment before it begins its own', async () => {
    const users = await bench.users();
    await bench.release(String(version + 1));
    await bench.fairwayDyingAt({ type: 'barrier.reached', barrier: 'B' }, 'deploy', '--json');
    const status = await bench.fairway('status', '--json');
    expect(status.last).toMatchObject({ lease: null, unfinished: expect.any(String) });
    version += 2;
    await bench.release(String(version));
    const next = await bench.fairway('deploy', '--json');
    const summary = await users.stop();
    expect(next.last, next.stdout + next.stderr).toMatchObject({ verdict: 'succeeded' });
    const concluded = next.lines.filter(({ event }) =>
      JSON.stringify(event ?? null).includes('deployment.concluded'),
    );
    expect(concluded).toMatchObject([
      {
        deployment: status.last['unfinished'],
        event: { verdict: 'rolled-back', cause: { code: 'interrupted' } },
      },
      { event: { verdict: 'succeeded' } },
    ]);
    expect(summary).toMatchObject({ failed: 0, failures: [] });
    await expectOnly(bench, String(version));
  });
});

/** @returns what `resume` ends with */
async function killAndResume(
  event: Json,
  behaviour: Behaviour,
  serves: 'the old' | 'the new',
): Promise<Json> {
  const from = String(version);
  const to = String(version + 1);
  await bench.release(to, behaviour);
  const users = await bench.users();
  const killed = await bench.fairwayDyingAt(event, 'deploy', '--json');
  expect(killed.events.at(-1), killed.stdout + killed.stderr).toMatchObject(event);
  expect(killed.exitCode).toBeNull();
  const resumed = await bench.fairway('resume', '--json');
  const summary = await users.stop();
  expect(summary, resumed.stdout).toMatchObject({ failed: 0, failures: [] });
  expect(resumed.exitCode, resumed.stdout + resumed.stderr).toBe(resumed.last['exitCode']);
  const now = resumed.last['verdict'] === 'succeeded' ? to : from;
  version = Number(now);
  await expectOnly(bench, now);
  expect(now).toBe(serves === 'the new' ? to : from);
  return resumed.last;
}
