import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../process/identity.ts';
import { isRunning } from '../../process/identity.ts';
import type { HistogramCounts } from './histogram.ts';

/**
 * The whole wanted state of the balancer. It is applied atomically: requests in flight keep the target they have,
 * every later one sees only the new state. A lower `version` than the applied one is refused.
 */
export interface BalancerConfig {
  readonly version: number;
  readonly timeouts?: Partial<Timeouts> | undefined;
  readonly listeners: readonly ListenerConfig[];
  readonly targetGroups: readonly TargetGroupConfig[];
}

/** All in milliseconds. */
export interface Timeouts {
  /** A client connection without a request: 60,000. */
  readonly clientIdleMs: number;
  /** From the first byte of a head to its last: 10,000. */
  readonly headReadMs: number;
  /** An exchange or tunnel on which no byte moves (ALB's `idle_timeout`): 60,000. */
  readonly targetIdleMs: number;
  /** To connect to a target (ALB: 10 s): 10,000. */
  readonly connectMs: number;
}

export interface ListenerConfig {
  readonly arn: string;
  readonly host: string;
  readonly port: number;
  /** Any order; tried by ascending priority. */
  readonly rules: readonly RuleConfig[];
  readonly defaultAction: Action;
  /** Requests with a longer body are answered 413. No limit where absent, as at ALB. */
  readonly maxRequestBodyBytes?: number | undefined;
}

export interface RuleConfig {
  readonly arn: string;
  readonly priority: number;
  readonly conditions: RuleConditions;
  readonly action: Action;
}

/**
 * All conditions given must hold; of the values of one, any. Patterns know `*`, `?` and `\` to escape them.
 * Host, header and query values match without regard to case; path and method with it.
 */
export interface RuleConditions {
  readonly host?: readonly string[] | undefined;
  /** Matched against the path as sent, without the query. */
  readonly path?: readonly string[] | undefined;
  /** No patterns. */
  readonly method?: readonly string[] | undefined;
  readonly headers?: readonly { readonly name: string; readonly values: readonly string[] }[] | undefined;
  /** Each inner list is one condition: any of its pairs. A pair without `key` matches any key. */
  readonly query?: readonly (readonly QueryPattern[])[] | undefined;
  /** CIDR blocks. */
  readonly sourceIp?: readonly string[] | undefined;
}

export interface QueryPattern {
  readonly key?: string | undefined;
  readonly value: string;
}

export type Action = ForwardAction | FixedResponseAction | RedirectAction;

/** A group of weight 0 gets nothing, exactly. All weights 0, or a group without targets: 503. */
export interface ForwardAction {
  readonly type: 'forward';
  readonly groups: readonly { readonly arn: string; readonly weight: number }[];
  /** Target-group stickiness by the cookie AWSALBTG. A group of weight 0 keeps nobody. */
  readonly stickiness?: { readonly durationMs: number } | undefined;
}

export interface FixedResponseAction {
  readonly type: 'fixed-response';
  readonly status: number;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
}

/** The parts may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}`, `#{query}`, and default to the request's own. */
export interface RedirectAction {
  readonly type: 'redirect';
  readonly status: 301 | 302;
  readonly protocol?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly path?: string | undefined;
  readonly query?: string | undefined;
}

export interface TargetGroupConfig {
  readonly arn: string;
  readonly name: string;
  readonly healthCheck: HealthCheckConfig;
  readonly deregistrationDelayMs: number;
  readonly slowStartMs?: number | undefined;
  /** `round_robin` where absent. */
  readonly algorithm?: 'round_robin' | 'least_outstanding_requests' | undefined;
  readonly targets: readonly TargetConfig[];
}

export interface HealthCheckConfig {
  /** Targets of a group without health checks count as healthy. */
  readonly enabled: boolean;
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** `200`, `200-299`, `200,404`. */
  readonly matcher: string;
  /**
   * While a target is `initial`, further probes at least this often, which can pass it but not fail it: on one machine a start
   * takes less than an interval. They begin at 20 and grow with its age, so that they add a tenth to a start at most.
   * 100 where absent; 0 for none.
   */
  readonly initialProbeMs?: number | undefined;
}

/** `id` is unique in its group. Deregister with `draining: true`, wait for `drained`, then leave it out. */
export interface TargetConfig {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly draining: boolean;
}

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

/** What `DIR/balancer.json` holds (mode 0600), written once the balancer is ready. */
export interface BalancerAddress extends ProcessIdentity {
  readonly port: number;
  readonly token: string;
  /** The version of the program, not of a config. */
  readonly version: string;
}

/** The balancer answered with an error: `code` is its own, such as `stale-version` or `invalid-config`. */
export class BalancerRefused extends Error {
  override readonly name = 'BalancerRefused';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Speaks to one running balancer. Both ends of this wire are this package, of one version: its JSON is not checked again.
 * A balancer that is gone rejects with the connection's own error (ECONNREFUSED …):
 * read the address again then.
 */
export class BalancerClient {
  readonly #address: Pick<BalancerAddress, 'port' | 'token'>;

  constructor(address: Pick<BalancerAddress, 'port' | 'token'>) {
    this.#address = address;
  }

  /** The balancer of a state folder; null where none runs (not started, or killed). */
  static ofState(directory: string): BalancerClient | null {
    const address = readBalancerAddress(directory);
    return address !== null && isRunning(address) ? new BalancerClient(address) : null;
  }

  /** Resolves once the config is saved, applied, and each new listener has bound or failed to. */
  async apply(config: BalancerConfig): Promise<Applied> {
    const applied: Applied = JSON.parse(await this.#call('PUT', '/config', JSON.stringify(config)));
    return applied;
  }

  async status(): Promise<BalancerStatus> {
    const status: BalancerStatus = JSON.parse(await this.#call('GET', '/status'));
    return status;
  }

  /** Stops accepting at once, finishes what is in flight (at most `graceMs`), then exits. Resolves once it has begun. */
  async stop(graceMs = 30_000): Promise<void> {
    await this.#call('POST', `/stop?graceMs=${graceMs}`);
  }

  /** A snapshot, then each change as it happens; ends when the balancer does, or throws its connection's error. */
  async *events(signal?: AbortSignal): AsyncGenerator<BalancerEvent, void, undefined> {
    const response = await this.#open('GET', '/events', undefined, signal);
    let rest = '';
    for await (const text of response.setEncoding('utf8')) {
      const lines = (rest + String(text)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') continue;
        const event: BalancerEvent = JSON.parse(line);
        yield event;
      }
    }
  }

  async #call(method: string, path: string, body?: string): Promise<string> {
    const response = await this.#open(method, path, body);
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += String(piece);
    const status = response.statusCode ?? 0;
    if (status >= 300) {
      const { code, message }: { code: string; message: string } = JSON.parse(text);
      throw new BalancerRefused(status, code, message);
    }
    return text;
  }

  async #open(method: string, path: string, body?: string, signal?: AbortSignal): Promise<IncomingMessage> {
    const { port, token } = this.#address;
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers,
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.on('response', resolve).on('error', reject).end(body);
    return promise;
  }
}

/** What the balancer of this folder wrote of itself, whether it still runs or not. */
export function readBalancerAddress(directory: string): BalancerAddress | null {
  try {
    const address: BalancerAddress = JSON.parse(readFileSync(join(directory, 'balancer.json'), 'utf8'));
    return address;
  } catch {
    return null;
  }
}
