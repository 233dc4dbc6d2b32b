import {
  AddTags$,
  CreateListener$,
  CreateLoadBalancer$,
  CreateRule$,
  CreateTargetGroup$,
  DeleteListener$,
  DeleteLoadBalancer$,
  DeleteRule$,
  DeleteTargetGroup$,
  DeregisterTargets$,
  DescribeListeners$,
  DescribeLoadBalancers$,
  DescribeRules$,
  DescribeTags$,
  DescribeTargetGroupAttributes$,
  DescribeTargetGroups$,
  DescribeTargetHealth$,
  ModifyListener$,
  ModifyRule$,
  ModifyTargetGroup$,
  ModifyTargetGroupAttributes$,
  RegisterTargets$,
  SetRulePriorities$,
  RemoveTags$,
  DescribeLoadBalancerAttributes$,
  ModifyLoadBalancerAttributes$,
  DescribeListenerAttributes$,
  ModifyListenerAttributes$,
  DescribeAccountLimits$,
  DescribeSSLPolicies$,
  errorTypeRegistries,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ApiError } from '../operations.ts';
import type { ElbOperations } from '../operations.ts';
import { queryProtocol } from '../protocols/query.ts';
import { bind, errorModels } from '../service.ts';
import type { OperationSchema, Service } from '../service.ts';
import { constraintMessage } from '../violation.ts';
import { elasticloadbalancingEnums } from './elasticloadbalancing-enums.ts';

/** Elastic Load Balancing v2, over AWS Query. */
export function elasticloadbalancing(operations: ElbOperations): Service {
  return {
    protocols: [
      queryProtocol({
        version: '2015-12-01',
        namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
      }),
    ],
    operations: bind(schemas, operations, elasticloadbalancingEnums),
    errorModel: errorModels(errorTypeRegistries),
    refuse: (violations) => new ApiError('ValidationError', constraintMessage(violations)),
  };
}

const schemas: Readonly<Record<keyof ElbOperations, OperationSchema>> = {
  CreateLoadBalancer: CreateLoadBalancer$,
  DescribeLoadBalancers: DescribeLoadBalancers$,
  DeleteLoadBalancer: DeleteLoadBalancer$,
  CreateListener: CreateListener$,
  DescribeListeners: DescribeListeners$,
  ModifyListener: ModifyListener$,
  DeleteListener: DeleteListener$,
  CreateRule: CreateRule$,
  DescribeRules: DescribeRules$,
  ModifyRule: ModifyRule$,
  SetRulePriorities: SetRulePriorities$,
  DeleteRule: DeleteRule$,
  CreateTargetGroup: CreateTargetGroup$,
  DescribeTargetGroups: DescribeTargetGroups$,
  ModifyTargetGroup: ModifyTargetGroup$,
  ModifyTargetGroupAttributes: ModifyTargetGroupAttributes$,
  DescribeTargetGroupAttributes: DescribeTargetGroupAttributes$,
  DeleteTargetGroup: DeleteTargetGroup$,
  RegisterTargets: RegisterTargets$,
  DeregisterTargets: DeregisterTargets$,
  DescribeTargetHealth: DescribeTargetHealth$,
  AddTags: AddTags$,
  DescribeTags: DescribeTags$,
  RemoveTags: RemoveTags$,
  DescribeLoadBalancerAttributes: DescribeLoadBalancerAttributes$,
  ModifyLoadBalancerAttributes: ModifyLoadBalancerAttributes$,
  DescribeListenerAttributes: DescribeListenerAttributes$,
  ModifyListenerAttributes: ModifyListenerAttributes$,
  DescribeAccountLimits: DescribeAccountLimits$,
  DescribeSSLPolicies: DescribeSSLPolicies$,
};
