import { expect, it } from 'vitest';
import { restartPatience } from '../../src/ecs/restart-patience.ts';

/** How long it waits before each retry, in milliseconds, until it gives up. */
async function waits(errorType: 'TRANSIENT' | 'CLIENT_ERROR'): Promise<readonly number[]> {
  let token = await restartPatience.acquireInitialRetryToken('');
  const delays: number[] = [];
  for (;;) {
    try {
      token = await restartPatience.refreshRetryTokenForRetry(token, { errorType });
    } catch {
      return delays;
    }
    delays.push(token.getRetryDelay());
  }
}

it('waits ten seconds for an engine that is away, and asks once a second at least', async () => {
  const delays = await waits('TRANSIENT');
  expect(delays[0]).toBeLessThanOrEqual(100);
  expect(Math.max(...delays)).toBe(1_000);
  const whole = delays.reduce((sum, delay) => sum + delay, 0);
  expect(whole).toBeGreaterThanOrEqual(10_000);
  expect(whole).toBeLessThan(12_000);
});

it('waits as long for the hundredth request as for the first', async () => {
  const first = await waits('TRANSIENT');
  for (let request = 2; request <= 100; request += 1) expect(await waits('TRANSIENT')).toEqual(first);
});

it('does not ask again what was refused', async () => {
  expect(await waits('CLIENT_ERROR')).toEqual([]);
});
