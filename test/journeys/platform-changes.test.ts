import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { healthPaths } from './truth.ts';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

/**
 * A release that is watched otherwise than the one before, each answering at its own health path only: what serves is
 * never asked for what it was not made for.
 */
let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench({ env: { SHOP_BAKE: '0' } });
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('a changed health path', () => {
  test('goes with its release, and no request fails', async () => {
    const users = await bench.users(100);
    await bench.release('2');
    // Before anybody moves: what serves is asked for what it was made for.
    const env = { SHOP_HEALTH: '/ready' };
    await bench.startDyingAt({ type: 'barrier.reached', barrier: 'A' }, ['deploy', '--json'], env).done;
    expect(await healthPaths(bench)).toEqual({ serving: '/health', other: '/ready' });
    const run = await bench.start(['resume', '--json'], env).done;
    const traffic = await users.stop();
    expect(await healthPaths(bench)).toEqual({ serving: '/ready', other: '/ready' });
    expect(run.last, brief(run)).toMatchObject({ verdict: 'succeeded' });
    expect(await bench.get('/')).toEqual({ shop: '2' });
    expect(traffic.failed).toBe(0);
  });

  test('stays behind with a release that fails: the old one is watched as before', async () => {
    const users = await bench.users(100);
    await bench.release('3', 'smoke-fails');
    const failed = await bench.start(['deploy', '--json'], { SHOP_HEALTH: '/alive' }).done;
    expect(failed.last, brief(failed)).toMatchObject({ verdict: 'rolled-back' });
    const status = await bench.start(['status', '--json'], { SHOP_HEALTH: '/ready' }).done;
    const traffic = await users.stop();
    expect(await healthPaths(bench)).toEqual({ serving: '/ready', other: '/ready' });
    expect(status.last).toMatchObject({ services: { web: { running: 1 }, worker: { running: 1 } } });
    expect(await bench.get('/')).toEqual({ shop: '2' });
    expect(traffic.failed).toBe(0);
  });

  test('that of nothing else is told, done, and not called nothing', async () => {
    await bench.release('2');
    const same = { SHOP_HEALTH: '/ready' };
    const changed = { ...same, SHOP_DRAIN: '3' };
    await bench.start(['deploy', '--json'], same).done;
    const planned = await bench.start(['plan', '--json'], changed).done;
    expect(planned.last).toMatchObject({ platform: [{ subject: 'web drain', from: '5s', to: '3s' }] });
    const done = await bench.start(['deploy', '--json'], changed).done;
    expect(done.last, brief(done)).toMatchObject({ verdict: 'succeeded' });
    const again = await bench.start(['deploy', '--json'], changed).done;
    expect(again.last).toMatchObject({ verdict: 'nothing-to-do' });
  });
});
