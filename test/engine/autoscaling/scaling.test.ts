import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { known } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';
import { resource, scaledService } from './rig.ts';

const load = {
  PolicyName: 'load',
  PolicyType: 'TargetTrackingScaling',
  ...resource,
} as const;

const tracking = {
  TargetValue: 50,
  CustomizedMetricSpecification: { MetricName: 'Load', Namespace: 'Test', Statistic: 'Average' },
  ScaleOutCooldown: 0,
  ScaleInCooldown: 0,
} as const;

test('a policy that tracks a target scales out to it, in again, and tells what it did', async () => {
  const { autoscaling, counts, measure } = await scaledService();
  await autoscaling.registerScalableTarget({ ...resource, MinCapacity: 1, MaxCapacity: 4 });
  await autoscaling.putScalingPolicy({
    ...load,
    // What a minute told before a task went would have the next one go at once.
    TargetTrackingScalingPolicyConfiguration: { ...tracking, ScaleInCooldown: 36_000 },
  });
  let total = 140;
  measure(() => total);
  await counts(3);
  total = 1000;
  await counts(4);
  total = 60;
  await counts(2);
  const { ScalingActivities = [] } = await eventually(async () => {
    const found = await autoscaling.describeScalingActivities({
      ServiceNamespace: 'ecs',
      ResourceId: resource.ResourceId,
    });
    return found.ScalingActivities?.[0]?.StatusCode === 'Successful' ? found : null;
  }, 'an activity that is over');
  expect(ScalingActivities.map((each) => each.Description)).toContain('Setting desired count to 4.');
  expect(ScalingActivities[0]).toMatchObject({
    ...resource,
    Description: 'Setting desired count to 2.',
    Cause: expect.stringMatching(/ of target 50 triggered policy load$/),
    StatusMessage: 'Successfully set desired count to 2. Change successfully fulfilled by ecs.',
    StartTime: expect.any(Date),
    EndTime: expect.any(Date),
  });
});

test('without data nothing is scaled, and a deployment is scaled out but not in', async () => {
  const { autoscaling, ecs, service, counts, measure } = await scaledService(2);
  await autoscaling.registerScalableTarget({ ...resource, MinCapacity: 1, MaxCapacity: 4 });
  await autoscaling.putScalingPolicy({ ...load, TargetTrackingScalingPolicyConfiguration: tracking });
  await pause(20 * 200);
  expect((await service()).desiredCount).toBe(2);
  // It never ends: its tasks do not become what they are to be.
  await ecs.registerTaskDefinition({
    family: 'broken',
    memory: '512',
    containerDefinitions: [{ name: 'web', image: `none@sha256:${'1'.repeat(64)}` }],
  });
  await ecs.updateService({ cluster: 'test', service: 'web', taskDefinition: 'broken' });
  let total = 1;
  measure(() => total);
  await pause(25 * 200);
  expect((await service()).desiredCount).toBe(2);
  total = 1000;
  await eventually(async () => (await service()).desiredCount === 4 || null, 'a larger count');
  await ecs.updateService({ cluster: 'test', service: 'web', taskDefinition: 'web' });
  total = 1;
  await counts(1);
});

test('within its cooldown a policy scales out only further than before', async () => {
  const { autoscaling, service, counts, measure } = await scaledService();
  await autoscaling.registerScalableTarget({ ...resource, MinCapacity: 1, MaxCapacity: 8 });
  await autoscaling.putScalingPolicy({
    ...load,
    TargetTrackingScalingPolicyConfiguration: { ...tracking, ScaleOutCooldown: 36_000 },
  });
  // Each task has as much however many there are: without a cooldown it would go on to the maximum.
  let each = 90;
  measure((tasks) => each * tasks);
  await counts(2);
  await pause(10 * 200);
  expect((await service()).desiredCount).toBe(2);
  each = 240;
  await counts(5);
});

