import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { ContainerHealth } from '../model/ecs.ts';

/** A container's own health check; all times in milliseconds. */
export interface HealthCheck {
  readonly argv: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

/** Null without a check. `secondMs`: how long a second lasts here. */
export function healthCheckOf({ healthCheck }: ContainerDefinition, secondMs: number): HealthCheck | null {
  const [kind, ...words] = healthCheck?.command ?? [];
  if (healthCheck === undefined || kind === undefined || kind === 'NONE') return null;
  const { interval = 30, timeout = 5, retries = 3, startPeriod = 0 } = healthCheck;
  return {
    argv: kind === 'CMD-SHELL' ? ['/bin/sh', '-c', words.join(' ')] : words,
    intervalMs: interval * secondMs,
    timeoutMs: timeout * secondMs,
    retries,
    startPeriodMs: startPeriod * secondMs,
  };
}

/** What is known of a container between two checks. */
export interface HealthMemory {
  readonly status: ContainerHealth;
  /** Failures in a row that count. */
  readonly failures: number;
  /** When the last check that counts was due. */
  readonly since: number;
}

export const unknownHealth = (startedAt: number): HealthMemory => ({
  status: 'UNKNOWN',
  failures: 0,
  since: startedAt,
});

/** How long a check waits for the next while it is not yet known whether the container is healthy. */
const eagerMs = 250;

/**
 * As Docker counts: a success is health, at any time; `retries` failures in a row are illness, one at most counted for each
 * interval, and none in the start period. While a container is new it is asked more often, so that health shows at once.
 */
export function judged(
  before: HealthMemory,
  check: HealthCheck,
  passed: boolean,
  startedAt: number,
  now: number,
): HealthMemory {
  if (passed) return { status: 'HEALTHY', failures: 0, since: now };
  const counts =
    now - before.since >= check.intervalMs &&
    (before.status !== 'UNKNOWN' || now - startedAt >= check.startPeriodMs);
  if (!counts) return before;
  const failures = before.failures + 1;
  return { status: failures >= check.retries ? 'UNHEALTHY' : before.status, failures, since: now };
}

export function nextCheckMs({ status }: HealthMemory, { intervalMs }: HealthCheck): number {
  return status === 'UNKNOWN' ? Math.min(eagerMs, intervalMs) : intervalMs;
}
