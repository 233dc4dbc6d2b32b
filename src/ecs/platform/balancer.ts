import { createHash } from 'node:crypto';
import type { ElasticLoadBalancingV2Client, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { WebService } from '../../app/environment.ts';
import { Refusal } from '../../refusal.ts';
import type { Clients } from '../clients.ts';
import { awsCode } from '../failure.ts';
import { handoverName, readHandover, type Handover } from '../handover.ts';
import type { TaskService } from '../task-definition.ts';
import type { Bootstrap } from './job.ts';

export type ServiceRouting = NonNullable<Handover['loadBalancer']>;

/**
 * One load balancer an environment, with a production and a test listener; for every web service two target groups,
 * and a rule on either listener that forwards to both (the engine moves the weights).
 */
export async function ensureBalancer(
  clients: Clients,
  job: Bootstrap,
  services: readonly TaskService[],
): Promise<ReadonlyMap<string, ServiceRouting>> {
  const web = services.filter((service) => service.kind === 'web');
  if (web.length === 0) return new Map();
  const elb = await clients.elb();
  const { app, name } = job.environment;
  const balancer = await ensureLoadBalancer(elb, shortName(`${app}-${name}`));
  const before = await portsBefore(clients, job, web);
  const production = await ensureListener(elb, balancer, job.ports.production, before?.production);
  const test = await ensureListener(elb, balancer, job.ports.test, before?.test);
  const routing = new Map<string, ServiceRouting>();
  for (const service of web) {
    const blue = await ensureTargetGroup(elb, shortName(`${app}-${name}-${service.name}-a`), service);
    const green = await ensureTargetGroup(elb, shortName(`${app}-${name}-${service.name}-b`), service);
    const productionRule = await ensureRule(elb, production, service, [blue, green]);
    const testRule = await ensureRule(elb, test, service, [blue, green]);
    routing.set(service.name, {
      targetGroups: [blue, green],
      productionRule,
      testRule,
      role: `arn:aws:iam::000000000000:role/${app}-${name}-infrastructure`,
      url: `http://127.0.0.1:${job.ports.production}`,
      testUrl: `http://127.0.0.1:${job.ports.test}`,
      testHeaders: {},
    });
  }
  return routing;
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
  return required(LoadBalancers?.[0]?.LoadBalancerArn, 'load balancer');
}

/** The ports of the platform as it was handed over last: a listener moves with its port and keeps its rules. */
async function portsBefore(
  clients: Clients,
  { environment }: Bootstrap,
  services: readonly WebService[],
): Promise<{ production: number; test: number } | null> {
  for (const { name } of services) {
    const handover = await readHandover(clients, handoverName(environment.app, environment.name, name));
    if (!handover?.loadBalancer) continue;
    const { url, testUrl } = handover.loadBalancer;
    return { production: Number(new URL(url).port), test: Number(new URL(testUrl).port) };
  }
  return null;
}

async function ensureListener(
  elb: ElasticLoadBalancingV2Client,
  balancer: string,
  port: number,
  before: number | undefined,
): Promise<string> {
  const { CreateListenerCommand, DescribeListenersCommand, ModifyListenerCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const { Listeners } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn: balancer }));
  const existing = Listeners?.find(({ Port }) => Port === port)?.ListenerArn;
  if (existing !== undefined) return existing;
  const moving = Listeners?.find(({ Port }) => Port === before)?.ListenerArn;
  try {
    if (moving !== undefined) {
      await elb.send(new ModifyListenerCommand({ ListenerArn: moving, Port: port }));
      return moving;
    }
    const nothingHere = {
      StatusCode: '404',
      ContentType: 'text/plain',
      MessageBody: 'No service answers here.\n',
    };
    const created = await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: balancer,
        Protocol: 'HTTP',
        Port: port,
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: nothingHere }],
      }),
    );
    return required(created.Listeners?.[0]?.ListenerArn, 'listener');
  } catch (error) {
    throw portTaken(error, port) ?? error;
  }
}

function portTaken(error: unknown, port: number): Refusal | null {
  if (
    !(error instanceof Error) ||
    !/in use|EADDRINUSE|DuplicateListener|EACCES/i.test(`${error.name} ${error.message}`)
  )
    return null;
  const problem = {
    code: 'port-taken',
    what: `port ${port} on this machine is taken`,
    where: `127.0.0.1:${port}`,
    why: error.message,
    next: 'stop what listens there, or set another `port` for the environment in fairway.config.ts',
  };
  return new Refusal(problem, { cause: error });
}

