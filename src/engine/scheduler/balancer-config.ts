import type { Action as ElbAction, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import type {
  Action,
  BalancerConfig,
  ListenerConfig,
  ResponseHeaderRules,
  RuleConditions,
  RuleConfig,
  TargetConfig,
  TargetGroupConfig,
  TargetStickinessConfig,
} from '../balancer/control.ts';
import { forwardGroups } from '../elb/actions.ts';
import { currentAttributes, loadBalancerAttributes } from '../elb/attributes.ts';
import { lastPart } from '../model/arn.ts';
import type { ListenerRow, RuleRow, TargetGroupRow, TargetRow } from '../model/elb.ts';
import type { Tables } from '../model/tables.ts';

/** The whole model as the balancer wants it; a function of the tables and nothing else. */
export function balancerConfig(tables: Tables, version: number, secondMs: number): BalancerConfig {
  const listeners = [...tables.listeners.all()].map((listener): ListenerConfig => {
    const rules = tables.rules.in(listener.arn);
    const [fallback] = rules.find((rule) => rule.priority === 'default')?.actions ?? [];
    return {
      arn: listener.arn,
      host: '127.0.0.1',
      port: listener.port,
      rules: rules.flatMap((rule) => ruleConfig(tables, rule, secondMs)),
      defaultAction: action(tables, fallback, secondMs),
      ...listenerSettings(tables, listener, secondMs),
    };
  });
  const targetGroups = [...tables.targetGroups.all()].map((group) => groupConfig(tables, group, secondMs));
  return { version, listeners, targetGroups };
}

/** What the load balancer's attributes say of all its listeners. */
function listenerSettings(
  tables: Tables,
  { loadBalancerArn, attributes: own }: ListenerRow,
  secondMs: number,
): Pick<ListenerConfig, 'idleMs' | 'connectionAgeMs' | 'headers' | 'responseHeaders'> {
  const attributes = currentAttributes(
    loadBalancerAttributes,
    tables.loadBalancers.get(loadBalancerArn)?.attributes,
  );
  const forwardedFor = attributes['routing.http.xff_header_processing.mode'];
  return {
    idleMs: inMs(Number(attributes['idle_timeout.timeout_seconds']), secondMs),
    connectionAgeMs: inMs(Number(attributes['client_keep_alive.seconds']), secondMs),
    headers: {
      forwardedFor: forwardedFor === 'preserve' || forwardedFor === 'remove' ? forwardedFor : 'append',
      clientPort: attributes['routing.http.xff_client_port.enabled'] === 'true',
      dropInvalid: attributes['routing.http.drop_invalid_header_fields.enabled'] === 'true',
    },
    ...(own === undefined ? {} : { responseHeaders: responseHeaders(own) }),
  };
}

/** `routing.http.response.x_frame_options.header_value` is X-Frame-Options. */
function responseHeaders(attributes: Readonly<Record<string, string>>): ResponseHeaderRules {
  const set = Object.entries(attributes).flatMap(([key, value]) => {
    const name = /^routing\.http\.response\.(\w+)\.header_value$/.exec(key)?.[1];
    if (name === undefined || value === '') return [];
    const words = name.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
    return [{ name: words.join('-'), value }];
  });
  return { set, server: attributes['routing.http.response.server.enabled'] !== 'false' };
}

const inMs = (seconds: number, secondMs: number): number => Math.max(1, Math.round(seconds * secondMs));

/** A task's target has the task's name: the same port may be another task's a moment later. */
export function targetId(target: TargetRow): string {
  const address = `${target.id}:${target.port}`;
  return target.taskArn === null ? address : `${address}/${lastPart(target.taskArn)}`;
}

function groupConfig(tables: Tables, group: TargetGroupRow, secondMs: number): TargetGroupConfig {
  const { health, attributes } = group;
  const seconds = (name: string) => Math.round(Number(attributes[name] ?? 0) * secondMs);
  const slowStartMs = seconds('slow_start.duration_seconds');
  return {
    arn: group.arn,
    name: group.name,
    healthCheck: {
      enabled: health.enabled,
      path: health.path,
      intervalMs: Math.max(1, Math.round(health.intervalSeconds * secondMs)),
      timeoutMs: Math.max(1, Math.round(health.timeoutSeconds * secondMs)),
      healthyThreshold: health.healthyThreshold,
      unhealthyThreshold: health.unhealthyThreshold,
      matcher: health.matcher,
    },
    deregistrationDelayMs: seconds('deregistration_delay.timeout_seconds'),
    ...(slowStartMs > 0 ? { slowStartMs } : {}),
    algorithm:
      attributes['load_balancing.algorithm.type'] === 'least_outstanding_requests'
        ? 'least_outstanding_requests'
        : 'round_robin',
    ...(attributes['stickiness.enabled'] === 'true' ? { stickiness: stickiness(attributes, secondMs) } : {}),
    targets: tables.targets.in(group.arn).map((target): TargetConfig => ({
      id: targetId(target),
      host: target.id,
      port: target.port,
      draining: target.state === 'draining',
    })),
  };
}

function stickiness(attributes: Readonly<Record<string, string>>, secondMs: number): TargetStickinessConfig {
  const byApp = attributes['stickiness.type'] === 'app_cookie';
  const kind = byApp ? 'app_cookie' : 'lb_cookie';
  return {
    durationMs: inMs(Number(attributes[`stickiness.${kind}.duration_seconds`] ?? 86_400), secondMs),
    ...(byApp ? { appCookie: attributes['stickiness.app_cookie.cookie_name'] } : {}),
  };
}

function ruleConfig(tables: Tables, rule: RuleRow, secondMs: number): readonly RuleConfig[] {
  if (rule.priority === 'default') return [];
  return [
    {
      arn: rule.arn,
      priority: rule.priority,
      conditions: conditions(rule.conditions),
      action: action(tables, rule.actions[0], secondMs),
    },
  ];
}

function action(tables: Tables, given: ElbAction | undefined, secondMs: number): Action {
  switch (given?.Type) {
    case 'forward': {
      const stickiness = given.ForwardConfig?.TargetGroupStickinessConfig;
      const groups = forwardGroups(given)
        .map(({ TargetGroupArn: arn = '', Weight: weight = 1 }) => ({ arn, weight }))
        .filter(({ arn }) => tables.targetGroups.get(arn) !== undefined);
      return {
        type: 'forward',
        groups,
        ...(stickiness?.Enabled === true
          ? { stickiness: { durationMs: inMs(stickiness.DurationSeconds ?? 3600, secondMs) } }
          : {}),
      };
    }
    case 'fixed-response': {
      const { StatusCode, ContentType, MessageBody } = given.FixedResponseConfig ?? { StatusCode: undefined };
      return {
        type: 'fixed-response',
        status: Number(StatusCode ?? 503),
        ...(ContentType === undefined ? {} : { contentType: ContentType }),
        ...(MessageBody === undefined ? {} : { body: MessageBody }),
      };
    }
    case 'redirect': {
      const { StatusCode, Protocol, Host, Port, Path, Query } = given.RedirectConfig ?? {
        StatusCode: undefined,
      };
      return {
        type: 'redirect',
        status: StatusCode === 'HTTP_301' ? 301 : 302,
        protocol: Protocol,
        host: Host,
        port: Port,
        path: Path,
        query: Query,
      };
    }
    case 'authenticate-cognito':
    case 'authenticate-oidc':
    case 'jwt-validation':
    case undefined:
      return { type: 'fixed-response', status: 503 };
  }
}

function conditions(given: readonly RuleCondition[]): RuleConditions {
  const values = (field: string, of: (condition: RuleCondition) => string[] | undefined) => {
    const found = given.find((condition) => condition.Field === field);
    return found === undefined ? undefined : of(found);
  };
  const headers = given.flatMap(({ HttpHeaderConfig: header }) =>
    header?.HttpHeaderName === undefined
      ? []
      : [{ name: header.HttpHeaderName, values: header.Values ?? [] }],
  );
  const query = given.flatMap(({ QueryStringConfig: config }) =>
    config === undefined
      ? []
      : [
          (config.Values ?? []).map(({ Key, Value }) => ({
            ...(Key === undefined ? {} : { key: Key }),
            value: Value ?? '',
          })),
        ],
  );
  return {
    host: values('host-header', (condition) => condition.HostHeaderConfig?.Values),
    path: values('path-pattern', (condition) => condition.PathPatternConfig?.Values),
    method: values('http-request-method', (condition) => condition.HttpRequestMethodConfig?.Values),
    sourceIp: values('source-ip', (condition) => condition.SourceIpConfig?.Values),
    ...(headers.length === 0 ? {} : { headers }),
    ...(query.length === 0 ? {} : { query }),
  };
}
