import {
  AdjustmentType,
  MetricAggregationType,
  MetricStatistic,
  MetricType,
  PolicyType,
  PredictiveScalingMaxCapacityBreachBehavior,
  PredictiveScalingMode,
  ScalableDimension,
  ServiceNamespace,
} from '@aws-sdk/client-application-auto-scaling';
import type { EnumMembers } from '../shape.ts';

const resource = { ServiceNamespace, ScalableDimension };

/** The members of inputs that have a fixed set of values, by structure. A test holds this against the SDK's types. */
export const applicationAutoscalingEnums: EnumMembers = {
  RegisterScalableTargetRequest: resource,
  DescribeScalableTargetsRequest: resource,
  DeregisterScalableTargetRequest: resource,
  PutScalingPolicyRequest: { ...resource, PolicyType },
  DescribeScalingPoliciesRequest: resource,
  DeleteScalingPolicyRequest: resource,
  DescribeScalingActivitiesRequest: resource,
  PutScheduledActionRequest: resource,
  DescribeScheduledActionsRequest: resource,
  DeleteScheduledActionRequest: resource,
  StepScalingPolicyConfiguration: { AdjustmentType, MetricAggregationType },
  PredefinedMetricSpecification: { PredefinedMetricType: MetricType },
  CustomizedMetricSpecification: { Statistic: MetricStatistic },
  PredictiveScalingPolicyConfiguration: {
    Mode: PredictiveScalingMode,
    MaxCapacityBreachBehavior: PredictiveScalingMaxCapacityBreachBehavior,
  },
};
