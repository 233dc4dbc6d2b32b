import { describe, expect, it } from 'vitest';
import { compareGroups, slowestFor } from '../../src/deployment/comparison.ts';

const limits = { errorRate: 0.01, slower: 0.5, requests: 50, path: null };
const group = (requests: number, errors = 0, p95: number | null = 200) => ({ requests, errors, p95 });

describe('green beside blue', () => {
  it('is as good while it fails no more than the limit allows above blue', () => {
    expect(compareGroups(limits, group(900, 9), group(100, 2), 0)).toMatchObject({ is: 'as-good' });
    const worse = compareGroups(limits, group(900, 9), group(100, 3), 0);
    expect(worse).toMatchObject({ is: 'worse', summary: 'green failed 3 % of 100 requests, blue 1 %' });
    expect(worse.figures.filter(({ ok }) => !ok)).toEqual([
      { name: 'error rate of green', value: 3, unit: '%', limit: 2, ok: false },
    ]);
  });

  it('is worse when more than one in twenty of its requests is slower than blue allows', () => {
    expect(slowestFor(limits, group(900))).toBe(300);
    expect(compareGroups(limits, group(900), group(100), 0.05).is).toBe('as-good');
    expect(compareGroups(limits, group(900), group(100, 0, 900), 0.06)).toMatchObject({
      is: 'worse',
      summary: '6 % of 100 requests on green took longer than 300 ms, with a p95 of 200 ms on blue',
    });
  });

  it('is not held to differences of a few milliseconds', () => {
    expect(slowestFor(limits, group(900, 0, 2))).toBe(52);
    expect(slowestFor(limits, group(0, 0, null))).toBeNull();
  });

  it.each([
    [group(900), group(49), 'green answered 49 requests, and 50 are needed to compare'],
    [group(10), group(900, 900), 'blue answered 10 requests, and 50 are needed to compare'],
    [group(0, 0, null), group(0, 0, null), 'green answered 0 requests, and 50 are needed to compare'],
  ])('proves nothing with too few requests on either', (blue, green, summary) => {
    expect(compareGroups(limits, blue, green, null)).toMatchObject({ is: 'thin', summary });
  });
});
