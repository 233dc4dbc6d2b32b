import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkTarget } from '../../src/engine/balancer/health-check.ts';
import type { CheckOutcome, Health } from '../../src/engine/balancer/health.ts';
import {
  afterCheck,
  afterProbe,
  initialHealth,
  matchesStatus,
  probeDelay,
} from '../../src/engine/balancer/health.ts';

const thresholds = { healthyThreshold: 3, unhealthyThreshold: 2, matcher: '200-299' };
const ok: CheckOutcome = { kind: 'response', status: 200, body: '' };
const bad: CheckOutcome = { kind: 'response', status: 500, body: 'oh' };
const after = (outcomes: readonly CheckOutcome[]): Health =>
  outcomes.reduce((health, outcome) => afterCheck(health, outcome, thresholds), initialHealth);

describe('health', () => {
  test.each<[string, CheckOutcome[], string]>([
    ['a new target is healthy at its first pass', [ok], 'healthy'],
    ['a new target stays initial below the threshold of failures', [bad], 'initial'],
    ['a failure of a new target is forgiven by a pass', [bad, ok], 'healthy'],
    ['a new target becomes unhealthy at the threshold', [bad, bad], 'unhealthy'],
    ['a healthy target survives one failure', [ok, bad], 'healthy'],
    ['failures count in a row only', [ok, bad, ok, bad], 'healthy'],
    ['a healthy target falls at the threshold', [ok, bad, bad], 'unhealthy'],
    ['an unhealthy target needs its passes', [bad, bad, ok, ok], 'unhealthy'],
    ['an unhealthy target recovers at the threshold', [bad, bad, ok, ok, ok], 'healthy'],
    ['passes count in a row only', [bad, bad, ok, ok, bad, ok, ok], 'unhealthy'],
  ])('%s', (_, outcomes, state) => {
    expect(after(outcomes).state).toBe(state);
  });

  test('a probe passes a new target, and fails nobody', () => {
    expect(afterProbe(initialHealth, ok, thresholds).state).toBe('healthy');
    expect(
      [bad, bad, bad].reduce((health, outcome) => afterProbe(health, outcome, thresholds), initialHealth),
    ).toBe(initialHealth);
  });

  test.each([
    [0, 20],
    [500, 50],
    [60_000, 100],
  ])('a target %i ms old is probed again in %i ms', (age, delay) => {
    expect(probeDelay(age, 100)).toBe(delay);
  });

  test('the reason is what the last failure was', () => {
    expect(after([bad, bad])).toMatchObject({
      reason: 'Target.ResponseCodeMismatch',
      description: 'Health checks failed with these codes: [500]',
    });
    expect(after([bad, { kind: 'timeout' }])).toMatchObject({
      reason: 'Target.Timeout',
      description: 'Request timed out',
    });
    expect(after([bad, bad, { kind: 'error', message: 'refused' }])).toMatchObject({
      reason: 'Target.FailedHealthChecks',
    });
    expect(after([ok])).not.toHaveProperty('reason');
  });

  test.each([
    ['200', 200, true],
    ['200', 201, false],
    ['200-299', 299, true],
    ['200-299', 300, false],
    ['200-299,404', 404, true],
    ['200,202', 201, false],
  ])('the matcher %s on %i: %s', (matcher, status, matches) => {
    expect(matchesStatus(matcher, status)).toBe(matches);
  });
});

/** Says when it was asked, and answers once it may. */
const target = `
  const { createServer } = require('node:http');
  const { parentPort, workerData: steps } = require('node:worker_threads');
  createServer((_, response) => {
    Atomics.store(steps, 0, 1);
    Atomics.wait(steps, 1, 0);
    response.end('fine', () => { Atomics.store(steps, 2, 1); Atomics.notify(steps, 2); });
  }).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });`;

test('an answer that is there when the time of a check is up counts, however late it is looked at', async () => {
  const steps = new Int32Array(new SharedArrayBuffer(12));
  const worker = new Worker(target, { eval: true, workerData: steps });
  onTestFinished(async () => void (await worker.terminate()));
  const [port]: number[] = await once(worker, 'message');
  const timeoutMs = 2000;
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<CheckOutcome>();
  checkTarget({ host: '127.0.0.1', port: port ?? 0, path: '/', timeoutMs }, resolve);
  while (Atomics.load(steps, 0) === 0) await turn();
  // From here on this thread stands still until the answer is there and the time is up.
  Atomics.store(steps, 1, 1);
  Atomics.notify(steps, 1);
  Atomics.wait(steps, 2, 0);
  while (performance.now() - began <= timeoutMs + 10);
  expect(await promise).toEqual({ kind: 'response', status: 200, body: 'fine' });
});
