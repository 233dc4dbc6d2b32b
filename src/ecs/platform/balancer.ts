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
 * One load balancer an environment, with a production and a test listener; for every web service two target groups,
 * and a rule on either listener that forwards to both (the engine moves the weights). While the `old` release serves,
 * the groups that serve are left as it found them; a rolling deployment has no others.
 */
export async function ensureBalancer(
  clients: Clients,
  job: Bootstrap,
  web: readonly WebService[],
  release: 'old' | 'new',
): Promise<ReadonlyMap<string, ServiceRouting>> {
  if (web.length === 0) return new Map();
  const elb = await clients.elb();
  const { app, name } = job.environment;
  const balancer = await ensureLoadBalancer(elb, balancerName(job.environment));
  const listeners = await ensureListeners(elb, balancer, job);
  const apart = release === 'old' && job.environment.strategy.kind !== 'rolling';
  const serve = apart ? await servingGroups(elb, listeners.production) : new Set<string>();
  const routed: Routed[] = [];
  for (const service of web)
    routed.push({ service, groups: await ensureTargetGroups(elb, job.environment, service, serve) });
  const production = await ensureRules(elb, listeners.production, routed);
  const test = await ensureRules(elb, listeners.test, routed);
  return new Map(
    routed.map(({ service, groups }) => [
      service.name,
      {
        targetGroups: [...groups],
        productionRule: production.get(service.name) ?? '',
        testRule: test.get(service.name) ?? '',
        role: `arn:aws:iam::000000000000:role/${app}-${name}-infrastructure`,
        url: `http://127.0.0.1:${job.ports.production}`,
        testUrl: `http://127.0.0.1:${job.ports.test}`,
        testHeaders: {},
      },
    ]),
  );
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
