import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Result } from '../../src/traffic/load.ts';
import { TrafficRecord } from '../../src/traffic/record.ts';
import { Tally } from '../../src/traffic/tally.ts';
import { getRequest } from '../../src/traffic/words.ts';

const result = (due: number, more: Partial<Result> = {}): Result => ({
  request: getRequest('/x'),
  due,
  milliseconds: 2,
  failed: false,
  status: 200,
  error: null,
  version: '1.0.0',
  reused: true,
  ...more,
});

const lost = { failed: true, status: null, error: 'ECONNREFUSED', version: null, reused: false };
const at2ms = { p50: 2, p95: 2, p99: 2, max: 2 };
const nothing = { requests: 0, failed: 0, p50: null, p95: null, p99: null, max: null };

test('percentiles are those of the sorted latencies, to a thousandth', () => {
  const latencies = fc.array(fc.double({ min: 0.001, max: 60_000, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(latencies, (milliseconds) => {
      const tally = new Tally();
      for (const one of milliseconds) tally.add(result(0, { milliseconds: one }));
      const sorted = milliseconds.toSorted((a, b) => a - b);
      const rank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
      const { p50, p95, p99, max } = tally.figures();
      const pairs = [
        [p50, rank(0.5)],
        [p95, rank(0.95)],
        [p99, rank(0.99)],
        [max, rank(1)],
      ] as const;
      for (const [found, exact] of pairs)
        expect(Math.abs((found ?? 0) - exact)).toBeLessThan(exact * 0.002 + 0.0011);
    }),
  );
});

test('what ended is in one sample, one second and its phase, and in the summary', () => {
  const record = new TrafficRecord(1_000, 1_700_000_000_000);
  record.add(result(1_000), 1_002);
  record.enter('deployment', 1_100);
  record.add(result(1_099), 1_101);
  record.add(result(1_100, { version: '2.0.0' }), 1_102);
  expect(record.sample(1_250)).toEqual({
    at: 1_700_000_001_250,
    requests: 3,
    failed: 0,
    ...at2ms,
    rps: 12,
    versions: { '1.0.0': 2, '2.0.0': 1 },
  });
  expect(record.sample(1_500)).toEqual({ at: 1_700_000_001_500, ...nothing, rps: 0, versions: {} });
  record.enter(null, 1_600);
  record.add(result(1_601, lost), 3_050);
  expect(record.sample(3_100)).toMatchObject({ requests: 1, failed: 1, versions: {} });
  expect(record.summary(3_100, 7)).toEqual({
    seconds: 2.1,
    missed: 7,
    requests: 4,
    failed: 1,
    ...at2ms,
    failures: [
      {
        at: 1_700_000_001_601,
        request: 'GET /x',
        status: null,
        error: 'ECONNREFUSED',
        version: null,
        connection: 'new',
      },
    ],
    perVersion: { '1.0.0': { requests: 2, failed: 0 }, '2.0.0': { requests: 1, failed: 0 } },
    perSecond: [
      { second: 0, requests: 3, failed: 0, ...at2ms, versions: { '1.0.0': 2, '2.0.0': 1 } },
      { second: 1, ...nothing, versions: {} },
      { second: 2, requests: 1, failed: 1, ...at2ms, versions: {} },
    ],
    phases: { deployment: { requests: 1, failed: 0, ...at2ms } },
  });
});

test('a phase that is entered again goes on', () => {
  const record = new TrafficRecord(0, 0);
  for (const [from, phase] of [
    ['0', 'rest'],
    ['10', 'deployment'],
    ['20', 'rest'],
  ] as const)
    record.enter(phase, Number(from));
  for (const due of [0, 10, 20, 21]) record.add(result(due), 30);
  expect(record.summary(30, 0).phases).toMatchObject({ rest: { requests: 3 }, deployment: { requests: 1 } });
});

test('of the failures the first 20 are kept and all are counted', () => {
  const record = new TrafficRecord(0, 0);
  for (let due = 0; due < 30; due += 1) record.add(result(due, lost), due);
  const { failed, failures } = record.summary(30, 0);
  expect([failed, failures.map(({ at }) => at)]).toEqual([
    30,
    Array.from({ length: 20 }, (_, index) => index),
  ]);
});
