import type * as CloudWatch from '@aws-sdk/client-cloudwatch';
import type * as Ecs from '@aws-sdk/client-ecs';
import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type * as Logs from '@aws-sdk/client-cloudwatch-logs';
import type * as Ssm from '@aws-sdk/client-ssm';
import type * as Autoscaling from '@aws-sdk/client-application-auto-scaling';
import type * as Iam from '@aws-sdk/client-iam';
import type * as Sts from '@aws-sdk/client-sts';
import type * as Secrets from '@aws-sdk/client-secrets-manager';

/**
 * The seam between the wire and what the engine does: an operation takes the SDK's own input shape, already checked
 * against the SDK's schema, and returns the SDK's own output shape. It fails with `ApiError` and nothing else.
 */
export type Operation<Input, Output> = (input: Input, context: RequestContext) => Promise<Answer<Output>>;

/** The SDK adds `$metadata` to what came over the wire; the engine does not. */
export type Answer<Output> = Omit<Output, '$metadata'>;

export interface RequestContext {
  readonly requestId: string;
  readonly accountId: string;
  readonly region: string;
  readonly now: number;
  /** Who asks with the credentials of a session; undefined when it is the account itself. */
  readonly caller?: Caller;
}

export interface Caller {
  readonly arn: string;
  readonly userId: string;
}

/** Services by the name in the signature's credential scope. What is not in the table answers as AWS answers an unknown operation. */
export interface Operations {
  readonly ecs: EcsOperations;
  readonly elasticloadbalancing: ElbOperations;
  readonly ssm: SsmOperations;
  readonly 'application-autoscaling': AutoscalingOperations;
  readonly sts: StsOperations;
  readonly iam: IamOperations;
  readonly secretsmanager: SecretsManagerOperations;
  readonly logs: LogsOperations;
  readonly monitoring: CloudWatchOperations;
}

