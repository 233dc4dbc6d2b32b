import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueBy, oversleep, type Pace } from '../../src/traffic/pace.ts';

const fresh = (rate: number, start = 0): Pace => ({ start, rate, made: 0, missed: 0 });

/** What arithmetic may be off by. Milliseconds. */
const grain = 1e-6;

test('the first request is due at once, the others at a constant rate', () => {
  expect(dueBy(fresh(100, 50), 75)).toEqual({
    due: [50, 60, 70],
    nextAt: 80,
    pace: { start: 50, rate: 100, made: 3, missed: 0 },
  });
});

test('nothing is due before the start', () => {
  expect(dueBy(fresh(100, 50), 49)).toEqual({ due: [], nextAt: 50, pace: fresh(100, 50) });
});

test('however irregularly one looks, every request is due once, on time and in order', () => {
  const rates = fc.integer({ min: 1, max: 5_000 });
  const naps = fc.array(fc.double({ min: 0, max: oversleep * 0.9, noNaN: true }), { maxLength: 50 });
  fc.assert(
    fc.property(rates, naps, (rate, sleeps) => {
      let pace = fresh(rate);
      let now = 0;
      const due: number[] = [];
      for (const nap of [0, ...sleeps]) {
        now += nap;
        const next = dueBy(pace, now);
        expect(next.nextAt).toBeGreaterThan(now - grain);
        due.push(...next.due);
        pace = next.pace;
      }
      expect(pace.missed).toBe(0);
      expect(due).toEqual(Array.from({ length: pace.made }, (_, index) => (index * 1_000) / rate));
      expect(due.at(-1)).toBeLessThan(now + grain);
    }),
  );
});

test('who overslept misses what was due meanwhile, says so, and goes on in step', () => {
  const { pace } = dueBy(fresh(10), 0);
  const next = dueBy(pace, 5_050);
  expect(next).toEqual({ due: [], nextAt: 5_100, pace: { start: 0, rate: 10, made: 51, missed: 50 } });
  expect(dueBy(next.pace, 5_200).due).toEqual([5_100, 5_200]);
});
