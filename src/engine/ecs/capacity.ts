import type {
  CapacityProvider,
  DescribeCapacityProvidersRequest,
  DescribeContainerInstancesRequest,
  ListContainerInstancesRequest,
  PutClusterCapacityProvidersRequest,
} from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import { capacityProviderArn, isArn, lastPart } from '../model/arn.ts';
import { page } from '../paging.ts';
import { clusterView } from './clusters.ts';
import { invalidParameter, invalidToken } from './failures.ts';
import { pageSize, refuseMoreThan } from './limits.ts';
import { activeCluster } from './names.ts';

/** What every account has; there are no machines here whose capacity one could provide. */
const providers = ['FARGATE', 'FARGATE_SPOT'];

export function describeCapacityProviders(core: Core, input: DescribeCapacityProvidersRequest) {
  const asked = input.capacityProviders ?? providers;
  refuseMoreThan(100, asked, 'capacityProviders');
  const known = asked.filter((name) => providers.includes(lastPart(name)));
  const { items, nextToken } = page(known, input.nextToken, pageSize(input.maxResults, 10, 10), invalidToken);
  return {
    capacityProviders: items.map((name): CapacityProvider => ({
      capacityProviderArn: capacityProviderArn(core.account, lastPart(name)),
      name: lastPart(name),
      status: 'ACTIVE',
      tags: [],
    })),
    failures: asked
      .filter((name) => !known.includes(name))
      .map((name) => ({
        arn: isArn(name) ? name : capacityProviderArn(core.account, name),
        reason: 'MISSING',
      })),
    nextToken,
  };
}

export function putClusterCapacityProviders(core: Core, input: PutClusterCapacityProvidersRequest) {
  const row = activeCluster(core, input.cluster);
  const capacityProviders = input.capacityProviders ?? [];
  const strategy = input.defaultCapacityProviderStrategy ?? [];
  for (const name of capacityProviders)
    if (!providers.includes(name))
      throw invalidParameter(`The specified capacity provider '${name}' was not found.`);
  for (const { capacityProvider = '' } of strategy)
    if (!capacityProviders.includes(capacityProvider))
      throw invalidParameter(
        'The default capacity provider strategy cannot contain a capacity provider that is not associated with the cluster.',
      );
  const changed = { ...row, capacityProviders, defaultCapacityProviderStrategy: strategy };
  core.tables.clusters.put(row.arn, changed);
  return { cluster: clusterView(core, changed, false) };
}

/** Tasks are processes of this machine: it is nobody's container instance. */
export function listContainerInstances(core: Core, input: ListContainerInstancesRequest) {
  activeCluster(core, input.cluster);
  return { containerInstanceArns: [] };
}

export function describeContainerInstances(core: Core, input: DescribeContainerInstancesRequest) {
  activeCluster(core, input.cluster);
  const names = input.containerInstances ?? [];
  if (names.length === 0) throw invalidParameter('Container instances cannot be empty.');
  return { containerInstances: [], failures: names.map((arn) => ({ arn, reason: 'MISSING' })) };
}