test('step policies act on alarms, by the distance from the threshold, within the bounds', async () => {
  const { autoscaling, cloudwatch, counts } = await scaledService();
  await autoscaling.registerScalableTarget({ ...resource, MinCapacity: 1, MaxCapacity: 5 });
  const put = async (
    PolicyName: string,
    Cooldown: number,
    steps: [number | undefined, number | undefined, number][],
  ) =>
    known(
      (
        await autoscaling.putScalingPolicy({
          ...resource,
          PolicyName,
          PolicyType: 'StepScaling',
          StepScalingPolicyConfiguration: {
            AdjustmentType: 'ChangeInCapacity',
            Cooldown,
            StepAdjustments: steps.map(([lower, upper, ScalingAdjustment]) => ({
              ...(lower === undefined ? {} : { MetricIntervalLowerBound: lower }),
              ...(upper === undefined ? {} : { MetricIntervalUpperBound: upper }),
              ScalingAdjustment,
            })),
          },
        })
      ).PolicyARN,
    );
  // For as long as it cools down it takes no step a second time, however many minutes its alarm is seen red.
  const more = await put('more', 36_000, [
    [0, 10, 1],
    [10, undefined, 9],
  ]);
  const fewer = await put('fewer', 0, [[undefined, 0, -1]]);
  const alarm = (AlarmName: string, AlarmActions: string[], Threshold: number, below: boolean) =>
    cloudwatch.putMetricAlarm({
      AlarmName,
      AlarmActions,
      Namespace: 'Test',
      MetricName: 'Wanted',
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold,
      ComparisonOperator: below ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold',
    });
  await alarm('high', [more], 100, false);
  await alarm('low', [fewer], 20, true);
  const { ScalingPolicies } = await autoscaling.describeScalingPolicies({
    ServiceNamespace: 'ecs',
    PolicyNames: ['more'],
  });
  expect(ScalingPolicies?.[0]?.Alarms).toEqual([
    { AlarmName: 'high', AlarmARN: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:high' },
  ]);
  const set = (name: string, StateValue: 'ALARM' | 'OK') =>
    cloudwatch.setAlarmState({ AlarmName: name, StateValue, StateReason: 'a test' });
  await set('high', 'ALARM');
  await counts(2);
  await set('high', 'OK');
  const put120 = setInterval(() => {
    cloudwatch
      .putMetricData({ Namespace: 'Test', MetricData: [{ MetricName: 'Wanted', Value: 120 }] })
      .catch(() => undefined);
  }, 50);
  await counts(5);
  clearInterval(put120);
  const put10 = setInterval(() => {
    cloudwatch
      .putMetricData({ Namespace: 'Test', MetricData: [{ MetricName: 'Wanted', Value: 10 }] })
      .catch(() => undefined);
  }, 50);
  await counts(1);
  clearInterval(put10);
  const { ScalingActivities } = await autoscaling.describeScalingActivities({ ServiceNamespace: 'ecs' });
  expect(ScalingActivities?.[0]?.Cause).toBe('monitor alarm low in state ALARM triggered policy fewer');
});

test('bounds hold at once, policies only as long as they are there, and nothing is scaled when suspended', async () => {
  const { autoscaling, counts, service, measure } = await scaledService();
  await autoscaling.registerScalableTarget({ ...resource, MinCapacity: 2, MaxCapacity: 3 });
  await counts(2);
  await autoscaling.registerScalableTarget({ ...resource, MinCapacity: 0, MaxCapacity: 1 });
  await counts(1);
  const { ScalingActivities } = await autoscaling.describeScalingActivities({ ServiceNamespace: 'ecs' });
  expect(ScalingActivities?.map((each) => each.Cause)).toEqual([
    'maximum capacity was set to 1',
    'minimum capacity was set to 2',
  ]);
  measure(() => 1000);
  await autoscaling.registerScalableTarget({
    ...resource,
    MaxCapacity: 5,
    SuspendedState: { DynamicScalingOutSuspended: true },
  });
  await autoscaling.putScalingPolicy({ ...load, TargetTrackingScalingPolicyConfiguration: tracking });
  await pause(10 * 200);
  expect((await service()).desiredCount).toBe(1);
  await autoscaling.registerScalableTarget({
    ...resource,
    SuspendedState: { DynamicScalingOutSuspended: false },
  });
  await counts(5);
});

test('scheduled actions set the bounds when they are due', async () => {
  const { autoscaling, counts } = await scaledService();
  await autoscaling.registerScalableTarget({ ...resource, MinCapacity: 1, MaxCapacity: 5 });
  // Late enough that it is put before.
  const at = new Date(Date.now() + 8000).toISOString().slice(0, 19);
  await autoscaling.putScheduledAction({
    ...resource,
    ScheduledActionName: 'open',
    Schedule: `at(${at})`,
    ScalableTargetAction: { MinCapacity: 3 },
  });
  await counts(3);
  await autoscaling.putScheduledAction({
    ...resource,
    ScheduledActionName: 'close',
    Schedule: 'rate(2 minutes)',
    ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 2 },
  });
  await counts(2);
  expect(
    (await autoscaling.describeScheduledActions({ ServiceNamespace: 'ecs' })).ScheduledActions,
  ).toMatchObject([
    { ScheduledActionName: 'open', Schedule: `at(${at})`, ScalableTargetAction: { MinCapacity: 3 } },
    { ScheduledActionName: 'close', Schedule: 'rate(2 minutes)' },
  ]);
  const { ScalableTargets } = await autoscaling.describeScalableTargets({ ServiceNamespace: 'ecs' });
  expect(ScalableTargets).toMatchObject([{ MinCapacity: 0, MaxCapacity: 2 }]);
  await autoscaling.deleteScheduledAction({ ...resource, ScheduledActionName: 'open' });
  await expect(
    autoscaling.deleteScheduledAction({ ...resource, ScheduledActionName: 'open' }),
  ).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
});