export interface EcsOperations {
  readonly CreateCluster: Operation<Ecs.CreateClusterCommandInput, Ecs.CreateClusterCommandOutput>;
  readonly DescribeClusters: Operation<Ecs.DescribeClustersCommandInput, Ecs.DescribeClustersCommandOutput>;
  readonly ListClusters: Operation<Ecs.ListClustersCommandInput, Ecs.ListClustersCommandOutput>;
  readonly DeleteCluster: Operation<Ecs.DeleteClusterCommandInput, Ecs.DeleteClusterCommandOutput>;
  readonly RegisterTaskDefinition: Operation<
    Ecs.RegisterTaskDefinitionCommandInput,
    Ecs.RegisterTaskDefinitionCommandOutput
  >;
  readonly DeregisterTaskDefinition: Operation<
    Ecs.DeregisterTaskDefinitionCommandInput,
    Ecs.DeregisterTaskDefinitionCommandOutput
  >;
  readonly DescribeTaskDefinition: Operation<
    Ecs.DescribeTaskDefinitionCommandInput,
    Ecs.DescribeTaskDefinitionCommandOutput
  >;
  readonly ListTaskDefinitions: Operation<
    Ecs.ListTaskDefinitionsCommandInput,
    Ecs.ListTaskDefinitionsCommandOutput
  >;
  readonly ListTaskDefinitionFamilies: Operation<
    Ecs.ListTaskDefinitionFamiliesCommandInput,
    Ecs.ListTaskDefinitionFamiliesCommandOutput
  >;
  readonly CreateService: Operation<Ecs.CreateServiceCommandInput, Ecs.CreateServiceCommandOutput>;
  readonly UpdateService: Operation<Ecs.UpdateServiceCommandInput, Ecs.UpdateServiceCommandOutput>;
  readonly DescribeServices: Operation<Ecs.DescribeServicesCommandInput, Ecs.DescribeServicesCommandOutput>;
  readonly ListServices: Operation<Ecs.ListServicesCommandInput, Ecs.ListServicesCommandOutput>;
  readonly DeleteService: Operation<Ecs.DeleteServiceCommandInput, Ecs.DeleteServiceCommandOutput>;
  readonly DescribeServiceDeployments: Operation<
    Ecs.DescribeServiceDeploymentsCommandInput,
    Ecs.DescribeServiceDeploymentsCommandOutput
  >;
  readonly ListServiceDeployments: Operation<
    Ecs.ListServiceDeploymentsCommandInput,
    Ecs.ListServiceDeploymentsCommandOutput
  >;
  readonly DescribeServiceRevisions: Operation<
    Ecs.DescribeServiceRevisionsCommandInput,
    Ecs.DescribeServiceRevisionsCommandOutput
  >;
  readonly ContinueServiceDeployment: Operation<
    Ecs.ContinueServiceDeploymentCommandInput,
    Ecs.ContinueServiceDeploymentCommandOutput
  >;
  readonly StopServiceDeployment: Operation<
    Ecs.StopServiceDeploymentCommandInput,
    Ecs.StopServiceDeploymentCommandOutput
  >;
  readonly RunTask: Operation<Ecs.RunTaskCommandInput, Ecs.RunTaskCommandOutput>;
  readonly StopTask: Operation<Ecs.StopTaskCommandInput, Ecs.StopTaskCommandOutput>;
  readonly DescribeTasks: Operation<Ecs.DescribeTasksCommandInput, Ecs.DescribeTasksCommandOutput>;
  readonly ListTasks: Operation<Ecs.ListTasksCommandInput, Ecs.ListTasksCommandOutput>;
  readonly TagResource: Operation<Ecs.TagResourceCommandInput, Ecs.TagResourceCommandOutput>;
  readonly UntagResource: Operation<Ecs.UntagResourceCommandInput, Ecs.UntagResourceCommandOutput>;
  readonly ListTagsForResource: Operation<
    Ecs.ListTagsForResourceCommandInput,
    Ecs.ListTagsForResourceCommandOutput
  >;
  readonly UpdateCluster: Operation<Ecs.UpdateClusterCommandInput, Ecs.UpdateClusterCommandOutput>;
  readonly UpdateClusterSettings: Operation<
    Ecs.UpdateClusterSettingsCommandInput,
    Ecs.UpdateClusterSettingsCommandOutput
  >;
  readonly PutClusterCapacityProviders: Operation<
    Ecs.PutClusterCapacityProvidersCommandInput,
    Ecs.PutClusterCapacityProvidersCommandOutput
  >;
  readonly DescribeCapacityProviders: Operation<
    Ecs.DescribeCapacityProvidersCommandInput,
    Ecs.DescribeCapacityProvidersCommandOutput
  >;
  readonly ListContainerInstances: Operation<
    Ecs.ListContainerInstancesCommandInput,
    Ecs.ListContainerInstancesCommandOutput
  >;
  readonly DescribeContainerInstances: Operation<
    Ecs.DescribeContainerInstancesCommandInput,
    Ecs.DescribeContainerInstancesCommandOutput
  >;
  readonly ListAccountSettings: Operation<
    Ecs.ListAccountSettingsCommandInput,
    Ecs.ListAccountSettingsCommandOutput
  >;
  readonly DeleteTaskDefinitions: Operation<
    Ecs.DeleteTaskDefinitionsCommandInput,
    Ecs.DeleteTaskDefinitionsCommandOutput
  >;
  readonly ListServicesByNamespace: Operation<
    Ecs.ListServicesByNamespaceCommandInput,
    Ecs.ListServicesByNamespaceCommandOutput
  >;
}

