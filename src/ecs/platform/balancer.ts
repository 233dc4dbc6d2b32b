import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { WebService } from '../../app/environment.ts';
import type { Clients } from '../clients.ts';
import type { Handover } from '../handover.ts';
import type { Bootstrap } from './job.ts';
import { ensureListeners } from './listeners.ts';
import { balancerName } from './names.ts';
import { ensureRules, servingGroups, type Routed } from './rules.ts';
import { ensureTargetGroups } from './target-groups.ts';

export type ServiceRouting = NonNullable<Handover['loadBalancer']>;

/**
 * How far the load balancer has followed a release. `prepared`: everything is there for green and the gates, and users
 * notice nothing: what is there keeps its port, its routes and, where it serves, its health check (a rolling deployment
 * has no other target groups). `routed`: users are sent by the described routes. `settled`: all is as described.
 */
export type Stage = 'prepared' | 'routed' | 'settled';

/**
 * One load balancer an environment, with a production and a test listener; for every web service two target groups,
 * and a rule on either listener that forwards to both (the engine moves the weights).
 */
export async function ensureBalancer(
  clients: Clients,
  job: Bootstrap,
  web: readonly WebService[],
  stage: Stage,
): Promise<ReadonlyMap<string, ServiceRouting>> {
  if (web.length === 0) return new Map();
  const elb = await clients.elb();
  const { app, name } = job.environment;
  const balancer = await ensureLoadBalancer(elb, balancerName(job.environment));
  const listeners = await ensureListeners(elb, balancer, job, stage === 'settled');
  const isLeft = await groupsLeftAlone();
  const routed: Routed[] = [];
  for (const service of web)
    routed.push({ service, groups: await ensureTargetGroups(elb, job.environment, service, isLeft) });
  const users = stage === 'prepared' ? 'found' : 'described';
  const production = await ensureRules(elb, listeners.production.arn, routed, users);
  const test = await ensureRules(elb, listeners.test.arn, routed, 'described');
  return new Map(
    routed.map(({ service, groups }) => [
      service.name,
      {
        targetGroups: [...groups],
        productionRule: production.get(service.name) ?? '',
        testRule: test.get(service.name) ?? '',
        role: `arn:aws:iam::000000000000:role/${app}-${name}-infrastructure`,
        url: `http://127.0.0.1:${listeners.production.port}`,
        testUrl: `http://127.0.0.1:${listeners.test.port}`,
        testHeaders: {},
      },
    ]),
  );

  async function groupsLeftAlone(): Promise<(group: string) => boolean> {
    if (stage === 'routed') return () => true;
    if (stage === 'settled' || job.environment.strategy.kind === 'rolling') return () => false;
    const serving = await servingGroups(elb, listeners.production.arn);
    return (group) => serving.has(group);
  }
}

async function ensureLoadBalancer(elb: ElasticLoadBalancingV2Client, name: string): Promise<string> {
  const { CreateLoadBalancerCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  // Creating one that exists with the same settings answers with the one that exists.
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: name,
      Subnets: ['subnet-local-a', 'subnet-local-b'],
      Scheme: 'internal',
      Type: 'application',
    }),
  );
  const arn = LoadBalancers?.[0]?.LoadBalancerArn;
  if (arn === undefined) throw new Error('the engine made a load balancer without naming it');
  return arn;
}