test('what cannot be scaled is refused; what goes takes its policies with it', async () => {
  const { autoscaling, ecs } = await scaledService();
  const target = { ...resource, MinCapacity: 1, MaxCapacity: 5 };
  const refusals: [Promise<unknown>, string][] = [
    [
      autoscaling.registerScalableTarget({ ...target, ResourceId: 'service/test/none' }),
      'ValidationException',
    ],
    [autoscaling.registerScalableTarget({ ...target, MinCapacity: 6 }), 'ValidationException'],
    [autoscaling.registerScalableTarget(resource), 'ValidationException'],
    [
      autoscaling.registerScalableTarget({
        ...target,
        ServiceNamespace: 'dynamodb',
        ScalableDimension: 'dynamodb:table:ReadCapacityUnits',
      }),
      'ValidationException',
    ],
    [autoscaling.deregisterScalableTarget(resource), 'ObjectNotFoundException'],
    [
      autoscaling.putScalingPolicy({ ...load, TargetTrackingScalingPolicyConfiguration: tracking }),
      'ObjectNotFoundException',
    ],
    [autoscaling.deleteScalingPolicy({ ...resource, PolicyName: 'none' }), 'ObjectNotFoundException'],
    [
      autoscaling.putScheduledAction({ ...resource, ScheduledActionName: 'a', Schedule: 'rate(1 minute)' }),
      'ObjectNotFoundException',
    ],
  ];
  for (const [refused, name] of refusals) await expect(refused).rejects.toMatchObject({ name });
  const { ScalableTargetARN: arn = '' } = await autoscaling.registerScalableTarget({
    ...target,
    Tags: { team: 'web' },
  });
  expect(arn).toMatch(
    /^arn:aws:application-autoscaling:us-east-1:000000000000:scalable-target\/[0-9a-f]{32}$/,
  );
  await autoscaling.tagResource({ ResourceARN: arn, Tags: { stage: 'dev' } });
  await autoscaling.untagResource({ ResourceARN: arn, TagKeys: ['team'] });
  expect((await autoscaling.listTagsForResource({ ResourceARN: arn })).Tags).toEqual({ stage: 'dev' });
  await expect(autoscaling.listTagsForResource({ ResourceARN: `${arn}0` })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  const policy = (
    PolicyName: string,
    TargetTrackingScalingPolicyConfiguration: Parameters<
      typeof autoscaling.putScalingPolicy
    >[0]['TargetTrackingScalingPolicyConfiguration'],
  ) => autoscaling.putScalingPolicy({ ...load, PolicyName, TargetTrackingScalingPolicyConfiguration });
  await policy('load', tracking);
  const bad: [Promise<unknown>, RegExp][] = [
    [policy('second', tracking), /^Only one TargetTrackingScaling policy/],
    [policy('none', { TargetValue: 50 }), /exactly one/],
    [
      policy('alb', {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ALBRequestCountPerTarget' },
      }),
      /^ResourceLabel/,
    ],
    [
      policy('rds', {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: 'RDSReaderAverageCPUUtilization' },
      }),
      /not supported/,
    ],
    [
      autoscaling.putScheduledAction({
        ...resource,
        ScheduledActionName: 'a',
        Schedule: 'cron(61 * * * ? *)',
      }),
      /^Invalid schedule expression/,
    ],
    [
      autoscaling.putScheduledAction({
        ...resource,
        ScheduledActionName: 'a',
        Schedule: 'rate(1 minute)',
        Timezone: 'Nowhere',
      }),
      /^Invalid time zone/,
    ],
  ];
  for (const [refused, message] of bad) {
    await expect(refused).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  }
  const policies = async () =>
    (await autoscaling.describeScalingPolicies({ ServiceNamespace: 'ecs' })).ScalingPolicies;
  expect(await policies()).toMatchObject([
    {
      ...resource,
      PolicyName: 'load',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: tracking,
      Alarms: [],
    },
  ]);
  await ecs.deleteService({ cluster: 'test', service: 'web', force: true });
  await eventually(
    async () =>
      (await autoscaling.describeScalableTargets({ ServiceNamespace: 'ecs' })).ScalableTargets?.length ===
        0 || null,
    'no scalable target',
  );
  expect(await policies()).toEqual([]);
});