export interface ElbOperations {
  readonly CreateLoadBalancer: Operation<
    Elb.CreateLoadBalancerCommandInput,
    Elb.CreateLoadBalancerCommandOutput
  >;
  readonly DescribeLoadBalancers: Operation<
    Elb.DescribeLoadBalancersCommandInput,
    Elb.DescribeLoadBalancersCommandOutput
  >;
  readonly DeleteLoadBalancer: Operation<
    Elb.DeleteLoadBalancerCommandInput,
    Elb.DeleteLoadBalancerCommandOutput
  >;
  readonly CreateListener: Operation<Elb.CreateListenerCommandInput, Elb.CreateListenerCommandOutput>;
  readonly DescribeListeners: Operation<
    Elb.DescribeListenersCommandInput,
    Elb.DescribeListenersCommandOutput
  >;
  readonly ModifyListener: Operation<Elb.ModifyListenerCommandInput, Elb.ModifyListenerCommandOutput>;
  readonly DeleteListener: Operation<Elb.DeleteListenerCommandInput, Elb.DeleteListenerCommandOutput>;
  readonly CreateRule: Operation<Elb.CreateRuleCommandInput, Elb.CreateRuleCommandOutput>;
  readonly DescribeRules: Operation<Elb.DescribeRulesCommandInput, Elb.DescribeRulesCommandOutput>;
  readonly ModifyRule: Operation<Elb.ModifyRuleCommandInput, Elb.ModifyRuleCommandOutput>;
  readonly SetRulePriorities: Operation<
    Elb.SetRulePrioritiesCommandInput,
    Elb.SetRulePrioritiesCommandOutput
  >;
  readonly DeleteRule: Operation<Elb.DeleteRuleCommandInput, Elb.DeleteRuleCommandOutput>;
  readonly CreateTargetGroup: Operation<
    Elb.CreateTargetGroupCommandInput,
    Elb.CreateTargetGroupCommandOutput
  >;
  readonly DescribeTargetGroups: Operation<
    Elb.DescribeTargetGroupsCommandInput,
    Elb.DescribeTargetGroupsCommandOutput
  >;
  readonly ModifyTargetGroup: Operation<
    Elb.ModifyTargetGroupCommandInput,
    Elb.ModifyTargetGroupCommandOutput
  >;
  readonly ModifyTargetGroupAttributes: Operation<
    Elb.ModifyTargetGroupAttributesCommandInput,
    Elb.ModifyTargetGroupAttributesCommandOutput
  >;
  readonly DescribeTargetGroupAttributes: Operation<
    Elb.DescribeTargetGroupAttributesCommandInput,
    Elb.DescribeTargetGroupAttributesCommandOutput
  >;
  readonly DeleteTargetGroup: Operation<
    Elb.DeleteTargetGroupCommandInput,
    Elb.DeleteTargetGroupCommandOutput
  >;
  readonly RegisterTargets: Operation<Elb.RegisterTargetsCommandInput, Elb.RegisterTargetsCommandOutput>;
  readonly DeregisterTargets: Operation<
    Elb.DeregisterTargetsCommandInput,
    Elb.DeregisterTargetsCommandOutput
  >;
  readonly DescribeTargetHealth: Operation<
    Elb.DescribeTargetHealthCommandInput,
    Elb.DescribeTargetHealthCommandOutput
  >;
  readonly AddTags: Operation<Elb.AddTagsCommandInput, Elb.AddTagsCommandOutput>;
  readonly DescribeTags: Operation<Elb.DescribeTagsCommandInput, Elb.DescribeTagsCommandOutput>;
  readonly RemoveTags: Operation<Elb.RemoveTagsCommandInput, Elb.RemoveTagsCommandOutput>;
  readonly DescribeLoadBalancerAttributes: Operation<
    Elb.DescribeLoadBalancerAttributesCommandInput,
    Elb.DescribeLoadBalancerAttributesCommandOutput
  >;
  readonly ModifyLoadBalancerAttributes: Operation<
    Elb.ModifyLoadBalancerAttributesCommandInput,
    Elb.ModifyLoadBalancerAttributesCommandOutput
  >;
  readonly DescribeListenerAttributes: Operation<
    Elb.DescribeListenerAttributesCommandInput,
    Elb.DescribeListenerAttributesCommandOutput
  >;
  readonly ModifyListenerAttributes: Operation<
    Elb.ModifyListenerAttributesCommandInput,
    Elb.ModifyListenerAttributesCommandOutput
  >;
  readonly DescribeAccountLimits: Operation<
    Elb.DescribeAccountLimitsCommandInput,
    Elb.DescribeAccountLimitsCommandOutput
  >;
  readonly DescribeSSLPolicies: Operation<
    Elb.DescribeSSLPoliciesCommandInput,
    Elb.DescribeSSLPoliciesCommandOutput
  >;
}

