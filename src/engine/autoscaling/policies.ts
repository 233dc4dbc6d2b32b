import type {
  DeleteScalingPolicyRequest,
  DescribeScalingPoliciesRequest,
  PutScalingPolicyRequest,
  ScalingPolicy,
  StepAdjustment,
} from '@aws-sdk/client-application-auto-scaling';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { onResource } from '../model/autoscaling.ts';
import type { ScalingPolicyRow } from '../model/autoscaling.ts';
import type { AlarmRow } from '../model/cloudwatch.ts';
import { page } from '../paging.ts';
import { invalidToken, objectNotFound, validation } from './failures.ts';
import { trackedMetric } from './metrics.ts';
import { asNamed, checkNamespace, registeredTarget } from './resource.ts';

export function putScalingPolicy(core: Core, input: PutScalingPolicyRequest, { now }: RequestContext) {
  const { resourceId } = registeredTarget(core, input, 'registered');
  const name = input.PolicyName ?? '';
  const key = onResource(resourceId, name);
  const before = core.tables.scalingPolicies.get(key);
  const row: ScalingPolicyRow = {
    arn: before?.arn ?? newArn(core, resourceId, name),
    name,
    resourceId,
    how: howOf(input, resourceId),
    createdAt: before?.createdAt ?? now,
    scaledOut: before?.scaledOut ?? null,
    scaledInAt: before?.scaledInAt ?? null,
  };
  if (before !== undefined && before.how.kind !== row.how.kind)
    throw validation('You cannot change the type of an existing scaling policy.');
  refuseSecondOfMetric(core, row);
  core.tables.scalingPolicies.put(key, row);
  return { PolicyARN: row.arn, Alarms: alarmsOf(core, row) };
}

function howOf(input: PutScalingPolicyRequest, resourceId: string): ScalingPolicyRow['how'] {
  switch (input.PolicyType) {
    case 'TargetTrackingScaling': {
      const settings = input.TargetTrackingScalingPolicyConfiguration;
      if (settings === undefined)
        throw validation('You must specify a TargetTrackingScalingPolicyConfiguration.');
      if (!(Number(settings.TargetValue) > 0)) throw validation('TargetValue must be greater than 0.');
      trackedMetric(settings, resourceId);
      return { kind: 'tracking', settings };
    }
    case 'StepScaling':
    case undefined: {
      const settings = input.StepScalingPolicyConfiguration;
      if (settings === undefined) throw validation('You must specify a StepScalingPolicyConfiguration.');
      if (settings.AdjustmentType === undefined) throw validation('You must specify an AdjustmentType.');
      checkSteps(settings.StepAdjustments ?? []);
      return { kind: 'step', settings };
    }
    case 'PredictiveScaling':
      throw validation('This engine does not have predictive scaling.');
  }
}

function checkSteps(steps: readonly StepAdjustment[]): void {
  if (steps.length === 0) throw validation('At least one StepAdjustment must be specified.');
  const intervals = steps
    .map((step) => ({
      lower: step.MetricIntervalLowerBound ?? -Infinity,
      upper: step.MetricIntervalUpperBound ?? Infinity,
    }))
    .toSorted((a, b) => a.lower - b.lower);
  for (const [index, { lower, upper }] of intervals.entries()) {
    if (lower >= upper)
      throw validation('The upper bound of a StepAdjustment must be greater than its lower bound.');
    const next = intervals[index + 1];
    if (next !== undefined && next.lower < upper)
      throw validation('StepAdjustment intervals cannot overlap.');
    if (next !== undefined && next.lower > upper)
      throw validation('There cannot be a gap between StepAdjustment intervals.');
  }
}

function refuseSecondOfMetric(core: Core, { resourceId, name, how }: ScalingPolicyRow): void {
  if (how.kind !== 'tracking') return;
  const metric = JSON.stringify(trackedMetric(how.settings, resourceId));
  for (const other of core.tables.scalingPolicies.in(resourceId)) {
    if (other.name === name || other.how.kind !== 'tracking') continue;
    if (JSON.stringify(trackedMetric(other.how.settings, resourceId)) === metric) {
      throw validation('Only one TargetTrackingScaling policy for a given metric specification is allowed.');
    }
  }
}

const newArn = (core: Core, resourceId: string, name: string): string => {
  const { region, accountId } = core.account;
  return `arn:aws:autoscaling:${region}:${accountId}:scalingPolicy:${core.ids.uuid()}:resource/ecs/${resourceId}:policyName/${name}`;
};

export function describeScalingPolicies(core: Core, input: DescribeScalingPoliciesRequest) {
  checkNamespace(input);
  const rows = [...core.tables.scalingPolicies.all()]
    .filter((row) => input.ResourceId === undefined || row.resourceId === input.ResourceId)
    .filter((row) => input.PolicyNames === undefined || input.PolicyNames.includes(row.name));
  const { items, nextToken } = page(rows, input.NextToken, input.MaxResults ?? 50, invalidToken);
  return {
    ScalingPolicies: items.map((row): ScalingPolicy => ({
      ...asNamed(row.resourceId),
      PolicyARN: row.arn,
      PolicyName: row.name,
      ...(row.how.kind === 'step'
        ? { PolicyType: 'StepScaling', StepScalingPolicyConfiguration: row.how.settings }
        : {
            PolicyType: 'TargetTrackingScaling',
            TargetTrackingScalingPolicyConfiguration: row.how.settings,
          }),
      Alarms: alarmsOf(core, row).map(({ AlarmName, AlarmARN }) => ({ AlarmName, AlarmARN })),
      CreationTime: new Date(row.createdAt),
    })),
    NextToken: nextToken,
  };
}

/** A policy that tracks a target is evaluated by itself: alarms are those that a client made for it. */
const alarmsOf = (core: Core, row: ScalingPolicyRow) =>
  alarmsFor(core, row).map((alarm) => ({ AlarmName: alarm.name, AlarmARN: alarm.arn }));

export const alarmsFor = (core: Core, { arn }: ScalingPolicyRow): readonly AlarmRow[] =>
  [...core.tables.alarms.all()].filter((alarm) => alarm.settings.AlarmActions?.includes(arn) === true);

export function deleteScalingPolicy(core: Core, input: DeleteScalingPolicyRequest) {
  checkNamespace(input);
  const key = onResource(input.ResourceId ?? '', input.PolicyName ?? '');
  if (core.tables.scalingPolicies.get(key) === undefined) {
    throw objectNotFound(
      `No scaling policy found for service namespace: ecs, resource ID: ${input.ResourceId}, scalable dimension: ecs:service:DesiredCount, policy name: ${input.PolicyName}`,
    );
  }
  core.tables.scalingPolicies.delete(key);
  return {};
}
