import type * as Ecs from '@aws-sdk/client-ecs';
import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type * as Logs from '@aws-sdk/client-cloudwatch-logs';
import type * as Ssm from '@aws-sdk/client-ssm';

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
}

/** Services by the name in the signature's credential scope. What is not in the table answers as AWS answers an unknown operation. */
export interface Operations {
  readonly ecs: EcsOperations;
  readonly elasticloadbalancing: ElbOperations;
  readonly ssm: SsmOperations;
  readonly logs: LogsOperations;
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
}

export interface LogsOperations {
  readonly DescribeLogGroups: Operation<
    Logs.DescribeLogGroupsCommandInput,
    Logs.DescribeLogGroupsCommandOutput
  >;
  readonly DescribeLogStreams: Operation<
    Logs.DescribeLogStreamsCommandInput,
    Logs.DescribeLogStreamsCommandOutput
  >;
  readonly GetLogEvents: Operation<Logs.GetLogEventsCommandInput, Logs.GetLogEventsCommandOutput>;
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
