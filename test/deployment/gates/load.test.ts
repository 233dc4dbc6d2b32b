import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LoadGate } from '../../../src/app/environment.ts';
import type { Evidence } from '../../../src/journal/evidence.ts';
import type { GateOutcome } from '../../../src/deployment/gates/gate.ts';
import { judgeLoad } from '../../../src/deployment/gates/load.ts';
import { runGate } from '../../../src/deployment/gates/run.ts';
import { json, nowhere, serve, serveBytes } from '../../traffic/server.ts';
import { context, step } from './stand.ts';

const gate = (more: Partial<LoadGate> = {}): LoadGate => ({
  kind: 'load',
  name: 'speed',
  method: 'GET',
  path: '/api/interactions',
  headers: {},
  rate: 100,
  // Long beside a machine that stands still for a while: what was due meanwhile is not sent.
  duration: 3,
  warmUp: 0,
  p95Milliseconds: 5_000,
  maxErrorRate: 0.01,
  ...more,
});

/** Measured times differ from run to run: they become 0, their limits and judgements stay. */
const timeless = (outcome: GateOutcome): GateOutcome => ({
  ...outcome,
  seconds: 0,
  summary: outcome.summary.replace(/p95 \d+ ms/, 'p95 N ms'),
  evidence: outcome.evidence.map((evidence) => withoutTimes(evidence)),
});

const withoutTimes = (evidence: Evidence): Evidence =>
  evidence.kind === 'figures'
    ? {
        kind: 'figures',
        figures: evidence.figures.map((one) => (one.unit === 'ms' ? { ...one, value: 0 } : one)),
      }
    : evidence;

const times = (limit = 5_000, ok = true) => [
  { name: 'p50', value: 0, unit: 'ms', limit: null, ok: true },
  { name: 'p95', value: 0, unit: 'ms', limit, ok },
  { name: 'p99', value: 0, unit: 'ms', limit: null, ok: true },
];

test('a fast service without errors passes, with its figures', async () => {
  let served = 0;
  const { url } = await serve((request, response) => {
    served += 1;
    json(response, request.headers['x-who'] === 'load' ? 200 : 400, {});
  });
  const outcome = await runGate(gate({ headers: { 'x-who': 'load' } }), context(url));
  expect(served).toBeGreaterThanOrEqual(20);
  expect(timeless(outcome)).toEqual({
    gate: 'speed',
    kind: 'load',
    passed: true,
    summary: `GET /api/interactions: p95 N ms, limit 5000 ms; 0 of ${served} requests failed`,
    seconds: 0,
    evidence: [
      {
        kind: 'figures',
        figures: [
          ...times(),
          { name: 'requests', value: served, unit: 'requests', limit: null, ok: true },
          { name: 'failed', value: 0, unit: 'requests', limit: null, ok: true },
          { name: 'error rate', value: 0, unit: '%', limit: 1, ok: true },
        ],
      },
    ],
  });
});

test('a service that sleeps 900 ms is over the limit', async () => {
  let served = 0;
  const { url } = await serve(async (_, response) => {
    served += 1;
    await sleep(900);
    response.end();
  });
  const outcome = await runGate(gate({ p95Milliseconds: 500 }), context(url));
  expect(timeless(outcome)).toEqual({
    gate: 'speed',
    kind: 'load',
    passed: false,
    summary: `GET /api/interactions: p95 N ms over the limit of 500 ms (${served} requests)`,
    seconds: 0,
    evidence: [
      {
        kind: 'figures',
        figures: [
          ...times(500, false),
          { name: 'requests', value: served, unit: 'requests', limit: null, ok: true },
          { name: 'failed', value: 0, unit: 'requests', limit: null, ok: true },
          { name: 'error rate', value: 0, unit: '%', limit: 1, ok: true },
        ],
      },
    ],
  });
  expect(Number(/p95 (\d+) ms/.exec(outcome.summary)?.[1])).toBeGreaterThanOrEqual(890);
});

test('a service that fails only when it is busy fails here and nowhere else', async () => {
  let busy = 0;
  let failed = 0;
  let served = 0;
  const { url } = await serve(async (_, response) => {
    served += 1;
    busy += 1;
    const status = busy > 3 ? 503 : 200;
    if (status === 503) failed += 1;
    await sleep(100);
    busy -= 1;
    json(response, status, {});
  });
  const smoke = {
    kind: 'smoke',
    name: 'smoke',
    steps: [step('one', 'GET /'), step('two', 'GET /')],
  } as const;
  expect((await runGate(smoke, context(url))).passed).toBe(true);
  served = 0;

  const outcome = await runGate(gate(), context(url));
  const rate = Math.round((failed / served) * 10_000) / 100;
  expect(failed).toBeGreaterThan(0);
  expect(timeless(outcome)).toEqual({
    gate: 'speed',
    kind: 'load',
    passed: false,
    summary: `GET /api/interactions: ${failed} of ${served} requests failed (${rate} %, limit 1 %): ${failed} × status 503`,
    seconds: 0,
    evidence: [
      {
        kind: 'figures',
        figures: [
          ...times(),
          { name: 'requests', value: served, unit: 'requests', limit: null, ok: true },
          { name: 'failed', value: failed, unit: 'requests', limit: null, ok: false },
          { name: 'error rate', value: rate, unit: '%', limit: 1, ok: false },
        ],
      },
    ],
  });
});

