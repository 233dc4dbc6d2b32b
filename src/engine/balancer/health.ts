import type { HealthCheckRecord, TargetReason } from './status.ts';
import type { HealthCheckConfig } from './wanted.ts';

/** What one health check found. */
export type CheckOutcome =
  | { readonly kind: 'response'; readonly status: number; readonly body: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'error'; readonly message: string };

/** Health of a registered target, apart from draining. Counts are of checks in a row. */
export interface Health {
  readonly state: 'initial' | 'healthy' | 'unhealthy';
  readonly passes: number;
  readonly failures: number;
  readonly reason?: TargetReason | undefined;
  readonly description?: string | undefined;
}

export type Thresholds = Pick<HealthCheckConfig, 'healthyThreshold' | 'unhealthyThreshold' | 'matcher'>;

export const initialHealth: Health = {
  state: 'initial',
  passes: 0,
  failures: 0,
  reason: 'Elb.InitialHealthChecking',
  description: 'Initial health checks in progress',
};

export const uncheckedHealth: Health = {
  state: 'healthy',
  passes: 0,
  failures: 0,
  reason: 'Target.HealthCheckDisabled',
  description: 'Health checks are disabled for this target group',
};

/**
 * A new target is healthy at its first pass ("it must pass one health check", ALB guide, health checks); one that was
 * unhealthy needs `healthyThreshold` in a row. `unhealthyThreshold` failures in a row make either unhealthy.
 */
export function afterCheck(health: Health, outcome: CheckOutcome, thresholds: Thresholds): Health {
  if (passed(outcome, thresholds.matcher)) {
    const passes = health.passes + 1;
    const enough = health.state !== 'unhealthy' || passes >= thresholds.healthyThreshold;
    return enough ? { state: 'healthy', passes, failures: 0 } : { ...health, passes, failures: 0 };
  }
  const failures = health.failures + 1;
  if (health.state === 'unhealthy' || failures >= thresholds.unhealthyThreshold) {
    return { state: 'unhealthy', passes: 0, failures, ...whyFailed(outcome) };
  }
  return { ...health, passes: 0, failures };
}

/** A probe between two checks: it can pass a new target, and changes nothing else. */
export function afterProbe(health: Health, outcome: CheckOutcome, thresholds: Thresholds): Health {
  return health.state === 'initial' && passed(outcome, thresholds.matcher)
    ? afterCheck(health, outcome, thresholds)
    : health;
}

const firstProbeMs = 20;

/** How long until a new target is probed again: with its age the probes thin out, to a tenth of it and `mostMs` at most. */
export function probeDelay(ageMs: number, mostMs: number): number {
  return Math.min(mostMs, Math.max(firstProbeMs, ageMs / 10));
}

export function recordOf(outcome: CheckOutcome, matcher: string, at: number): HealthCheckRecord {
  const record = { at, passed: passed(outcome, matcher) };
  switch (outcome.kind) {
    case 'response':
      return { ...record, status: outcome.status, body: outcome.body };
    case 'timeout':
      return { ...record, error: 'timed out' };
    case 'error':
      return { ...record, error: outcome.message };
  }
}

/** `200`, `200-299`, `200,404`. */
export function matchesStatus(matcher: string, status: number): boolean {
  return matcher.split(',').some((part) => {
    const [from = '', to = from] = part.split('-');
    return status >= Number(from) && status <= Number(to);
  });
}

function passed(outcome: CheckOutcome, matcher: string): boolean {
  return outcome.kind === 'response' && matchesStatus(matcher, outcome.status);
}

/** Reasons and their wording are ALB's (DescribeTargetHealth). */
function whyFailed(outcome: CheckOutcome): { reason: TargetReason; description: string } {
  switch (outcome.kind) {
    case 'response':
      return {
        reason: 'Target.ResponseCodeMismatch',
        description: `Health checks failed with these codes: [${outcome.status}]`,
      };
    case 'timeout':
      return { reason: 'Target.Timeout', description: 'Request timed out' };
    case 'error':
      return { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
  }
}