export interface SsmOperations {
  readonly PutParameter: Operation<Ssm.PutParameterCommandInput, Ssm.PutParameterCommandOutput>;
  readonly GetParameter: Operation<Ssm.GetParameterCommandInput, Ssm.GetParameterCommandOutput>;
  readonly GetParameters: Operation<Ssm.GetParametersCommandInput, Ssm.GetParametersCommandOutput>;
  readonly GetParametersByPath: Operation<
    Ssm.GetParametersByPathCommandInput,
    Ssm.GetParametersByPathCommandOutput
  >;
  readonly DeleteParameter: Operation<Ssm.DeleteParameterCommandInput, Ssm.DeleteParameterCommandOutput>;
  readonly DeleteParameters: Operation<Ssm.DeleteParametersCommandInput, Ssm.DeleteParametersCommandOutput>;
  readonly GetParameterHistory: Operation<
    Ssm.GetParameterHistoryCommandInput,
    Ssm.GetParameterHistoryCommandOutput
  >;
  readonly DescribeParameters: Operation<
    Ssm.DescribeParametersCommandInput,
    Ssm.DescribeParametersCommandOutput
  >;
  readonly LabelParameterVersion: Operation<
    Ssm.LabelParameterVersionCommandInput,
    Ssm.LabelParameterVersionCommandOutput
  >;
  readonly UnlabelParameterVersion: Operation<
    Ssm.UnlabelParameterVersionCommandInput,
    Ssm.UnlabelParameterVersionCommandOutput
  >;
  readonly AddTagsToResource: Operation<
    Ssm.AddTagsToResourceCommandInput,
    Ssm.AddTagsToResourceCommandOutput
  >;
  readonly RemoveTagsFromResource: Operation<
    Ssm.RemoveTagsFromResourceCommandInput,
    Ssm.RemoveTagsFromResourceCommandOutput
  >;
  readonly ListTagsForResource: Operation<
    Ssm.ListTagsForResourceCommandInput,
    Ssm.ListTagsForResourceCommandOutput
  >;
}

export interface CloudWatchOperations {
  readonly PutMetricData: Operation<
    CloudWatch.PutMetricDataCommandInput,
    CloudWatch.PutMetricDataCommandOutput
  >;
  readonly GetMetricData: Operation<
    CloudWatch.GetMetricDataCommandInput,
    CloudWatch.GetMetricDataCommandOutput
  >;
  readonly GetMetricStatistics: Operation<
    CloudWatch.GetMetricStatisticsCommandInput,
    CloudWatch.GetMetricStatisticsCommandOutput
  >;
  readonly ListMetrics: Operation<CloudWatch.ListMetricsCommandInput, CloudWatch.ListMetricsCommandOutput>;
  readonly PutMetricAlarm: Operation<
    CloudWatch.PutMetricAlarmCommandInput,
    CloudWatch.PutMetricAlarmCommandOutput
  >;
  readonly DescribeAlarms: Operation<
    CloudWatch.DescribeAlarmsCommandInput,
    CloudWatch.DescribeAlarmsCommandOutput
  >;
  readonly DescribeAlarmsForMetric: Operation<
    CloudWatch.DescribeAlarmsForMetricCommandInput,
    CloudWatch.DescribeAlarmsForMetricCommandOutput
  >;
  readonly DescribeAlarmHistory: Operation<
    CloudWatch.DescribeAlarmHistoryCommandInput,
    CloudWatch.DescribeAlarmHistoryCommandOutput
  >;
  readonly SetAlarmState: Operation<
    CloudWatch.SetAlarmStateCommandInput,
    CloudWatch.SetAlarmStateCommandOutput
  >;
  readonly DeleteAlarms: Operation<CloudWatch.DeleteAlarmsCommandInput, CloudWatch.DeleteAlarmsCommandOutput>;
  readonly EnableAlarmActions: Operation<
    CloudWatch.EnableAlarmActionsCommandInput,
    CloudWatch.EnableAlarmActionsCommandOutput
  >;
  readonly DisableAlarmActions: Operation<
    CloudWatch.DisableAlarmActionsCommandInput,
    CloudWatch.DisableAlarmActionsCommandOutput
  >;
  readonly PutDashboard: Operation<CloudWatch.PutDashboardCommandInput, CloudWatch.PutDashboardCommandOutput>;
  readonly GetDashboard: Operation<CloudWatch.GetDashboardCommandInput, CloudWatch.GetDashboardCommandOutput>;
  readonly ListDashboards: Operation<
    CloudWatch.ListDashboardsCommandInput,
    CloudWatch.ListDashboardsCommandOutput
  >;
  readonly DeleteDashboards: Operation<
    CloudWatch.DeleteDashboardsCommandInput,
    CloudWatch.DeleteDashboardsCommandOutput
  >;
  readonly TagResource: Operation<CloudWatch.TagResourceCommandInput, CloudWatch.TagResourceCommandOutput>;
  readonly UntagResource: Operation<
    CloudWatch.UntagResourceCommandInput,
    CloudWatch.UntagResourceCommandOutput
  >;
  readonly ListTagsForResource: Operation<
    CloudWatch.ListTagsForResourceCommandInput,
    CloudWatch.ListTagsForResourceCommandOutput
  >;
}

