import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Environment, WebService } from '../../app/environment.ts';
import { awsCode } from '../failure.ts';
import { groupNames } from './names.ts';

type Named = Pick<Environment, 'app' | 'name'>;

export const drainAttribute = 'deregistration_delay.timeout_seconds';

/**
 * The two target groups of a service, with its health check and its drain as they are described now; but for those that
 * are left as they are: what is behind them was made for the health check they have.
 */
export async function ensureTargetGroups(
  elb: ElasticLoadBalancingV2Client,
  environment: Named,
  service: WebService,
  isLeft: (group: string) => boolean,
): Promise<readonly [string, string]> {
  const [blue, green] = groupNames(environment, service.name);
  return [
    await ensureTargetGroup(elb, environment, blue, service, isLeft),
    await ensureTargetGroup(elb, environment, green, service, isLeft),
  ];
}

async function ensureTargetGroup(
  elb: ElasticLoadBalancingV2Client,
  environment: Named,
  name: string,
  service: WebService,
  isLeft: (group: string) => boolean,
): Promise<string> {
  const { CreateTargetGroupCommand, ModifyTargetGroupAttributesCommand, ModifyTargetGroupCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
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
  const existing = await find(elb, name);
  if (existing !== undefined && isLeft(existing)) return existing;
  const arn = existing ?? (await create());
  if (existing !== undefined)
    await elb.send(new ModifyTargetGroupCommand({ TargetGroupArn: arn, ...settings }));
  const Attributes = [{ Key: drainAttribute, Value: String(service.drain) }];
  await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: arn, Attributes }));
  return arn;

  async function create(): Promise<string> {
    const { TargetGroups } = await elb.send(
      new CreateTargetGroupCommand({
        Name: name,
        Protocol: 'HTTP',
        Port: service.port,
        VpcId: 'vpc-local',
        TargetType: 'ip',
        Tags: [{ Key: ownerTag, Value: ownerOf(environment) }],
        ...settings,
      }),
    );
    const made = TargetGroups?.[0]?.TargetGroupArn;
    if (made === undefined) throw new Error('the engine made a target group without naming it');
    return made;
  }
}

/** Every target group of an environment, of services that it no longer has too. */
export async function targetGroupsOf(
  elb: ElasticLoadBalancingV2Client,
  environment: Named,
): Promise<readonly string[]> {
  const { DescribeTagsCommand, paginateDescribeTargetGroups } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const owned: string[] = [];
  for await (const { TargetGroups } of paginateDescribeTargetGroups({ client: elb, pageSize: 20 }, {})) {
    const arns = (TargetGroups ?? []).flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []);
    if (arns.length === 0) continue;
    const { TagDescriptions } = await elb.send(new DescribeTagsCommand({ ResourceArns: arns }));
    for (const { ResourceArn, Tags } of TagDescriptions ?? [])
      if (
        ResourceArn !== undefined &&
        Tags?.some(({ Key, Value }) => Key === ownerTag && Value === ownerOf(environment)) === true
      )
        owned.push(ResourceArn);
  }
  return owned;
}

const ownerTag = 'fairway:environment';

function ownerOf({ app, name }: Named): string {
  return `${app}/${name}`;
}

async function find(elb: ElasticLoadBalancingV2Client, name: string): Promise<string | undefined> {
  const { DescribeTargetGroupsCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  try {
    const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ Names: [name] }));
    return TargetGroups?.[0]?.TargetGroupArn;
  } catch (error) {
    if (awsCode(error) === 'TargetGroupNotFoundException') return undefined;
    throw error;
  }
}
