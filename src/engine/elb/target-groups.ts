import type {
  CreateTargetGroupInput,
  DeleteTargetGroupInput,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupsInput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupInput,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { targetGroupArn } from '../model/arn.ts';
import { targetKey } from '../model/elb.ts';
import type { HealthCheck, RuleRow, TargetGroupRow } from '../model/elb.ts';
import { forwardGroups } from './actions.ts';
import {
  changedAttributes,
  currentAttributes,
  listedAttributes,
  targetGroupAttributes,
} from './attributes.ts';
import {
  invalidConfiguration,
  loadBalancerNotFound,
  resourceInUse,
  targetGroupNotFound,
  validationError,
} from './failures.ts';
import { pageOf } from './paging.ts';
import { storeTags } from './tags.ts';

const defaultHealth: HealthCheck = {
  enabled: true,
  path: '/',
  port: 'traffic-port',
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyThreshold: 5,
  unhealthyThreshold: 2,
  matcher: '200',
};

export function createTargetGroup(core: Core, input: CreateTargetGroupInput, context: RequestContext) {
  const name = input.Name ?? '';
  if (!/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/.test(name)) {
    throw validationError(
      `Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-), must not begin or end with a hyphen, and can be at most 32 characters long`,
    );
  }
  if (input.Protocol !== undefined && input.Protocol !== 'HTTP') {
    throw new ApiError(
      'UnsupportedProtocolException',
      `This engine's target groups speak HTTP, not '${input.Protocol}'`,
    );
  }
  if (input.TargetType === 'lambda' || input.TargetType === 'alb') {
    throw invalidConfiguration(
      `This engine's target groups have targets of type 'ip', not '${input.TargetType}'`,
    );
  }
  const health = checkedHealth(defaultHealth, input);
  const row: TargetGroupRow = {
    arn: targetGroupArn(core.account, name, core.ids.resource()),
    name,
    protocol: 'HTTP',
    protocolVersion: input.ProtocolVersion ?? 'HTTP1',
    port: input.Port ?? 80,
    vpcId: input.VpcId ?? null,
    targetType: input.TargetType ?? 'instance',
    health,
    attributes: currentAttributes(targetGroupAttributes),
    createdAt: context.now,
  };
  const existing = [...core.tables.targetGroups.all()].find((group) => group.name === name);
  if (existing !== undefined) {
    if (existing.port === row.port && JSON.stringify(existing.health) === JSON.stringify(health))
      return { TargetGroups: [view(core, existing)] };
    throw new ApiError(
      'DuplicateTargetGroupNameException',
      `A target group with the same name '${name}' exists, but with different settings`,
    );
  }
  core.tables.targetGroups.put(row.arn, row);
  storeTags(core, row.arn, input.Tags);
  return { TargetGroups: [view(core, row)] };
}

export function describeTargetGroups(core: Core, input: DescribeTargetGroupsInput) {
  const all = [...core.tables.targetGroups.all()];
  const { TargetGroupArns: arns = [], Names: names = [], LoadBalancerArn: loadBalancer } = input;
  if ([arns.length > 0, names.length > 0, loadBalancer !== undefined].filter(Boolean).length > 1) {
    throw validationError(
      'Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time',
    );
  }
  for (const arn of arns) existingGroup(core, arn);
  for (const name of names) if (!all.some((row) => row.name === name)) throw targetGroupNotFound(name);
  if (loadBalancer !== undefined && core.tables.loadBalancers.get(loadBalancer) === undefined)
    throw loadBalancerNotFound(loadBalancer);
  const wanted = all
    .filter(
      (row) =>
        (arns.length === 0 && names.length === 0) || arns.includes(row.arn) || names.includes(row.name),
    )
    .filter((row) => loadBalancer === undefined || loadBalancersOf(core, row.arn).includes(loadBalancer));
  const { items, nextMarker } = pageOf(wanted, input);
  return { TargetGroups: items.map((row) => view(core, row)), NextMarker: nextMarker };
}

export function modifyTargetGroup(core: Core, input: ModifyTargetGroupInput) {
  const before = existingGroup(core, input.TargetGroupArn ?? '');
  const row: TargetGroupRow = { ...before, health: checkedHealth(before.health, input) };
  core.tables.targetGroups.put(row.arn, row);
  return { TargetGroups: [view(core, row)] };
}

export function modifyTargetGroupAttributes(core: Core, input: ModifyTargetGroupAttributesInput) {
  const before = existingGroup(core, input.TargetGroupArn ?? '');
  const attributes = changedAttributes(targetGroupAttributes, before.attributes, input.Attributes);
  checkAppCookie(attributes);
  if (
    Number(attributes['slow_start.duration_seconds'] ?? 0) > 0 &&
    (attributes['load_balancing.algorithm.type'] ?? 'round_robin') !== 'round_robin'
  ) {
    throw invalidConfiguration(
      `Slow start is not supported with the load balancing algorithm '${attributes['load_balancing.algorithm.type']}'`,
    );
  }
  core.tables.targetGroups.put(before.arn, { ...before, attributes });
  return { Attributes: listedAttributes(currentAttributes(targetGroupAttributes, attributes)) };
}

function checkAppCookie(attributes: Readonly<Record<string, string>>): void {
  if (attributes['stickiness.type'] !== 'app_cookie') return;
  const name = attributes['stickiness.app_cookie.cookie_name'] ?? '';
  if (name === '') {
    throw invalidConfiguration(
      "You must set an application cookie name to enable stickiness of type 'app_cookie'",
    );
  }
  if (!/^[-\w!#$%&'*+.^`|~]+$/.test(name)) throw validationError(`The cookie name '${name}' is not valid`);
  if (/^AWSALB(?:APP|TG)?$/.test(name)) throw validationError(`The cookie name '${name}' is reserved`);
}

export function describeTargetGroupAttributes(core: Core, input: DescribeTargetGroupAttributesInput) {
  const { attributes } = existingGroup(core, input.TargetGroupArn ?? '');
  return { Attributes: listedAttributes(currentAttributes(targetGroupAttributes, attributes)) };
}

export function deleteTargetGroup(core: Core, input: DeleteTargetGroupInput) {
  const arn = input.TargetGroupArn ?? '';
  if (rulesOf(core, arn).length > 0)
    throw resourceInUse(`Target group '${arn}' is currently in use by a listener or a rule`);
  for (const target of core.tables.targets.in(arn)) core.tables.targets.delete(targetKey(target));
  core.tables.targetGroups.delete(arn);
  core.tables.tags.delete(arn);
  return {};
}

export function existingGroup(core: Core, arn: string): TargetGroupRow {
  const row = core.tables.targetGroups.get(arn);
  if (row === undefined) throw targetGroupNotFound(arn);
  return row;
}

/** Rules that forward to a group, with whatever weight. */
export const rulesOf = (core: Core, arn: string): readonly RuleRow[] =>
  [...core.tables.rules.all()].filter((rule) =>
    rule.actions.some((action) => forwardGroups(action).some((group) => group.TargetGroupArn === arn)),
  );

function loadBalancersOf(core: Core, arn: string): string[] {
  const found = rulesOf(core, arn).flatMap(
    (rule) => core.tables.listeners.get(rule.listenerArn)?.loadBalancerArn ?? [],
  );
  return [...new Set(found)];
}

function checkedHealth(
  before: HealthCheck,
  input: Omit<CreateTargetGroupInput, 'Name'> | Omit<ModifyTargetGroupInput, 'TargetGroupArn'>,
): HealthCheck {
  const health: HealthCheck = {
    enabled: input.HealthCheckEnabled ?? before.enabled,
    path: input.HealthCheckPath ?? before.path,
    port: input.HealthCheckPort ?? before.port,
    intervalSeconds: input.HealthCheckIntervalSeconds ?? before.intervalSeconds,
    timeoutSeconds: input.HealthCheckTimeoutSeconds ?? before.timeoutSeconds,
    healthyThreshold: input.HealthyThresholdCount ?? before.healthyThreshold,
    unhealthyThreshold: input.UnhealthyThresholdCount ?? before.unhealthyThreshold,
    matcher: input.Matcher?.HttpCode ?? before.matcher,
  };
  if (input.HealthCheckProtocol !== undefined && input.HealthCheckProtocol !== 'HTTP') {
    throw validationError(`Health check protocol '${input.HealthCheckProtocol}' must be HTTP`);
  }
  // ELB wants at least 5 and 2 seconds; on one machine a second is a long time, so this engine takes less.
  within('Health check interval', health.intervalSeconds, 1, 300);
  within('Health check timeout', health.timeoutSeconds, 1, 120);
  within('Healthy threshold count', health.healthyThreshold, 2, 10);
  within('Unhealthy threshold count', health.unhealthyThreshold, 2, 10);
  if (health.timeoutSeconds >= health.intervalSeconds) {
    throw validationError('Health check timeout must be smaller than the health check interval');
  }
  if (!/^\/[\x21-\x7e]{0,1023}$/.test(health.path)) {
    throw validationError(
      `Health check path '${health.path}' must begin with a '/' character, and can be at most 1024 characters long`,
    );
  }
  if (!/^\d{3}(?:-\d{3})?(?:,\d{3}(?:-\d{3})?)*$/.test(health.matcher)) {
    throw validationError(
      `Health check matcher HTTP code '${health.matcher}' must be within '200-499' inclusive`,
    );
  }
  return health;
}

function within(what: string, value: number, from: number, to: number): void {
  if (!Number.isInteger(value) || value < from || value > to)
    throw validationError(`${what} '${value}' must be between ${from} and ${to} inclusive`);
}

function view(core: Core, row: TargetGroupRow): TargetGroup {
  return {
    TargetGroupArn: row.arn,
    TargetGroupName: row.name,
    Protocol: row.protocol,
    Port: row.port,
    VpcId: row.vpcId ?? 'vpc-00000000',
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: row.health.port,
    HealthCheckEnabled: row.health.enabled,
    HealthCheckIntervalSeconds: row.health.intervalSeconds,
    HealthCheckTimeoutSeconds: row.health.timeoutSeconds,
    HealthyThresholdCount: row.health.healthyThreshold,
    UnhealthyThresholdCount: row.health.unhealthyThreshold,
    HealthCheckPath: row.health.path,
    Matcher: { HttpCode: row.health.matcher },
    LoadBalancerArns: loadBalancersOf(core, row.arn),
    TargetType: row.targetType ?? 'ip',
    ProtocolVersion: row.protocolVersion,
    IpAddressType: 'ipv4',
  };
}