export interface LogsOperations {
  readonly CreateLogGroup: Operation<Logs.CreateLogGroupCommandInput, Logs.CreateLogGroupCommandOutput>;
  readonly DeleteLogGroup: Operation<Logs.DeleteLogGroupCommandInput, Logs.DeleteLogGroupCommandOutput>;
  readonly DescribeLogGroups: Operation<
    Logs.DescribeLogGroupsCommandInput,
    Logs.DescribeLogGroupsCommandOutput
  >;
  readonly PutRetentionPolicy: Operation<
    Logs.PutRetentionPolicyCommandInput,
    Logs.PutRetentionPolicyCommandOutput
  >;
  readonly DeleteRetentionPolicy: Operation<
    Logs.DeleteRetentionPolicyCommandInput,
    Logs.DeleteRetentionPolicyCommandOutput
  >;
  readonly CreateLogStream: Operation<Logs.CreateLogStreamCommandInput, Logs.CreateLogStreamCommandOutput>;
  readonly DeleteLogStream: Operation<Logs.DeleteLogStreamCommandInput, Logs.DeleteLogStreamCommandOutput>;
  readonly DescribeLogStreams: Operation<
    Logs.DescribeLogStreamsCommandInput,
    Logs.DescribeLogStreamsCommandOutput
  >;
  readonly PutLogEvents: Operation<Logs.PutLogEventsCommandInput, Logs.PutLogEventsCommandOutput>;
  readonly GetLogEvents: Operation<Logs.GetLogEventsCommandInput, Logs.GetLogEventsCommandOutput>;
  readonly StartLiveTail: Operation<Logs.StartLiveTailCommandInput, Logs.StartLiveTailCommandOutput>;
  readonly FilterLogEvents: Operation<Logs.FilterLogEventsCommandInput, Logs.FilterLogEventsCommandOutput>;
  readonly TagResource: Operation<Logs.TagResourceCommandInput, Logs.TagResourceCommandOutput>;
  readonly UntagResource: Operation<Logs.UntagResourceCommandInput, Logs.UntagResourceCommandOutput>;
  readonly ListTagsForResource: Operation<
    Logs.ListTagsForResourceCommandInput,
    Logs.ListTagsForResourceCommandOutput
  >;
  readonly TagLogGroup: Operation<Logs.TagLogGroupCommandInput, Logs.TagLogGroupCommandOutput>;
  readonly UntagLogGroup: Operation<Logs.UntagLogGroupCommandInput, Logs.UntagLogGroupCommandOutput>;
  readonly ListTagsLogGroup: Operation<Logs.ListTagsLogGroupCommandInput, Logs.ListTagsLogGroupCommandOutput>;
}

export interface SecretsManagerOperations {
  readonly CreateSecret: Operation<Secrets.CreateSecretCommandInput, Secrets.CreateSecretCommandOutput>;
  readonly GetSecretValue: Operation<Secrets.GetSecretValueCommandInput, Secrets.GetSecretValueCommandOutput>;
  readonly BatchGetSecretValue: Operation<
    Secrets.BatchGetSecretValueCommandInput,
    Secrets.BatchGetSecretValueCommandOutput
  >;
  readonly PutSecretValue: Operation<Secrets.PutSecretValueCommandInput, Secrets.PutSecretValueCommandOutput>;
  readonly UpdateSecret: Operation<Secrets.UpdateSecretCommandInput, Secrets.UpdateSecretCommandOutput>;
  readonly UpdateSecretVersionStage: Operation<
    Secrets.UpdateSecretVersionStageCommandInput,
    Secrets.UpdateSecretVersionStageCommandOutput
  >;
  readonly DescribeSecret: Operation<Secrets.DescribeSecretCommandInput, Secrets.DescribeSecretCommandOutput>;
  readonly ListSecrets: Operation<Secrets.ListSecretsCommandInput, Secrets.ListSecretsCommandOutput>;
  readonly ListSecretVersionIds: Operation<
    Secrets.ListSecretVersionIdsCommandInput,
    Secrets.ListSecretVersionIdsCommandOutput
  >;
  readonly DeleteSecret: Operation<Secrets.DeleteSecretCommandInput, Secrets.DeleteSecretCommandOutput>;
  readonly RestoreSecret: Operation<Secrets.RestoreSecretCommandInput, Secrets.RestoreSecretCommandOutput>;
  readonly TagResource: Operation<Secrets.TagResourceCommandInput, Secrets.TagResourceCommandOutput>;
  readonly UntagResource: Operation<Secrets.UntagResourceCommandInput, Secrets.UntagResourceCommandOutput>;
  readonly GetRandomPassword: Operation<
    Secrets.GetRandomPasswordCommandInput,
    Secrets.GetRandomPasswordCommandOutput
  >;
}

