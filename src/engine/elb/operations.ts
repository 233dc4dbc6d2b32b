import type { ElbOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { transactional } from '../operation.ts';
import { describeAccountLimits, describeSslPolicies } from './limits.ts';
import {
  createListener,
  deleteListener,
  describeListenerAttributes,
  describeListeners,
  modifyListener,
  modifyListenerAttributes,
} from './listeners.ts';
import {
  createLoadBalancer,
  deleteLoadBalancer,
  describeLoadBalancerAttributes,
  describeLoadBalancers,
  modifyLoadBalancerAttributes,
} from './load-balancers.ts';
import { createRule, deleteRule, describeRules, modifyRule, setRulePriorities } from './rules.ts';
import { addTags, describeTags, removeTags } from './tags.ts';
import {
  createTargetGroup,
  deleteTargetGroup,
  describeTargetGroupAttributes,
  describeTargetGroups,
  modifyTargetGroup,
  modifyTargetGroupAttributes,
} from './target-groups.ts';
import { deregisterTargets, describeTargetHealth, registerTargets } from './targets.ts';

export function elbOperations(core: Core): ElbOperations {
  return {
    CreateLoadBalancer: transactional(core, createLoadBalancer),
    DescribeLoadBalancers: transactional(core, describeLoadBalancers),
    DeleteLoadBalancer: transactional(core, deleteLoadBalancer),
    CreateListener: (input, context) => createListener(core, input, context),
    DescribeListeners: transactional(core, describeListeners),
    ModifyListener: (input) => modifyListener(core, input),
    DeleteListener: transactional(core, deleteListener),
    CreateRule: transactional(core, createRule),
    DescribeRules: transactional(core, describeRules),
    ModifyRule: transactional(core, modifyRule),
    SetRulePriorities: transactional(core, setRulePriorities),
    DeleteRule: transactional(core, deleteRule),
    CreateTargetGroup: transactional(core, createTargetGroup),
    DescribeTargetGroups: transactional(core, describeTargetGroups),
    ModifyTargetGroup: transactional(core, modifyTargetGroup),
    ModifyTargetGroupAttributes: transactional(core, modifyTargetGroupAttributes),
    DescribeTargetGroupAttributes: transactional(core, describeTargetGroupAttributes),
    DeleteTargetGroup: transactional(core, deleteTargetGroup),
    RegisterTargets: transactional(core, registerTargets),
    DeregisterTargets: transactional(core, deregisterTargets),
    DescribeTargetHealth: transactional(core, describeTargetHealth),
    AddTags: transactional(core, addTags),
    DescribeTags: transactional(core, describeTags),
    RemoveTags: transactional(core, removeTags),
    DescribeLoadBalancerAttributes: transactional(core, describeLoadBalancerAttributes),
    ModifyLoadBalancerAttributes: transactional(core, modifyLoadBalancerAttributes),
    DescribeListenerAttributes: transactional(core, describeListenerAttributes),
    ModifyListenerAttributes: transactional(core, modifyListenerAttributes),
    DescribeAccountLimits: transactional(core, describeAccountLimits),
    DescribeSSLPolicies: transactional(core, describeSslPolicies),
  };
}