async function ensureTargetGroup(
  elb: ElasticLoadBalancingV2Client,
  name: string,
  service: WebService,
): Promise<string> {
  const {
    CreateTargetGroupCommand,
    DescribeTargetGroupsCommand,
    ModifyTargetGroupAttributesCommand,
    ModifyTargetGroupCommand,
  } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const { health } = service;
  const settings = {
    HealthCheckEnabled: true,
    HealthCheckProtocol: 'HTTP' as const,
    HealthCheckPath: health.path,
    // ELB wants the interval to be longer than the time-out.
    HealthCheckIntervalSeconds: Math.max(health.interval, health.timeout + 1),
    HealthCheckTimeoutSeconds: health.timeout,
    HealthyThresholdCount: health.healthyThreshold,
    UnhealthyThresholdCount: health.unhealthyThreshold,
  };
  const existing = await find();
  const arn = existing ?? (await create());
  if (existing !== undefined)
    await elb.send(new ModifyTargetGroupCommand({ TargetGroupArn: arn, ...settings }));
  const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: String(service.drain) }];
  await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: arn, Attributes }));
  return arn;

  async function find(): Promise<string | undefined> {
    try {
      const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ Names: [name] }));
      return TargetGroups?.[0]?.TargetGroupArn;
    } catch (error) {
      if (awsCode(error) === 'TargetGroupNotFoundException') return undefined;
      throw error;
    }
  }

  async function create(): Promise<string> {
    const { TargetGroups } = await elb.send(
      new CreateTargetGroupCommand({
        Name: name,
        Protocol: 'HTTP',
        Port: service.port,
        VpcId: 'vpc-local',
        TargetType: 'ip',
        ...settings,
      }),
    );
    return required(TargetGroups?.[0]?.TargetGroupArn, 'target group');
  }
}

async function ensureRule(
  elb: ElasticLoadBalancingV2Client,
  listener: string,
  service: WebService,
  groups: readonly [string, string],
): Promise<string> {
  const { CreateRuleCommand, DescribeRulesCommand, ModifyRuleCommand, SetRulePrioritiesCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const conditions = conditionsOf(service);
  const { Rules } = await elb.send(new DescribeRulesCommand({ ListenerArn: listener }));
  const existing = Rules?.find(({ Actions }) =>
    Actions?.some(({ ForwardConfig }) =>
      ForwardConfig?.TargetGroups?.some(({ TargetGroupArn }) => TargetGroupArn === groups[0]),
    ),
  );
  const { priority } = service.route;
  if (existing?.RuleArn !== undefined) {
    // Actions are left alone: the engine moves the weights.
    await elb.send(new ModifyRuleCommand({ RuleArn: existing.RuleArn, Conditions: conditions }));
    if (existing.Priority !== String(priority)) {
      await elb.send(
        new SetRulePrioritiesCommand({ RulePriorities: [{ RuleArn: existing.RuleArn, Priority: priority }] }),
      );
    }
    return existing.RuleArn;
  }
  const created = await elb.send(
    new CreateRuleCommand({
      ListenerArn: listener,
      Priority: priority,
      Conditions: conditions,
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: groups[0], Weight: 100 },
              { TargetGroupArn: groups[1], Weight: 0 },
            ],
          },
        },
      ],
    }),
  );
  return required(created.Rules?.[0]?.RuleArn, 'rule');
}

function conditionsOf({ route }: WebService): RuleCondition[] {
  const conditions: RuleCondition[] = [];
  if (route.hosts.length > 0)
    conditions.push({ Field: 'host-header', HostHeaderConfig: { Values: [...route.hosts] } });
  if (route.paths.length > 0 || conditions.length === 0) {
    const paths = route.paths.length > 0 ? route.paths.map((path) => (path === '*' ? '/*' : path)) : ['/*'];
    conditions.push({ Field: 'path-pattern', PathPatternConfig: { Values: paths } });
  }
  return conditions;
}

/** At most 32 characters, as ELB wants names; a longer one keeps its start and gets a hash for its end. */
export function shortName(name: string): string {
  const plain = name.replaceAll(/[^a-zA-Z0-9-]/g, '-');
  if (plain.length <= 32) return plain;
  return `${plain.slice(0, 23).replace(/-+$/, '')}-${createHash('sha256').update(plain).digest('hex').slice(0, 8)}`;
}

function required(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`the engine made a ${what} without naming it`);
  return value;
}