export interface IamOperations {
  readonly GetRole: Operation<Iam.GetRoleCommandInput, Iam.GetRoleCommandOutput>;
}

export interface StsOperations {
  readonly GetCallerIdentity: Operation<
    Sts.GetCallerIdentityCommandInput,
    Sts.GetCallerIdentityCommandOutput
  >;
  readonly AssumeRole: Operation<Sts.AssumeRoleCommandInput, Sts.AssumeRoleCommandOutput>;
  readonly GetSessionToken: Operation<Sts.GetSessionTokenCommandInput, Sts.GetSessionTokenCommandOutput>;
}

export interface AutoscalingOperations {
  readonly RegisterScalableTarget: Operation<
    Autoscaling.RegisterScalableTargetCommandInput,
    Autoscaling.RegisterScalableTargetCommandOutput
  >;
  readonly DescribeScalableTargets: Operation<
    Autoscaling.DescribeScalableTargetsCommandInput,
    Autoscaling.DescribeScalableTargetsCommandOutput
  >;
  readonly DeregisterScalableTarget: Operation<
    Autoscaling.DeregisterScalableTargetCommandInput,
    Autoscaling.DeregisterScalableTargetCommandOutput
  >;
  readonly PutScalingPolicy: Operation<
    Autoscaling.PutScalingPolicyCommandInput,
    Autoscaling.PutScalingPolicyCommandOutput
  >;
  readonly DescribeScalingPolicies: Operation<
    Autoscaling.DescribeScalingPoliciesCommandInput,
    Autoscaling.DescribeScalingPoliciesCommandOutput
  >;
  readonly DeleteScalingPolicy: Operation<
    Autoscaling.DeleteScalingPolicyCommandInput,
    Autoscaling.DeleteScalingPolicyCommandOutput
  >;
  readonly DescribeScalingActivities: Operation<
    Autoscaling.DescribeScalingActivitiesCommandInput,
    Autoscaling.DescribeScalingActivitiesCommandOutput
  >;
  readonly PutScheduledAction: Operation<
    Autoscaling.PutScheduledActionCommandInput,
    Autoscaling.PutScheduledActionCommandOutput
  >;
  readonly DescribeScheduledActions: Operation<
    Autoscaling.DescribeScheduledActionsCommandInput,
    Autoscaling.DescribeScheduledActionsCommandOutput
  >;
  readonly DeleteScheduledAction: Operation<
    Autoscaling.DeleteScheduledActionCommandInput,
    Autoscaling.DeleteScheduledActionCommandOutput
  >;
  readonly TagResource: Operation<Autoscaling.TagResourceCommandInput, Autoscaling.TagResourceCommandOutput>;
  readonly UntagResource: Operation<
    Autoscaling.UntagResourceCommandInput,
    Autoscaling.UntagResourceCommandOutput
  >;
  readonly ListTagsForResource: Operation<
    Autoscaling.ListTagsForResourceCommandInput,
    Autoscaling.ListTagsForResourceCommandOutput
  >;
}

/**
 * An AWS error as a client sees it: `code` is the exception's name (`ServiceNotFoundException`), `status` its HTTP
 * status (400 unless AWS says otherwise). `fields` are further members of the exception's shape.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { status?: number; fields?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
  }
}
