import type { Expectation, HealthGate, SmokeStep } from '../../../src/app/environment.ts';
import type { GateContext } from '../../../src/deployment/gates/gate.ts';

/** Time passes only as it is asked for, a second at a time: that the machine stands still for a while changes nothing. */
export function unhurried(): () => number {
  let now = 0;
  return () => (now += 1_000);
}

export const context = (url: string, more: Partial<GateContext> = {}): GateContext => ({
  target: { url, headers: {} },
  root: process.cwd(),
  signal: new AbortController().signal,
  clock: unhurried(),
  secrets: [],
  ...more,
});

export const expectation = (more: Partial<Expectation> = {}): Expectation => ({
  status: [200],
  contains: null,
  json: {},
  headers: {},
  ...more,
});

export const health = (expect: Partial<Expectation> = {}, within = 5): HealthGate => ({
  kind: 'health',
  name: 'database',
  path: '/api/health',
  expect: expectation(expect),
  within,
});

export const step = (
  name: string,
  request: string,
  more: Partial<Omit<SmokeStep, 'expect'>> & { readonly expect?: Partial<Expectation> } = {},
): SmokeStep => {
  const [method = 'GET', path = '/'] = request.split(' ');
  return { name, method, path, headers: {}, body: null, keep: {}, ...more, expect: expectation(more.expect) };
};
