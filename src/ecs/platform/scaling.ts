import type { TargetTrackingScalingPolicyConfiguration } from '@aws-sdk/client-application-auto-scaling';
import type { Environment, Scaling, ScalingTarget } from '../../app/environment.ts';
import type { Placed } from '../act.ts';
import type { Clients } from '../clients.ts';
import { awsCode } from '../failure.ts';
import { listHandovers, type Handover } from '../handover.ts';
import { dimensionsOf, groupMeasure, metricOf } from '../metrics.ts';
import { setDesiredCount } from '../scale.ts';
import type { TaskService } from '../task-definition.ts';

type Balanced = Pick<Handover, 'cluster' | 'service' | 'loadBalancer'>;

/** Policies of others are left alone. */
const ours = 'fairway-';

/**
 * What scales gets its bounds and policies, which bring a count that is beyond the bounds between them at once. May be
 * repeated.
 */
export async function ensureScaling(
  clients: Clients,
  { app, name }: Pick<Environment, 'app' | 'name'>,
  services: readonly TaskService[],
): Promise<void> {
  if (services.every(({ scaling }) => scaling === null)) return;
  const handovers = await listHandovers(clients, app, name);
  for (const { name: service, scaling } of services) {
    const handover = handovers.get(service);
    if (scaling !== null && handover) await scale(clients, handover, scaling);
  }
}

async function scale(clients: Clients, handover: Balanced, { min, max, targets }: Scaling): Promise<void> {
  const { DeleteScalingPolicyCommand, PutScalingPolicyCommand, RegisterScalableTargetCommand } =
    await import('@aws-sdk/client-application-auto-scaling');
  const autoscaling = await clients.autoscaling();
  const named = scalable(handover);
  await autoscaling.send(new RegisterScalableTargetCommand({ ...named, MinCapacity: min, MaxCapacity: max }));
  const wanted = targets.map((target) => ({ name: `${ours}${target.metric}`, target }));
  for (const PolicyName of await policiesOf(clients, named.ResourceId)) {
    if (PolicyName.startsWith(ours) && !wanted.some(({ name }) => name === PolicyName))
      await autoscaling.send(new DeleteScalingPolicyCommand({ ...named, PolicyName }));
  }
  for (const { name, target } of wanted)
    await autoscaling.send(
      new PutScalingPolicyCommand({
        ...named,
        PolicyName: name,
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: target.value,
          ...tracked(target, handover),
        },
      }),
    );
}

/** What does not scale any more has its described count again: a policy may have set another until now. */
export async function endScaling(clients: Clients, services: readonly TaskService[]): Promise<void> {
  const still = services.filter(({ scaling }) => scaling === null);
  const placed = still.map(({ cluster, engineName, replicas }) => ({
    cluster,
    service: engineName,
    replicas,
  }));
  for (const one of await removeScaling(clients, placed))
    await setDesiredCount(clients, { ...one, loadBalancer: null }, one.replicas);
}

/**
 * Takes the bounds away, and with them their policies. May be repeated.
 * @returns those that had some
 */
export async function removeScaling<One extends Placed>(
  clients: Clients,
  services: readonly One[],
): Promise<readonly One[]> {
  if (services.length === 0) return [];
  const { DeregisterScalableTargetCommand, paginateDescribeScalableTargets } =
    await import('@aws-sdk/client-application-auto-scaling');
  const autoscaling = await clients.autoscaling();
  const known = new Set<string>();
  const query = { ServiceNamespace: 'ecs' as const, ScalableDimension: 'ecs:service:DesiredCount' as const };
  for await (const { ScalableTargets } of paginateDescribeScalableTargets({ client: autoscaling }, query))
    for (const { ResourceId = '' } of ScalableTargets ?? []) known.add(ResourceId);
  const scaled = services.filter((service) => known.has(scalable(service).ResourceId));
  for (const service of scaled) {
    try {
      await autoscaling.send(new DeregisterScalableTargetCommand(scalable(service)));
    } catch (error) {
      if (awsCode(error) !== 'ObjectNotFoundException') throw error;
    }
  }
  return scaled;
}

async function policiesOf(clients: Clients, ResourceId: string): Promise<readonly string[]> {
  const { paginateDescribeScalingPolicies } = await import('@aws-sdk/client-application-auto-scaling');
  const names: string[] = [];
  const query = { ServiceNamespace: 'ecs' as const, ResourceId };
  for await (const { ScalingPolicies } of paginateDescribeScalingPolicies(
    { client: await clients.autoscaling() },
    query,
  ))
    names.push(...(ScalingPolicies ?? []).flatMap(({ PolicyName }) => PolicyName ?? []));
  return names;
}

function scalable({ cluster, service }: Placed) {
  return {
    ServiceNamespace: 'ecs',
    ResourceId: `service/${cluster.slice(cluster.lastIndexOf('/') + 1)}/${service}`,
    ScalableDimension: 'ecs:service:DesiredCount',
  } as const;
}

function tracked(
  { metric }: ScalingTarget,
  handover: Balanced,
): Partial<TargetTrackingScalingPolicyConfiguration> {
  switch (metric) {
    case 'cpu':
      return {
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      };
    case 'memory':
      return {
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
      };
    case 'requests-per-task':
      return { CustomizedMetricSpecification: { Metrics: [...requestsPerTask(handover)] } };
  }
}

/**
 * The predefined metric knows one target group, and a service has two that take turns: the busier of them counts. A
 * minute without requests is one of none, or a service that nobody asks would stay as large as it was.
 */
function requestsPerTask({ loadBalancer, service }: Balanced) {
  if (loadBalancer === null)
    throw new Error(`${service} has no load balancer whose requests could be counted`);
  const counts = loadBalancer.targetGroups.map((group, index) => {
    const of = dimensionsOf(loadBalancer, group);
    const measure = groupMeasure(`m${index + 1}`, 'RequestCountPerTarget', 'Sum', of);
    return {
      Id: measure.id,
      MetricStat: { Metric: metricOf(measure), Stat: measure.stat },
      ReturnData: false,
    };
  });
  return [...counts, { Id: 'e1', Expression: 'MAX([FILL(m1, 0), FILL(m2, 0)])', ReturnData: true }];
}
