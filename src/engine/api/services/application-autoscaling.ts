import {
  DeleteScalingPolicy$,
  DeleteScheduledAction$,
  DeregisterScalableTarget$,
  DescribeScalableTargets$,
  DescribeScalingActivities$,
  DescribeScalingPolicies$,
  DescribeScheduledActions$,
  ListTagsForResource$,
  PutScalingPolicy$,
  PutScheduledAction$,
  RegisterScalableTarget$,
  TagResource$,
  UntagResource$,
  errorTypeRegistries,
} from '@aws-sdk/client-application-auto-scaling';
import { ApiError } from '../operations.ts';
import type { AutoscalingOperations } from '../operations.ts';
import { jsonProtocol } from '../protocols/json.ts';
import { bind, errorModels } from '../service.ts';
import type { OperationSchema, Service } from '../service.ts';
import { constraintMessage } from '../violation.ts';
import { applicationAutoscalingEnums } from './application-autoscaling-enums.ts';

/** Application Auto Scaling, over AWS JSON 1.1. */
export function applicationAutoscaling(operations: AutoscalingOperations): Service {
  return {
    protocols: [jsonProtocol('AnyScaleFrontendService')],
    operations: bind(schemas, operations, applicationAutoscalingEnums),
    errorModel: errorModels(errorTypeRegistries),
    internalError: 'InternalServiceException',
    refuse: (violations) => new ApiError('ValidationException', constraintMessage(violations)),
  };
}

const schemas: Readonly<Record<keyof AutoscalingOperations, OperationSchema>> = {
  RegisterScalableTarget: RegisterScalableTarget$,
  DescribeScalableTargets: DescribeScalableTargets$,
  DeregisterScalableTarget: DeregisterScalableTarget$,
  PutScalingPolicy: PutScalingPolicy$,
  DescribeScalingPolicies: DescribeScalingPolicies$,
  DeleteScalingPolicy: DeleteScalingPolicy$,
  DescribeScalingActivities: DescribeScalingActivities$,
  PutScheduledAction: PutScheduledAction$,
  DescribeScheduledActions: DescribeScheduledActions$,
  DeleteScheduledAction: DeleteScheduledAction$,
  TagResource: TagResource$,
  UntagResource: UntagResource$,
  ListTagsForResource: ListTagsForResource$,
};
