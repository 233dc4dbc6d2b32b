import { isIP } from 'node:net';
import type {
  DeregisterTargetsInput,
  DescribeTargetHealthInput,
  RegisterTargetsInput,
  TargetDescription,
  TargetHealth,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { targetKey } from '../model/elb.ts';
import type { TargetGroupRow, TargetRow } from '../model/elb.ts';
import { validationError } from './failures.ts';
import { existingGroup, rulesOf } from './target-groups.ts';

export function registerTargets(core: Core, input: RegisterTargetsInput, context: RequestContext) {
  const group = existingGroup(core, input.TargetGroupArn ?? '');
  for (const target of input.Targets ?? []) {
    const { id, port } = checkedTarget(group, target);
    putTarget(core, {
      targetGroupArn: group.arn,
      id,
      port,
      state: 'registered',
      since: context.now,
      taskArn: null,
    });
  }
  return {};
}

/** Registering what drains brings it back; what is registered stays as it is. */
export function putTarget(core: Core, row: TargetRow): void {
  const before = core.tables.targets.get(targetKey(row));
  if (before?.state === 'registered' && before.taskArn === row.taskArn) return;
  core.tables.targets.put(targetKey(row), row);
}

export function deregisterTargets(core: Core, input: DeregisterTargetsInput, context: RequestContext) {
  const group = existingGroup(core, input.TargetGroupArn ?? '');
  for (const target of input.Targets ?? []) {
    const { id, port } = checkedTarget(group, target);
    const row = core.tables.targets.get(targetKey({ targetGroupArn: group.arn, id, port }));
    if (row === undefined)
      throw new ApiError(
        'InvalidTargetException',
        `The following targets are not registered: '${id}:${port}'`,
      );
    if (row.state === 'registered')
      core.tables.targets.put(targetKey(row), { ...row, state: 'draining', since: context.now });
  }
  return {};
}

export function describeTargetHealth(core: Core, input: DescribeTargetHealthInput) {
  const group = existingGroup(core, input.TargetGroupArn ?? '');
  const rows = core.tables.targets.in(group.arn);
  const wanted = input.Targets?.map((target) => checkedTarget(group, target));
  const descriptions = (wanted ?? rows).map(({ id, port }) => {
    const row = core.tables.targets.get(targetKey({ targetGroupArn: group.arn, id, port }));
    return {
      Target: { Id: id, Port: port, AvailabilityZone: `${core.account.region}a` },
      HealthCheckPort: group.health.port === 'traffic-port' ? String(port) : group.health.port,
      TargetHealth: row === undefined ? notRegistered : healthOf(core, row),
    };
  });
  return { TargetHealthDescriptions: descriptions };
}

const notRegistered: TargetHealth = {
  State: 'unused',
  Reason: 'Target.NotRegistered',
  Description: 'Target is not registered to the target group',
};

function healthOf(core: Core, row: TargetRow): TargetHealth {
  if (row.state === 'draining') {
    return {
      State: 'draining',
      Reason: 'Target.DeregistrationInProgress',
      Description: 'Target deregistration is in progress',
    };
  }
  if (rulesOf(core, row.targetGroupArn).length === 0) {
    return {
      State: 'unused',
      Reason: 'Target.NotInUse',
      Description: 'Target group is not configured to receive traffic from the load balancer',
    };
  }
  const seen = core.traffic.target(row);
  switch (seen?.state) {
    case 'healthy':
      return { State: 'healthy' };
    case 'unhealthy':
      return {
        State: 'unhealthy',
        ...reasonOf(seen.reason ?? 'Target.FailedHealthChecks'),
        ...(seen.description === null ? {} : { Description: seen.description }),
      };
    case 'initial':
      return {
        State: 'initial',
        Reason: 'Elb.InitialHealthChecking',
        Description: 'Initial health checks in progress',
      };
    case 'draining':
    case 'drained':
    case undefined:
      return {
        State: 'initial',
        Reason: 'Elb.RegistrationInProgress',
        Description: 'Target registration is in progress',
      };
  }
}

const reasons = [
  'Target.ResponseCodeMismatch',
  'Target.Timeout',
  'Target.FailedHealthChecks',
  'Target.HealthCheckDisabled',
] as const;

function reasonOf(reason: string): Pick<TargetHealth, 'Reason'> {
  return { Reason: reasons.find((known) => known === reason) ?? 'Target.FailedHealthChecks' };
}

function checkedTarget(
  group: TargetGroupRow,
  target: TargetDescription,
): { readonly id: string; readonly port: number } {
  const id = target.Id ?? '';
  if (isIP(id) === 0) throw validationError(`The IP address '${id}' is not a valid IPv4 or IPv6 address`);
  const port = target.Port ?? group.port;
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw validationError(`The port '${port}' must be between 1 and 65535`);
  return { id, port };
}
