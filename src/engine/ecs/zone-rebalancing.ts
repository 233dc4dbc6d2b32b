import type { AvailabilityZoneRebalancing, CreateServiceRequest } from '@aws-sdk/client-ecs';

const zone = 'attribute:ecs.availability-zone';

/** What a new service has where nobody says: ECS keeps those balanced that it can. */
export function zoneRebalancing(
  { placementConstraints = [], placementStrategy: [strategy] = [], launchType }: CreateServiceRequest,
  maximumPercent: number | undefined,
): AvailabilityZoneRebalancing {
  const spreads = strategy === undefined || (strategy.type === 'spread' && strategy.field === zone);
  const bound = placementConstraints.some(({ expression }) => expression?.includes(zone) === true);
  return spreads && !bound && launchType !== 'EXTERNAL' && maximumPercent !== 100 ? 'ENABLED' : 'DISABLED';
}