test('errors up to the limit pass, by the server’s own count', async () => {
  let served = 0;
  let failed = 0;
  const { url } = await serve((_, response) => {
    served += 1;
    if (served % 5 === 0) failed += 1;
    json(response, served % 5 === 0 ? 500 : 204, {});
  });
  const { passed, summary } = await runGate(gate({ maxErrorRate: 0.2 }), context(url));
  expect(passed).toBe(true);
  expect(summary).toMatch(new RegExp(`; ${failed} of ${served} requests failed$`));
});

test('every kind of loss is an error and is counted by its kind', async () => {
  let served = 0;
  const { url } = await serveBytes((socket) =>
    socket.once('data', () => {
      served += 1;
      if (served % 3 === 0) socket.resetAndDestroy();
      else if (served % 3 === 1) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    }),
  );
  const { passed, summary } = await runGate(gate(), context(url));
  const reset = Math.floor(served / 3);
  const half = Math.ceil(served / 3);
  expect(passed).toBe(false);
  expect(summary).toContain(`${reset + half} of ${served} requests failed`);
  expect(summary).toContain(`${half} × incomplete`);
  expect(summary).toContain(`${reset} × ECONNRESET`);
});

test('where nothing listens every request fails', async () => {
  const { passed, summary } = await runGate(gate(), context(await nowhere()));
  expect(passed).toBe(false);
  expect(summary).toMatch(/: (\d+) of \1 requests failed \(100 %, limit 1 %\): \1 × ECONNREFUSED$/);
});

test('what is never answered fails when its patience is over, and is slow as well', async () => {
  const { url } = await serve(() => {});
  const { passed, summary } = await judgeLoad(
    gate({ duration: 0.3, p95Milliseconds: 300 }),
    context(url),
    600,
  );
  expect(passed).toBe(false);
  expect(summary).toMatch(
    /(\d+) of \1 requests failed \(100 %, limit 1 %\): \1 × timeout; p95 \d+ ms over the limit of 300 ms \(\1 requests\)$/,
  );
});

test('a warm-up is made and not counted', async () => {
  let served = 0;
  const started = performance.now();
  const { url } = await serve((_, response) => {
    served += 1;
    response.statusCode = performance.now() - started < 400 ? 503 : 200;
    response.end();
  });
  const { passed, evidence } = await runGate(gate({ warmUp: 3 }), context(url));
  expect(passed).toBe(true);
  const [figures] = evidence;
  const counted =
    figures?.kind === 'figures' ? figures.figures.find(({ name }) => name === 'requests')?.value : 0;
  expect(counted).toBeGreaterThanOrEqual(20);
  expect(served - (counted ?? 0)).toBeGreaterThanOrEqual(20);
});

test('too few requests to judge fail rather than pass', async () => {
  const { url } = await serve((_, response) => response.end());
  const { passed, summary } = await runGate(gate({ rate: 2 }), context(url));
  expect(passed).toBe(false);
  expect(summary).toMatch(/^GET \/api\/interactions: \d+ requests are too few to judge, 20 are needed$/);
});

test('one stall is charged to everybody who waited for it, not to one request', async () => {
  let stalled: Promise<void> | null = null;
  let served = 0;
  const { url } = await serve(async (_, response) => {
    served += 1;
    if (served === 20) stalled = sleep(2_000);
    await stalled;
    response.end();
  });
  const { summary } = await runGate(gate({ p95Milliseconds: 300 }), context(url));
  expect(summary).toContain('over the limit of 300 ms');
});

test('a rollback ends it at once, whatever is still open', async () => {
  const rollback = new AbortController();
  const { url } = await serve(() => rollback.abort());
  const outcome = await runGate(gate({ duration: 600 }), context(url, { signal: rollback.signal }));
  expect(timeless(outcome)).toEqual({
    gate: 'speed',
    kind: 'load',
    passed: false,
    summary: 'stopped before it could decide: the deployment is being rolled back',
    seconds: 0,
    evidence: [],
  });
});
