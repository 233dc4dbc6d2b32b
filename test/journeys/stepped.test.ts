import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOnly } from './truth.ts';
import { brief, openWorkbench, type Run, type Workbench } from './workbench.ts';

/** Traffic that moves in steps, while users keep coming: green is compared with blue before it is given more. */
let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench();
  await bench.release('1');
  const first = await bench.start(['deploy', '--json'], { SHOP_STRATEGY: 'canary' }).done;
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
});
afterAll(() => bench[Symbol.asyncDispose]());

function shares({ events }: Run): readonly unknown[] {
  return events.flatMap((event) => (event['type'] === 'traffic.shifted' ? [event['green']] : []));
}

function passed({ events }: Run): readonly unknown[] {
  return events.flatMap((event) => (event['type'] === 'gate.passed' ? [event['gate']] : []));
}

describe('a canary', () => {
  test('gets all the traffic once it is found no worse than the old release', async () => {
    const users = await bench.users(100);
    await bench.release('2');
    const run = await bench.start(['deploy', '--json'], { SHOP_STRATEGY: 'canary' }).done;
    const traffic = await users.stop();
    expect(run.last, brief(run)).toMatchObject({ verdict: 'succeeded' });
    expect(shares(run)).toEqual([20, 100]);
    expect(passed(run)).toContain('web with 20 % of the traffic');
    expect(await bench.get('/')).toEqual({ shop: '2' });
    expect(traffic.failed).toBe(0);
  });

  test('that fails users who are not there before goes back after a part of them', async () => {
    const users = await bench.users(100);
    await bench.release('3', 'fails-for-users');
    const run = await bench.start(['deploy', '--json'], { SHOP_STRATEGY: 'canary' }).done;
    const traffic = await users.stop();
    expect(run.last, brief(run)).toMatchObject({ verdict: 'rolled-back', exitCode: 4 });
    expect(run.last['cause']).toMatchObject({ code: 'gate-failed', service: 'web' });
    expect(JSON.stringify(run.last['cause'])).toMatch(/green failed [\d.]+ % of \d+ requests, blue 0 %/);
    expect(Math.max(...shares(run).map(Number))).toBe(20);
    expect(await bench.get('/')).toEqual({ shop: '2' });
    expect(traffic.failed).toBeGreaterThan(0);
    expect(traffic.failed).toBeLessThan(traffic.requests / 4);
    await expectOnly(bench, '2');
  });
});

describe('a linear shift', () => {
  test('goes step by step, and is proven by requests of our own where nobody else comes', async () => {
    await bench.release('4');
    const run = await bench.start(['deploy', '--json'], { SHOP_STRATEGY: 'linear' }).done;
    expect(run.last, brief(run)).toMatchObject({ verdict: 'succeeded' });
    expect(shares(run)).toEqual([40, 80, 100]);
    expect(passed(run)).toEqual(
      expect.arrayContaining(['web with 40 % of the traffic', 'web with 80 % of the traffic']),
    );
    expect(await bench.get('/')).toEqual({ shop: '4' });
  });
});
