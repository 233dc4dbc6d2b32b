import type { AutoscalingOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { transactional } from '../operation.ts';
import { describeScalingActivities } from './activities.ts';
import { deleteScalingPolicy, describeScalingPolicies, putScalingPolicy } from './policies.ts';
import { deleteScheduledAction, describeScheduledActions, putScheduledAction } from './scheduled-actions.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';
import { deregisterScalableTarget, describeScalableTargets, registerScalableTarget } from './targets.ts';

export function autoscalingOperations(core: Core): AutoscalingOperations {
  return {
    RegisterScalableTarget: transactional(core, registerScalableTarget),
    DescribeScalableTargets: transactional(core, describeScalableTargets),
    DeregisterScalableTarget: transactional(core, deregisterScalableTarget),
    PutScalingPolicy: transactional(core, putScalingPolicy),
    DescribeScalingPolicies: transactional(core, describeScalingPolicies),
    DeleteScalingPolicy: transactional(core, deleteScalingPolicy),
    DescribeScalingActivities: transactional(core, describeScalingActivities),
    PutScheduledAction: transactional(core, putScheduledAction),
    DescribeScheduledActions: transactional(core, describeScheduledActions),
    DeleteScheduledAction: transactional(core, deleteScheduledAction),
    TagResource: transactional(core, tagResource),
    UntagResource: transactional(core, untagResource),
    ListTagsForResource: transactional(core, listTagsForResource),
  };
}
