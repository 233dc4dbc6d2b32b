import fc from 'fast-check';
import { call } from '../call.ts';
import type { Calls } from '../sequences.ts';

export const scaling: Calls = (prefix) => {
  const cluster = `${prefix}cluster`;
  const resource = fc.constantFrom(`service/${cluster}/web`, `service/${cluster}/worker`);
  const of = (ResourceId: string) => ({
    ServiceNamespace: 'ecs' as const,
    ScalableDimension: 'ecs:service:DesiredCount' as const,
    ResourceId,
  });
  const resources = [`service/${cluster}/web`, `service/${cluster}/worker`];

  const first = [
    call('CreateCluster', cluster, async ({ ecs }) => {
      await ecs.createCluster({ clusterName: cluster });
      return {};
    }),
    call('RegisterTaskDefinition', `${prefix}web`, async ({ ecs }) => {
      await ecs.registerTaskDefinition({
        family: `${prefix}web`,
        containerDefinitions: [{ name: 'web', image: 'postgres:18', memory: 128 }],
      });
      return {};
    }),
    ...['web', 'worker'].map((serviceName) =>
      call('CreateService', serviceName, async ({ ecs }) => {
        await ecs.createService({
          cluster,
          serviceName,
          taskDefinition: `${prefix}web`,
          desiredCount: 0,
          launchType: 'EC2',
        });
        return {};
      }),
    ),
    ...resources.map((id) =>
      call('RegisterScalableTarget', id, ({ scaling }) =>
        scaling.registerScalableTarget({ ...of(id), MinCapacity: 0, MaxCapacity: 2 }),
      ),
    ),
  ];
  const register = fc
    .tuple(
      resource,
      fc.record(
        {
          MinCapacity: fc.constantFrom(0, 1),
          MaxCapacity: fc.constantFrom(2, 4),
          SuspendedState: fc.constant({
            DynamicScalingInSuspended: true,
            DynamicScalingOutSuspended: true,
            ScheduledScalingSuspended: true,
          }),
        },
        { requiredKeys: ['MinCapacity', 'MaxCapacity'] },
      ),
    )
    .map(([id, rest]) => {
      const said = { ...of(id), ...rest };
      return call('RegisterScalableTarget', said, ({ scaling }) => scaling.registerScalableTarget(said));
    });
  const describe = fc.constant(
    call('DescribeScalableTargets', resources, ({ scaling }) =>
      scaling.describeScalableTargets({ ServiceNamespace: 'ecs', ResourceIds: resources }),
    ),
  );
  const deregister = resource.map((id) =>
    call('DeregisterScalableTarget', id, ({ scaling }) => scaling.deregisterScalableTarget(of(id))),
  );
  const policyName = fc.constantFrom('cpu', 'steps');
  const putPolicy = fc.tuple(resource, policyName).map(([id, PolicyName]) => {
    const said =
      PolicyName === 'cpu'
        ? {
            PolicyType: 'TargetTrackingScaling' as const,
            TargetTrackingScalingPolicyConfiguration: {
              TargetValue: 60,
              ScaleInCooldown: 60,
              PredefinedMetricSpecification: {
                PredefinedMetricType: 'ECSServiceAverageCPUUtilization' as const,
              },
            },
          }
        : {
            PolicyType: 'StepScaling' as const,
            StepScalingPolicyConfiguration: {
              AdjustmentType: 'ChangeInCapacity' as const,
              Cooldown: 60,
              MetricAggregationType: 'Average' as const,
              StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
            },
          };
    return call('PutScalingPolicy', { id, PolicyName, ...said }, ({ scaling }) =>
      scaling.putScalingPolicy({ ...of(id), PolicyName, ...said }),
    );
  });
  const describePolicies = resource.map((id) =>
    call('DescribeScalingPolicies', id, ({ scaling }) => scaling.describeScalingPolicies(of(id))),
  );
  const deletePolicy = fc
    .tuple(resource, policyName)
    .map(([id, PolicyName]) =>
      call('DeleteScalingPolicy', { id, PolicyName }, ({ scaling }) =>
        scaling.deleteScalingPolicy({ ...of(id), PolicyName }),
      ),
    );
  const putAction = fc
    .tuple(resource, fc.constantFrom('night', 'day'), fc.constantFrom('cron(0 3 * * ? *)', 'rate(1 day)'))
    .map(([id, ScheduledActionName, Schedule]) =>
      call('PutScheduledAction', { id, ScheduledActionName, Schedule }, ({ scaling }) =>
        scaling.putScheduledAction({
          ...of(id),
          ScheduledActionName,
          Schedule,
          ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 1 },
        }),
      ),
    );
  const describeActions = resource.map((id) =>
    call('DescribeScheduledActions', id, ({ scaling }) => scaling.describeScheduledActions(of(id))),
  );
  const deleteAction = fc
    .tuple(resource, fc.constantFrom('night', 'day'))
    .map(([id, ScheduledActionName]) =>
      call('DeleteScheduledAction', { id, ScheduledActionName }, ({ scaling }) =>
        scaling.deleteScheduledAction({ ...of(id), ScheduledActionName }),
      ),
    );
  return {
    first,
    any: fc.oneof(
      { weight: 4, arbitrary: register },
      { weight: 2, arbitrary: describe },
      deregister,
      { weight: 3, arbitrary: putPolicy },
      { weight: 2, arbitrary: describePolicies },
      deletePolicy,
      { weight: 2, arbitrary: putAction },
      describeActions,
      deleteAction,
    ),
  };
};
