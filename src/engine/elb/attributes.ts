import { invalidConfiguration, validationError } from './failures.ts';

/** An attribute: what it is until it is set, and what it can be. */
interface Attribute {
  readonly initial: string;
  readonly can: Range;
}

type Range =
  | { readonly kind: 'one of'; readonly values: readonly string[] }
  | { readonly kind: 'whole'; readonly from: number; readonly to: number; readonly or?: string }
  | { readonly kind: 'text' };

/** The attributes of a kind of resource, by key. */
export interface AttributeSet {
  /** As ELB's messages name it. */
  readonly of: 'Load balancer' | 'Listener' | 'Target group';
  readonly known: Readonly<Record<string, Attribute>>;
}

interface KeyValue {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

const flag = (initial: 'true' | 'false'): Attribute => oneOf(initial, ['true', 'false']);
const oneOf = (initial: string, values: readonly string[]): Attribute => ({
  initial,
  can: { kind: 'one of', values },
});
const whole = (initial: string, from: number, to: number, or?: string): Attribute => ({
  initial,
  can: { kind: 'whole', from, to, ...(or === undefined ? {} : { or }) },
});
const text: Attribute = { initial: '', can: { kind: 'text' } };

const logs = (name: string): Readonly<Record<string, Attribute>> => ({
  [`${name}.s3.enabled`]: oneOf('false', ['false']),
  [`${name}.s3.bucket`]: text,
  [`${name}.s3.prefix`]: text,
});

export const loadBalancerAttributes: AttributeSet = {
  of: 'Load balancer',
  known: {
    'deletion_protection.enabled': flag('false'),
    'idle_timeout.timeout_seconds': whole('60', 1, 4000),
    'client_keep_alive.seconds': whole('3600', 60, 604_800),
    'load_balancing.cross_zone.enabled': oneOf('true', ['true']),
    'routing.http.desync_mitigation_mode': oneOf('defensive', ['monitor', 'defensive', 'strictest']),
    'routing.http.drop_invalid_header_fields.enabled': flag('false'),
    'routing.http.preserve_host_header.enabled': flag('false'),
    'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': flag('false'),
    'routing.http.xff_client_port.enabled': flag('false'),
    'routing.http.xff_header_processing.mode': oneOf('append', ['append', 'preserve', 'remove']),
    'routing.http2.enabled': flag('true'),
    'waf.fail_open.enabled': flag('false'),
    'zonal_shift.config.enabled': flag('false'),
    'ipv6.deny_all_igw_traffic': flag('false'),
    ...logs('access_logs'),
    ...logs('connection_logs'),
    ...logs('health_check_logs'),
  },
};

/** Listeners here speak HTTP: the attributes of TLS and of certificates are HTTPS listeners' own. */
export const listenerAttributes: AttributeSet = {
  of: 'Listener',
  known: {
    'routing.http.response.server.enabled': flag('true'),
    'routing.http.response.access_control_allow_origin.header_value': text,
    'routing.http.response.access_control_allow_methods.header_value': text,
    'routing.http.response.access_control_allow_headers.header_value': text,
    'routing.http.response.access_control_allow_credentials.header_value': oneOf('', ['', 'true']),
    'routing.http.response.access_control_expose_headers.header_value': text,
    'routing.http.response.access_control_max_age.header_value': whole('', 0, 86_400, ''),
    'routing.http.response.content_security_policy.header_value': text,
    'routing.http.response.x_content_type_options.header_value': oneOf('', ['', 'nosniff']),
    'routing.http.response.x_frame_options.header_value': text,
  },
};

export const targetGroupAttributes: AttributeSet = {
  of: 'Target group',
  known: {
    'deregistration_delay.timeout_seconds': whole('300', 0, 3600),
    'stickiness.enabled': flag('false'),
    'stickiness.type': oneOf('lb_cookie', ['lb_cookie', 'app_cookie']),
    'stickiness.lb_cookie.duration_seconds': whole('86400', 1, 604_800),
    'stickiness.app_cookie.cookie_name': text,
    'stickiness.app_cookie.duration_seconds': whole('86400', 1, 604_800),
    // ELB wants at least 30 seconds, which is a long time on one machine.
    'slow_start.duration_seconds': whole('0', 0, 900),
    'load_balancing.algorithm.type': oneOf('round_robin', [
      'round_robin',
      'least_outstanding_requests',
      'weighted_random',
    ]),
    'load_balancing.algorithm.anomaly_mitigation': oneOf('off', ['off', 'on']),
    'load_balancing.cross_zone.enabled': oneOf('use_load_balancer_configuration', [
      'true',
      'false',
      'use_load_balancer_configuration',
    ]),
    'target_group_health.dns_failover.minimum_healthy_targets.count': whole('1', 1, 1000, 'off'),
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': whole('off', 1, 100, 'off'),
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': whole('1', 1, 1000),
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': whole(
      'off',
      1,
      100,
      'off',
    ),
  },
};

/** Everything that an attribute set has, with what was set. */
export function currentAttributes(
  { known }: AttributeSet,
  set: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(known).map(([key, { initial }]) => [key, set[key] ?? initial]));
}

/** What has been set, after these changes. */
export function changedAttributes(
  set: AttributeSet,
  before: Readonly<Record<string, string>>,
  given: readonly KeyValue[] | undefined,
): Record<string, string> {
  const after: Record<string, string> = { ...before };
  const seen = new Set<string>();
  for (const { Key: key = '', Value: value = '' } of given ?? []) {
    const attribute = set.known[key];
    if (attribute === undefined) throw validationError(`${set.of} attribute key '${key}' is not recognized`);
    if (seen.has(key))
      throw invalidConfiguration(`${set.of} attribute key '${key}' was specified more than once`);
    seen.add(key);
    const expected = fault(attribute.can, value);
    if (expected !== null) throw validationError(`'${key}' value '${value}' must be ${expected}`);
    after[key] = value;
  }
  return after;
}

/** What a value should have been; null where it is. */
function fault(can: Range, value: string): string | null {
  switch (can.kind) {
    case 'text':
      return /^[\x20-\x7e]{0,1024}$/.test(value) ? null : 'one line of text';
    case 'one of':
      return can.values.includes(value) ? null : `one of [${can.values.join(', ')}]`;
    case 'whole': {
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if ((number >= can.from && number <= can.to) || value === can.or) return null;
      return `between '${can.from}-${can.to}' inclusive`;
    }
  }
}

export const listedAttributes = (attributes: Readonly<Record<string, string>>) =>
  Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
