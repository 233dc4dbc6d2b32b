import { expect, test } from 'vitest';
import { blueGreenApp, known, testEngine, traffic } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';
import { resource, scalingClients } from './rig.ts';

/** The predefined metrics, as the engine itself measures them. */
const policy = { ...resource, PolicyName: 'p', PolicyType: 'TargetTrackingScaling' } as const;

test('a service is scaled by the requests that each of its targets gets, and back when there are none', async () => {
  const engine = await testEngine();
  const { ecs, elb } = engine.clients;
  const { autoscaling } = scalingClients(engine.folder);
  const app = await blueGreenApp(engine);
  const { LoadBalancers } = await elb.describeLoadBalancers({});
  const balancer = known(LoadBalancers?.[0]?.LoadBalancerArn?.split(':loadbalancer/')[1]);
  const group = known(app.blue.split(':').at(-1));
  await autoscaling.registerScalableTarget({ ...resource, MinCapacity: 1, MaxCapacity: 2 });
  await autoscaling.putScalingPolicy({
    ...policy,
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 5,
      ScaleInCooldown: 0,
      PredefinedMetricSpecification: {
        PredefinedMetricType: 'ALBRequestCountPerTarget',
        ResourceLabel: `${balancer}/${group}`,
      },
    },
  });
  const users = traffic(app.production);
  const counts = (count: number) =>
    eventually(async () => {
      const { services } = await ecs.describeServices({ cluster: 'test', services: ['web'] });
      return (services?.[0]?.desiredCount === count && services[0].runningCount === count) || null;
    }, `${count} tasks`);
  await counts(2);
  const { failed } = await users.stop();
  expect(failed).toEqual([]);
  await counts(1);
});

test('a service is scaled by the share of its CPU that it uses', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const { autoscaling } = scalingClients(engine.folder);
  const image = await engine.image({ 'run.sh': 'while :; do :; done' }, ['sh', 'run.sh']);
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'busy',
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    containerDefinitions: [{ name: 'busy', image, stopTimeout: 2 }],
  });
  await ecs.createService({ cluster: 'test', serviceName: 'web', taskDefinition: 'busy', desiredCount: 1 });
  await autoscaling.registerScalableTarget({ ...resource, MinCapacity: 1, MaxCapacity: 2 });
  await autoscaling.putScalingPolicy({
    ...policy,
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 10,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    },
  });
  await eventually(async () => {
    const { services } = await ecs.describeServices({ cluster: 'test', services: ['web'] });
    return (services?.[0]?.desiredCount === 2 && services[0].runningCount === 2) || null;
  }, 'two tasks');
  const { ScalingActivities } = await autoscaling.describeScalingActivities({ ServiceNamespace: 'ecs' });
  expect(ScalingActivities?.[0]?.Cause).toMatch(/ of target 10 triggered policy p$/);
});
