import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectOnly, serving } from './truth.ts';
import { brief, openWorkbench, type Json } from './workbench.ts';

/**
 * The deployer dies and nobody resumes: the engine's own time-out rolls back, so that no service stays half-way. Pauses are
 * long enough for the busiest machine to reach them all, and the engine's clock is turned on once the deployer is dead; by
 * less than the five minutes that a signature may be old.
 */
const pauseMinutes = 240;
const engine = '--minute-ms 1000';

/** A workbench of its own: its engine's clock is turned on once. */
async function abandonable() {
  const clock = join(mkdtempSync(join(tmpdir(), 'clock-')), 'ahead');
  onTestFinished(() => rmSync(dirname(clock), { recursive: true, force: true }));
  const preload = pathToFileURL(join(import.meta.dirname, 'turned-clock.mjs')).href;
  const env = {
    SHOP_BAKE: '0.2',
    SHOP_PAUSE: String(pauseMinutes),
    NODE_OPTIONS: `--import=${preload}`,
    CLOCK_TURNED_BY: clock,
  };
  const bench = await openWorkbench({ engine, env });
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
  await bench.release('2');
  return {
    bench,
    // Whole from the first moment it is there.
    passPauses: () => {
      writeFileSync(`${clock}.new`, String((pauseMinutes + 1) * 1000));
      renameSync(`${clock}.new`, clock);
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

const abandoned: readonly (readonly [string, Json])[] = [
  ['at barrier A', { type: 'barrier.reached', barrier: 'A' }],
  ['between the answers to A', { type: 'pause.answered', service: 'worker', barrier: 'A' }],
  ['at barrier B, with all traffic on green', { type: 'barrier.reached', barrier: 'B' }],
];

describe('a deployment abandoned', () => {
  test.each(abandoned)('%s rolls back by itself, and no user notices', async (_, event) => {
    await using opened = await abandonable();
    const { bench, passPauses } = opened;
    const before = await serving(bench);
    const users = await bench.users();
    const killed = await bench.fairwayDyingAt(event, 'deploy', '--json');
    expect(killed.events.at(-1), brief(killed)).toMatchObject(event);
    const status = await bench.fairway('status', '--json');
    const { unfinished } = status.last;
    expect(unfinished).toEqual(expect.any(String));

    passPauses();
    await expectOnly(bench, '1', { unfinished });
    expect(await serving(bench)).toEqual(before);
    const summary = await users.stop();
    expect(summary).toMatchObject({ failed: 0, failures: [] });

    const resumed = await bench.fairway('resume', '--json');
    expect(resumed.last, brief(resumed)).toMatchObject({
      verdict: 'rolled-back',
      exitCode: 4,
      cause: { code: 'engine-rolled-back' },
      running: before,
    });
    await expectOnly(bench, '1');
  });

  test('amid the commit is one release again after resume, and ground for the next', async () => {
    await using opened = await abandonable();
    const { bench, passPauses } = opened;
    const before = await serving(bench);
    const users = await bench.users();
    // The first service was told to go on and has let its blue go; the second never was, and times out.
    const killed = await bench.fairwayDyingAt(
      { type: 'pause.answered', service: 'worker', barrier: 'B' },
      'deploy',
      '--json',
    );
    expect(killed.events.at(-1)).toMatchObject({ type: 'pause.answered', service: 'worker' });
    passPauses();
    await expect
      .poll(async () => (await bench.fairway('status', '--json')).last['services'], { timeout: 90_000 })
      .toMatchObject({
        web: { deployment: { status: 'successful' } },
        worker: { deployment: { status: 'rolled-back' } },
      });
    // Until somebody resumes, the new web runs beside the old worker, and `status` says so.
    const { services, unfinished, lease } = (await bench.fairway('status', '--json')).last;
    expect({ unfinished, lease }).toEqual({ unfinished: expect.any(String), lease: null });
    expect(services).toMatchObject({ worker: { serving: before['worker'] } });
    expect(services).not.toMatchObject({ web: { serving: before['web'] } });
    const { stdout } = await bench.fairway('status');
    expect(stdout).toContain(`${String(unfinished)} was left unfinished`);
    expect(stdout).toContain('fairway resume local');

    const resumed = await bench.fairway('resume', '--json');
    const summary = await users.stop();
    expect(resumed.last, brief(resumed)).toMatchObject({
      verdict: 'rolled-back',
      exitCode: 4,
      cause: { code: 'engine-rolled-back', service: 'worker' },
      running: before,
    });
    expect(await serving(bench)).toEqual(before);
    expect(summary).toMatchObject({ failed: 0, failures: [] });
    await expectOnly(bench, '1');

    await bench.release('3');
    const next = await bench.fairway('deploy', '--json');
    expect(next.last, brief(next)).toMatchObject({ verdict: 'succeeded' });
    await expectOnly(bench, '3');
  });
});
