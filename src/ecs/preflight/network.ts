import { BlockList } from 'node:net';
import type { SecurityGroup } from '@aws-sdk/client-ec2';
import { withinBounds } from '../../app/scaling.ts';
import type { Problem } from '../../refusal.ts';
import { handedOver, type Check, type Placed, type Ready } from './findings.ts';

/** Each task takes an address of its own, and green stands beside blue. */
export const addresses: Check = {
  what: 'whether the subnets have addresses for the new tasks',
  async look(ready) {
    const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2');
    const ec2 = await ready.clients.ec2();
    const wanted = [...new Set(ready.services.flatMap(({ handover }) => handover.network.subnets))];
    if (wanted.length === 0) return [];
    const { Subnets = [] } = await ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: wanted }] }),
    );
    const free = new Map(
      Subnets.map(({ SubnetId, AvailableIpAddressCount }) => [SubnetId, AvailableIpAddressCount ?? 0]),
    );
    return [...bySubnets(ready.services)].flatMap(([key, placed]): readonly Problem[] => {
      const subnets = key.split(' ');
      const [first] = placed;
      const where = first === undefined ? key : handedOver(ready, first);
      const missing = subnets.filter((subnet) => !free.has(subnet));
      if (missing.length > 0)
        return [
          {
            code: 'subnet-missing',
            what: `there is no subnet ${missing.join(', ')}`,
            where,
            why: 'the hand-over puts tasks there',
            next: 'hand over the subnets that are meant',
          },
        ];
      const there = subnets.reduce((sum, subnet) => sum + (free.get(subnet) ?? 0), 0);
      const needed = placed.reduce((sum, { service }) => sum + tasksOf(service), 0);
      return there >= needed
        ? []
        : [
            {
              code: 'addresses-short',
              what: `the subnets ${subnets.join(', ')} have ${there} free addresses, and the new tasks need ${needed}`,
              where,
              why: 'each task has an address of its own, and the new ones stand beside the old',
              next: 'free some, add a subnet to the hand-over, or run fewer tasks',
            },
          ];
    });
  },
};

/** The load balancer must get through to the port of the tasks. */
export const reach: Check = {
  what: 'whether the security groups let the load balancer reach the tasks',
  async look(ready) {
    const found = await Promise.all(ready.services.map((placed) => unreached(ready, placed)));
    return found.flat();
  },
};

async function unreached(ready: Ready, placed: Placed): Promise<readonly Problem[]> {
  const { service, handover } = placed;
  const groups = handover.network.securityGroups;
  if (handover.loadBalancer === null || service.kind !== 'web' || groups.length === 0) return [];
  const { DescribeSecurityGroupsCommand, DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2');
  const ec2 = await ready.clients.ec2();
  const balancer = await balancerOf(ready, handover.loadBalancer.targetGroups[0]);
  if (balancer === null) return [];
  const [{ SecurityGroups = [] }, { Subnets = [] }] = await Promise.all([
    ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-id', Values: [...groups] }] })),
    ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [...balancer.subnets] }] })),
  ]);
  const from = { groups: balancer.groups, networks: Subnets.flatMap(({ CidrBlock }) => CidrBlock ?? []) };
  if (SecurityGroups.some((group) => lets(group, service.port, from))) return [];
  return [
    {
      code: 'port-closed',
      what: `${service.name}: no security group of its tasks lets the load balancer reach port ${service.port}`,
      where: handedOver(ready, placed),
      why: `the tasks have ${groups.join(', ')}; the load balancer has ${balancer.groups.join(', ') || 'none'}`,
      next: `let TCP ${service.port} in from the load balancer's security group`,
    },
  ];
}

interface Source {
  readonly groups: readonly string[];
  /** CIDR blocks. */
  readonly networks: readonly string[];
}

/** Whether a group lets TCP to the port in: from a group of the source, or from all of its networks. */
function lets({ IpPermissions = [] }: SecurityGroup, port: number, from: Source): boolean {
  return IpPermissions.some(({ IpProtocol, FromPort, ToPort, UserIdGroupPairs = [], IpRanges = [] }) => {
    const all = IpProtocol === '-1';
    if (!all && !(IpProtocol === 'tcp' && port >= (FromPort ?? 0) && port <= (ToPort ?? 65_535)))
      return false;
    if (UserIdGroupPairs.some(({ GroupId }) => from.groups.includes(GroupId ?? ''))) return true;
    const allowed = new BlockList();
    for (const { CidrIp = '' } of IpRanges) {
      const [network = '', prefix = ''] = CidrIp.split('/');
      allowed.addSubnet(network, Number(prefix), 'ipv4');
    }
    return (
      from.networks.length > 0 &&
      from.networks.every((network) => allowed.check(network.split('/')[0] ?? '', 'ipv4'))
    );
  });
}

async function balancerOf(
  { clients }: Ready,
  group: string,
): Promise<{ readonly groups: readonly string[]; readonly subnets: readonly string[] } | null> {
  const { DescribeLoadBalancersCommand, DescribeTargetGroupsCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const elb = await clients.elb();
  const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [group] }));
  const LoadBalancerArns = TargetGroups?.[0]?.LoadBalancerArns ?? [];
  if (LoadBalancerArns.length === 0) return null;
  const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns }));
  const found = LoadBalancers?.[0];
  if (found === undefined) return null;
  const subnets = (found.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []);
  return { groups: found.SecurityGroups ?? [], subnets };
}

function bySubnets(services: readonly Placed[]): ReadonlyMap<string, readonly Placed[]> {
  const found = new Map<string, readonly Placed[]>();
  for (const placed of services) {
    const key = placed.handover.network.subnets.toSorted().join(' ');
    if (key !== '') found.set(key, [...(found.get(key) ?? []), placed]);
  }
  return found;
}

function tasksOf(service: Placed['service']): number {
  return service.scaling ? withinBounds(service.scaling, service.replicas) : service.replicas;
}
