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
  /** In place of `clientIdleMs` and `targetIdleMs`. */
  readonly idleMs?: number | undefined;
  /** A client's connection that is older ends with its next response (ALB's `client_keep_alive`). No limit where absent. */
  readonly connectionAgeMs?: number | undefined;
  readonly headers?: HeaderRules | undefined;
  readonly responseHeaders?: ResponseHeaderRules | undefined;
}

/** What happens to a request's fields on the way to its target. */
export interface HeaderRules {
  /** `X-Forwarded-For` gets the client's address, stays as it came, or goes. */
  readonly forwardedFor: 'append' | 'preserve' | 'remove';
  /** The client's port stands beside its address there. */
  readonly clientPort: boolean;
  /** Fields go whose names have anything but letters, digits and hyphens. */
  readonly dropInvalid: boolean;
}

/** What happens to a response's fields on the way to its client. */
export interface ResponseHeaderRules {
  /** In place of the target's, where it has them. */
  readonly set: readonly { readonly name: string; readonly value: string }[];
  /** Whether `Server` stays. */
  readonly server: boolean;
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
  readonly stickiness?: TargetStickinessConfig | undefined;
  readonly targets: readonly TargetConfig[];
}

/**
 * A client stays with its target: by the cookie AWSALB, or, where the app's own cookie is named, by AWSALBAPP-0, from the
 * response that sets the app's and for as long as the client has that too.
 */
export interface TargetStickinessConfig {
  readonly durationMs: number;
  readonly appCookie?: string | undefined;
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
