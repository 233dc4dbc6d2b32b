import type { Environment } from '../../app/environment.ts';
import type { Clients } from '../clients.ts';
import { readClusters } from '../clusters.ts';
import { createActs, type Placed } from '../act.ts';
import { awsCode } from '../failure.ts';
import { handoverName, listHandovers } from '../handover.ts';
import { removeParameter } from '../parameters.ts';
import { alarmsOf, removeAlarms } from './alarms.ts';
import { balancerName, platformMark } from './names.ts';
import { forgetRestorePoint } from './restore-point.ts';
import { removeScaling } from './scaling.ts';
import { forget, platformRecordOf, readPlatformRecord } from './settings.ts';
import { targetGroupsOf } from './target-groups.ts';

/**
 * Takes an environment down on the embedded engine: services first, then stores, then its load balancer. What stores
 * keep, and the passwords that go with it, stay. May be repeated.
 */
export async function teardown(
  clients: Clients,
  environment: Environment,
  pause: (milliseconds: number) => Promise<void>,
): Promise<void> {
  const known = await listHandovers(clients, environment.app, environment.name);
  await removeScaling(clients, [...known.values()]);
  await removeAll(clients, [...known.values()], pause);
  const recorded = await readPlatformRecord(clients, environment);
  const stores = new Map([...recorded.stores, ...platformRecordOf(environment).stores]);
  await removeAll(clients, [...stores.values()], pause);
  await removeBalancer(clients, environment);
  await removeAlarms(clients, alarmsOf(known));
  const { app, name } = environment;
  for (const service of known.keys()) await removeParameter(clients, handoverName(app, name, service));
  for (const service of recorded.services.keys()) await forget(clients, environment, 'services', service);
  for (const store of recorded.stores.keys()) await forget(clients, environment, 'stores', store);
  await forgetRestorePoint(clients, environment);
  await removeParameter(clients, platformMark(environment));
}

async function removeAll(
  clients: Clients,
  services: readonly Placed[],
  pause: (milliseconds: number) => Promise<void>,
): Promise<void> {
  const acts = createActs(clients);
  for (const service of services) await acts.remove(service);
  await Promise.all(services.map((service) => untilGone(clients, service, pause)));
}

async function untilGone(
  clients: Clients,
  { cluster, service }: Placed,
  pause: (milliseconds: number) => Promise<void>,
): Promise<void> {
  const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
  for (;;) {
    const asked = clients.ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    const answer = await ignoring(asked, ['ClusterNotFoundException']);
    if (answer?.services?.some(({ status }) => status !== 'INACTIVE') !== true) return;
    await pause(100);
  }
}

async function removeBalancer(clients: Clients, environment: Environment): Promise<void> {
  const { DeleteLoadBalancerCommand, DeleteTargetGroupCommand, DescribeLoadBalancersCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const elb = await clients.elb();
  const found = await ignoring(
    elb.send(new DescribeLoadBalancersCommand({ Names: [balancerName(environment)] })),
    ['LoadBalancerNotFoundException'],
  );
  const arn = found?.LoadBalancers?.[0]?.LoadBalancerArn;
  if (arn !== undefined) await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
  for (const TargetGroupArn of await targetGroupsOf(elb, environment))
    await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
}

/** Whether anything is left for the engine to run. */
export async function anythingRuns(clients: Clients): Promise<boolean> {
  return (await readClusters(clients)).some(({ services, tasks }) => services + tasks > 0);
}

async function ignoring<Answer>(request: Promise<Answer>, codes: readonly string[]): Promise<Answer | null> {
  try {
    return await request;
  } catch (error) {
    if (codes.includes(awsCode(error) ?? '')) return null;
    throw error;
  }
}
