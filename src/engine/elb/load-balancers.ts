import type {
  CreateLoadBalancerInput,
  DeleteLoadBalancerInput,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancersInput,
  LoadBalancer,
  ModifyLoadBalancerAttributesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { loadBalancerArn } from '../model/arn.ts';
import type { LoadBalancerRow } from '../model/elb.ts';
import {
  changedAttributes,
  currentAttributes,
  listedAttributes,
  loadBalancerAttributes,
} from './attributes.ts';
import {
  invalidConfiguration,
  loadBalancerNotFound,
  operationNotPermitted,
  validationError,
} from './failures.ts';
import { removeListener } from './listeners.ts';
import { pageOf } from './paging.ts';
import { storeTags } from './tags.ts';

/**
 * Every load balancer of the engine listens on 127.0.0.1, so its name is `localhost`, and two of them cannot share a
 * port: `http://127.0.0.1:<port of the listener>` is where it answers.
 */
export const dnsName = 'localhost';

export function createLoadBalancer(core: Core, input: CreateLoadBalancerInput, context: RequestContext) {
  const name = input.Name ?? '';
  if (!/^(?!internal-)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/.test(name)) {
    throw validationError(
      `The load balancer name '${name}' can only contain characters that are alphanumeric characters and hyphens(-), must not begin or end with a hyphen, and can be at most 32 characters long`,
    );
  }
  if (input.Type !== undefined && input.Type !== 'application') {
    throw invalidConfiguration(`This engine has load balancers of type 'application', not '${input.Type}'`);
  }
  const subnets = input.Subnets ?? (input.SubnetMappings ?? []).flatMap((mapping) => mapping.SubnetId ?? []);
  const scheme = input.Scheme ?? 'internet-facing';
  const same = [...core.tables.loadBalancers.all()].find((row) => row.name === name);
  if (same !== undefined) {
    // The same request again is answered again, as ELB does.
    if (same.scheme === scheme && JSON.stringify(same.subnets) === JSON.stringify(subnets))
      return { LoadBalancers: [view(core, same)] };
    throw new ApiError(
      'DuplicateLoadBalancerNameException',
      `A load balancer with the same name '${name}' exists, but with different settings`,
    );
  }
  const id = core.ids.resource();
  const row: LoadBalancerRow = {
    arn: loadBalancerArn(core.account, name, id),
    name,
    id,
    scheme,
    createdAt: context.now,
    subnets,
    securityGroups: input.SecurityGroups ?? [],
  };
  core.tables.loadBalancers.put(row.arn, row);
  storeTags(core, row.arn, input.Tags);
  return { LoadBalancers: [view(core, row)] };
}

export function describeLoadBalancers(core: Core, input: DescribeLoadBalancersInput) {
  const all = [...core.tables.loadBalancers.all()];
  const { LoadBalancerArns: arns = [], Names: names = [] } = input;
  if (arns.length > 0 && names.length > 0)
    throw validationError('Load balancer names and load balancer ARNs cannot be specified at the same time');
  for (const arn of arns)
    if (core.tables.loadBalancers.get(arn) === undefined) throw loadBalancerNotFound(arn);
  for (const name of names) {
    if (!all.some((row) => row.name === name)) {
      throw new ApiError('LoadBalancerNotFoundException', `Load balancers '[${name}]' not found`);
    }
  }
  const wanted = all.filter(
    (row) => (arns.length === 0 && names.length === 0) || arns.includes(row.arn) || names.includes(row.name),
  );
  const { items, nextMarker } = pageOf(wanted, input);
  return { LoadBalancers: items.map((row) => view(core, row)), NextMarker: nextMarker };
}

/** Deleting what is not there succeeds, as at ELB. */
export function deleteLoadBalancer(core: Core, input: DeleteLoadBalancerInput) {
  const arn = input.LoadBalancerArn ?? '';
  const row = core.tables.loadBalancers.get(arn);
  if (row?.attributes?.['deletion_protection.enabled'] === 'true') {
    throw operationNotPermitted(
      `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
    );
  }
  for (const listener of core.tables.listeners.in(arn)) removeListener(core, listener.arn);
  core.tables.loadBalancers.delete(arn);
  core.tables.tags.delete(arn);
  return {};
}

export function describeLoadBalancerAttributes(core: Core, input: DescribeLoadBalancerAttributesInput) {
  const { attributes } = existing(core, input.LoadBalancerArn);
  return { Attributes: listedAttributes(currentAttributes(loadBalancerAttributes, attributes)) };
}

/** All attributes are answered, as ELB does, not only those that were given. */
export function modifyLoadBalancerAttributes(core: Core, input: ModifyLoadBalancerAttributesInput) {
  const row = existing(core, input.LoadBalancerArn);
  const attributes = changedAttributes(loadBalancerAttributes, row.attributes ?? {}, input.Attributes);
  core.tables.loadBalancers.put(row.arn, { ...row, attributes });
  return { Attributes: listedAttributes(currentAttributes(loadBalancerAttributes, attributes)) };
}

function existing(core: Core, arn = ''): LoadBalancerRow {
  const row = core.tables.loadBalancers.get(arn);
  if (row === undefined) throw loadBalancerNotFound(arn);
  return row;
}

function view(core: Core, row: LoadBalancerRow): LoadBalancer {
  return {
    LoadBalancerArn: row.arn,
    DNSName: dnsName,
    CanonicalHostedZoneId: 'Z0000000000000',
    CreatedTime: new Date(row.createdAt),
    LoadBalancerName: row.name,
    Scheme: row.scheme,
    VpcId: 'vpc-00000000',
    State: { Code: 'active' },
    Type: 'application',
    AvailabilityZones: row.subnets.map((subnet) => ({
      ZoneName: `${core.account.region}a`,
      SubnetId: subnet,
      LoadBalancerAddresses: [],
    })),
    SecurityGroups: [...row.securityGroups],
    IpAddressType: 'ipv4',
  };
}
