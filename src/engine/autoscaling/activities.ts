import type {
  DescribeScalingActivitiesRequest,
  ScalingActivity,
} from '@aws-sdk/client-application-auto-scaling';
import type { Core } from '../core.ts';
import { page } from '../paging.ts';
import { invalidToken } from './failures.ts';
import { asNamed, checkNamespace } from './resource.ts';

export function describeScalingActivities(core: Core, input: DescribeScalingActivitiesRequest) {
  checkNamespace(input);
  const all = [...core.tables.scalingActivities.all()]
    .filter((row) => input.ResourceId === undefined || row.resourceId === input.ResourceId)
    .flatMap(({ resourceId, items }) => items.map((entry) => ({ resourceId, entry })))
    .sort((a, b) => b.entry.startedAt - a.entry.startedAt);
  const { items, nextToken } = page(all, input.NextToken, input.MaxResults ?? 50, invalidToken);
  return {
    ScalingActivities: items.map(({ resourceId, entry }): ScalingActivity => ({
      ...asNamed(resourceId),
      ActivityId: entry.id,
      Description: `Setting desired count to ${entry.desired}.`,
      Cause: entry.cause,
      StartTime: new Date(entry.startedAt),
      ...(entry.endedAt === null ? {} : { EndTime: new Date(entry.endedAt) }),
      StatusCode: entry.status,
      StatusMessage: entry.message,
    })),
    NextToken: nextToken,
  };
}
