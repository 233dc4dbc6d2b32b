import type { ProcessIdentity } from '../../process/identity.ts';
import type { HistogramCounts } from './histogram.ts';

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'drained';

/** ALB's reason codes (API reference, TargetHealth). */
export type TargetReason =
  | 'Elb.InitialHealthChecking'
  | 'Target.ResponseCodeMismatch'
  | 'Target.Timeout'
  | 'Target.FailedHealthChecks'
  | 'Target.DeregistrationInProgress'
  | 'Target.HealthCheckDisabled';

export interface TargetStatus {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly state: TargetState;
  readonly reason?: TargetReason | undefined;
  readonly description?: string | undefined;
  /** Since when in this state, milliseconds since the epoch. */
  readonly since: number;
  readonly inFlight: number;
  /** Connections kept for later requests. */
  readonly idleConnections: number;
  readonly lastCheck?: HealthCheckRecord | undefined;
}

export interface HealthCheckRecord {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly passed: boolean;
  readonly status?: number | undefined;
  /** The first 300 bytes of the response. */
  readonly body?: string | undefined;
  readonly error?: string | undefined;
}

/** Counted since `startedAt` of the status; a balancer that was started again counts from zero. */
export interface GroupCounters {
  /** Requests for which a target was chosen. */
  readonly requests: number;
  readonly target2xx: number;
  readonly target3xx: number;
  readonly target4xx: number;
  readonly target5xx: number;
  /** Connections to targets that could not be made, those of retried requests too. */
  readonly connectionErrors: number;
  /** Requests sent again to another target or connection, no byte of them having been sent. */
  readonly retries: number;
  /** Answers of the balancer itself in place of a target of this group. */
  readonly elb502: number;
  readonly elb503: number;
  readonly elb504: number;
  /** Responses that broke off after their head had gone to the client. */
  readonly brokenResponses: number;
  /** Clients that left before their response was whole. */
  readonly clientAborts: number;
  /** ALB's TargetResponseTime: request sent → response head begun, in microseconds. */
  readonly responseTime: HistogramCounts;
}

export interface GroupStatus {
  readonly arn: string;
  readonly name: string;
  readonly inFlight: number;
  readonly targets: readonly TargetStatus[];
  readonly counters: GroupCounters;
}

export interface ListenerStatus {
  readonly arn: string;
  readonly host: string;
  /** The port bound, where the config said 0. */
  readonly port: number;
  readonly bound: boolean;
  /** Why it is not bound; the balancer goes on trying. */
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  readonly connections: number;
  readonly requests: number;
  /** Requests refused as malformed, too large or too slow. */
  readonly elb4xx: number;
  /** Answers of the balancer itself with 5xx, whatever the group. */
  readonly elb5xx: number;
}

export interface BalancerStatus extends ProcessIdentity {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The version of the applied config; 0 before the first. */
  readonly version: number;
  readonly stopping: boolean;
  readonly memoryBytes: number;
  readonly listeners: readonly ListenerStatus[];
  readonly groups: readonly GroupStatus[];
}

export interface Applied {
  readonly version: number;
  readonly listeners: readonly ListenerStatus[];
}

/** One line each of `GET /events`; the first is a snapshot. */
export type BalancerEvent =
  | { readonly type: 'snapshot'; readonly at: number; readonly status: BalancerStatus }
  | { readonly type: 'config'; readonly at: number; readonly version: number }
  | { readonly type: 'target'; readonly at: number; readonly groupArn: string; readonly target: TargetStatus }
  | { readonly type: 'listener'; readonly at: number; readonly listener: ListenerStatus };
