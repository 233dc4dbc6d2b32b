import type { Operations, RequestContext } from '../../../src/engine/api/operations.ts';

/** Answers any operation of any service: the seam behind the wire, with what a test puts there. */
export type StubAnswer = (operation: string, input: unknown, context: RequestContext) => Promise<unknown>;

type Names<Table> = readonly (keyof Table & string)[];

const ECS = [
  'CreateCluster',
  'DescribeClusters',
  'ListClusters',
  'DeleteCluster',
  'RegisterTaskDefinition',
  'DeregisterTaskDefinition',
  'DescribeTaskDefinition',
  'ListTaskDefinitions',
  'ListTaskDefinitionFamilies',
  'CreateService',
  'UpdateService',
  'DescribeServices',
  'ListServices',
  'DeleteService',
  'DescribeServiceDeployments',
  'ListServiceDeployments',
  'DescribeServiceRevisions',
  'ContinueServiceDeployment',
  'StopServiceDeployment',
  'RunTask',
  'StopTask',
  'DescribeTasks',
  'ListTasks',
  'TagResource',
  'UntagResource',
  'ListTagsForResource',
  'UpdateCluster',
  'UpdateClusterSettings',
  'PutClusterCapacityProviders',
  'DescribeCapacityProviders',
  'ListContainerInstances',
  'DescribeContainerInstances',
  'ListAccountSettings',
  'DeleteTaskDefinitions',
  'ListServicesByNamespace',
] as const satisfies Names<Operations['ecs']>;

const ELB = [
  'CreateLoadBalancer',
  'DescribeLoadBalancers',
  'DeleteLoadBalancer',
  'CreateListener',
  'DescribeListeners',
  'ModifyListener',
  'DeleteListener',
  'CreateRule',
  'DescribeRules',
  'ModifyRule',
  'SetRulePriorities',
  'DeleteRule',
  'CreateTargetGroup',
  'DescribeTargetGroups',
  'ModifyTargetGroup',
  'ModifyTargetGroupAttributes',
  'DescribeTargetGroupAttributes',
  'DeleteTargetGroup',
  'RegisterTargets',
  'DeregisterTargets',
  'DescribeTargetHealth',
  'AddTags',
  'DescribeTags',
  'RemoveTags',
  'DescribeLoadBalancerAttributes',
  'ModifyLoadBalancerAttributes',
  'DescribeListenerAttributes',
  'ModifyListenerAttributes',
  'DescribeAccountLimits',
  'DescribeSSLPolicies',
] as const satisfies Names<Operations['elasticloadbalancing']>;

const SSM = [
  'PutParameter',
  'GetParameter',
  'GetParameters',
  'GetParametersByPath',
  'DeleteParameter',
  'DeleteParameters',
  'GetParameterHistory',
  'DescribeParameters',
  'LabelParameterVersion',
  'UnlabelParameterVersion',
  'AddTagsToResource',
  'RemoveTagsFromResource',
  'ListTagsForResource',
] as const satisfies Names<Operations['ssm']>;

const CLOUDWATCH = [
  'PutMetricData',
  'GetMetricData',
  'GetMetricStatistics',
  'ListMetrics',
  'PutMetricAlarm',
  'DescribeAlarms',
  'DescribeAlarmsForMetric',
  'DescribeAlarmHistory',
  'SetAlarmState',
  'DeleteAlarms',
  'EnableAlarmActions',
  'DisableAlarmActions',
  'PutDashboard',
  'GetDashboard',
  'ListDashboards',
  'DeleteDashboards',
  'TagResource',
  'UntagResource',
  'ListTagsForResource',
] as const satisfies Names<Operations['monitoring']>;

const LOGS = [
  'CreateLogGroup',
  'DeleteLogGroup',
  'DescribeLogGroups',
  'PutRetentionPolicy',
  'DeleteRetentionPolicy',
  'CreateLogStream',
  'DeleteLogStream',
  'DescribeLogStreams',
  'PutLogEvents',
  'GetLogEvents',
  'FilterLogEvents',
  'StartLiveTail',
  'TagResource',
  'UntagResource',
  'ListTagsForResource',
  'TagLogGroup',
  'UntagLogGroup',
  'ListTagsLogGroup',
] as const satisfies Names<Operations['logs']>;

const SECRETS = [
  'CreateSecret',
  'GetSecretValue',
  'BatchGetSecretValue',
  'PutSecretValue',
  'UpdateSecret',
  'UpdateSecretVersionStage',
  'DescribeSecret',
  'ListSecrets',
  'ListSecretVersionIds',
  'DeleteSecret',
  'RestoreSecret',
  'TagResource',
  'UntagResource',
  'GetRandomPassword',
] as const satisfies Names<Operations['secretsmanager']>;

const STS = ['GetCallerIdentity', 'AssumeRole', 'GetSessionToken'] as const satisfies Names<
  Operations['sts']
>;

const IAM = ['GetRole'] as const satisfies Names<Operations['iam']>;

const AUTOSCALING = [
  'RegisterScalableTarget',
  'DescribeScalableTargets',
  'DeregisterScalableTarget',
  'PutScalingPolicy',
  'DescribeScalingPolicies',
  'DeleteScalingPolicy',
  'DescribeScalingActivities',
  'PutScheduledAction',
  'DescribeScheduledActions',
  'DeleteScheduledAction',
  'TagResource',
  'UntagResource',
  'ListTagsForResource',
] as const satisfies Names<Operations['application-autoscaling']>;

/** Every operation of the seam: one left out here does not compile below. */
export const OPERATIONS: Readonly<Record<keyof Operations, readonly string[]>> = {
  ecs: ECS,
  elasticloadbalancing: ELB,
  ssm: SSM,
  'application-autoscaling': AUTOSCALING,
  sts: STS,
  iam: IAM,
  secretsmanager: SECRETS,
  logs: LOGS,
  monitoring: CLOUDWATCH,
};

export function operationsAnsweredBy(answer: StubAnswer): Operations {
  return {
    ecs: table(ECS, answer),
    elasticloadbalancing: table(ELB, answer),
    ssm: table(SSM, answer),
    'application-autoscaling': table(AUTOSCALING, answer),
    sts: table(STS, answer),
    iam: table(IAM, answer),
    secretsmanager: table(SECRETS, answer),
    logs: table(LOGS, answer),
    monitoring: table(CLOUDWATCH, answer),
  };
}

type Stub = (input: unknown, context: RequestContext) => Promise<never>;

function table<Name extends string>(names: readonly Name[], answer: StubAnswer): Record<Name, Stub> {
  const stubs: Partial<Record<Name, Stub>> = {};
  for (const name of names) {
    stubs[name] = async (input, context) => {
      const output = await answer(name, input, context);
      if (isOutputOf(name, output)) return output;
      throw new Error(`no output for ${name}`);
    };
  }
  if (!isComplete(stubs, names)) throw new Error('an operation has no stub');
  return stubs;
}

/** A test answers with what it likes: that the schema holds it to its type is what is tested. */
function isOutputOf(_operation: string, output: unknown): output is never {
  return output !== undefined;
}

function isComplete<Name extends string>(
  stubs: Partial<Record<Name, Stub>>,
  names: readonly Name[],
): stubs is Record<Name, Stub> {
  return names.every((name) => stubs[name] !== undefined);
}
