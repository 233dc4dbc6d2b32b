import type {
  DeregisterScalableTargetRequest,
  DescribeScalableTargetsRequest,
  RegisterScalableTargetRequest,
  ScalableTarget,
} from '@aws-sdk/client-application-auto-scaling';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { onResource } from '../model/autoscaling.ts';
import type { ScalableTargetRow } from '../model/autoscaling.ts';
import { page } from '../paging.ts';
import { scale } from './capacity.ts';
import { invalidToken, validation } from './failures.ts';
import { asNamed, checkNamespace, registeredTarget, serviceOf } from './resource.ts';
import { putTags } from './tags.ts';

export function registerScalableTarget(
  core: Core,
  input: RegisterScalableTargetRequest,
  { now }: RequestContext,
) {
  checkNamespace(input);
  const resourceId = input.ResourceId ?? '';
  const service = serviceOf(core, resourceId);
  if (service === undefined) throw validation(`ECS service doesn't exist: ${resourceId}`);
  const before = core.tables.scalableTargets.get(resourceId);
  const minCapacity = input.MinCapacity ?? before?.minCapacity;
  const maxCapacity = input.MaxCapacity ?? before?.maxCapacity;
  if (minCapacity === undefined || maxCapacity === undefined)
    throw validation('MinCapacity and MaxCapacity are required when a scalable target is registered.');
  const suspended = input.SuspendedState;
  const row: ScalableTargetRow = {
    arn: before?.arn ?? newArn(core),
    resourceId,
    serviceArn: service.arn,
    minCapacity,
    maxCapacity,
    roleArn: input.RoleARN ?? before?.roleArn ?? serviceRole(core),
    suspended: {
      DynamicScalingInSuspended: false,
      DynamicScalingOutSuspended: false,
      ScheduledScalingSuspended: false,
      ...before?.suspended,
      ...suspended,
    },
    createdAt: before?.createdAt ?? now,
  };
  putTags(core, row.arn, input.Tags ?? {});
  setBounds(core, row, now);
  return { ScalableTargetARN: row.arn };
}

/** Bounds hold from the moment that they are set: a count beyond them comes back into them. */
export function setBounds(core: Core, row: ScalableTargetRow, now: number, because = ''): void {
  const { minCapacity, maxCapacity } = row;
  if (minCapacity < 0 || maxCapacity < minCapacity)
    throw validation('Maximum capacity cannot be less than minimum capacity, nor either of them negative');
  core.tables.scalableTargets.put(row.resourceId, row);
  const count = serviceOf(core, row.resourceId)?.desiredCount ?? minCapacity;
  if (count < minCapacity)
    scale(core, row, minCapacity, `${because}minimum capacity was set to ${minCapacity}`, now);
  if (count > maxCapacity)
    scale(core, row, maxCapacity, `${because}maximum capacity was set to ${maxCapacity}`, now);
}

const newArn = (core: Core): string => {
  const { region, accountId } = core.account;
  return `arn:aws:application-autoscaling:${region}:${accountId}:scalable-target/${core.ids.task()}`;
};

const serviceRole = (core: Core): string =>
  `arn:aws:iam::${core.account.accountId}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`;

export function describeScalableTargets(core: Core, input: DescribeScalableTargetsRequest) {
  checkNamespace(input);
  const rows = [...core.tables.scalableTargets.all()].filter(
    (row) => input.ResourceIds === undefined || input.ResourceIds.includes(row.resourceId),
  );
  const { items, nextToken } = page(rows, input.NextToken, input.MaxResults ?? 50, invalidToken);
  return {
    ScalableTargets: items.map((row): ScalableTarget => ({
      ...asNamed(row.resourceId),
      MinCapacity: row.minCapacity,
      MaxCapacity: row.maxCapacity,
      RoleARN: row.roleArn,
      CreationTime: new Date(row.createdAt),
      SuspendedState: row.suspended,
      ScalableTargetARN: row.arn,
    })),
    NextToken: nextToken,
  };
}

export function deregisterScalableTarget(core: Core, input: DeregisterScalableTargetRequest) {
  forgetTarget(core, registeredTarget(core, input, 'found'));
  return {};
}

/** With it go its policies and its schedule. */
export function forgetTarget(core: Core, { arn, resourceId }: ScalableTargetRow): void {
  const { tables } = core;
  for (const policy of tables.scalingPolicies.in(resourceId))
    tables.scalingPolicies.delete(onResource(resourceId, policy.name));
  for (const action of tables.scheduledActions.in(resourceId))
    tables.scheduledActions.delete(onResource(resourceId, action.name));
  tables.scalableTargets.delete(resourceId);
  tables.tags.delete(arn);
}
