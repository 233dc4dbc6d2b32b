import type {
  DescribeLogGroupsRequest,
  DescribeLogStreamsRequest,
  LogGroup,
  LogStream,
} from '@aws-sdk/client-cloudwatch-logs';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { isArn } from '../model/arn.ts';
import { page } from '../paging.ts';

export const groupNotFound = (): ApiError =>
  new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');

const invalidToken = (): ApiError =>
  new ApiError('InvalidParameterException', 'The specified nextToken is invalid.');

/** Clients name a group by name or, as identifier, by name or ARN. */
export function groupName(name: string | undefined, identifier: string | undefined): string {
  const given = name ?? identifier ?? '';
  return isArn(given)
    ? given.slice(given.indexOf(':log-group:') + ':log-group:'.length).replace(/:\*$/, '')
    : given;
}

export function describeLogGroups(core: Core, input: DescribeLogGroupsRequest) {
  const groups = [...core.tables.logGroups.all()]
    .filter((row) => row.name.startsWith(input.logGroupNamePrefix ?? ''))
    .filter(
      (row) =>
        input.logGroupNamePattern === undefined ||
        row.name.toLowerCase().includes(input.logGroupNamePattern.toLowerCase()),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, nextToken } = page(groups, input.nextToken, input.limit ?? 50, invalidToken);
  return {
    logGroups: items.map((row): LogGroup => ({
      logGroupName: row.name,
      creationTime: row.createdAt,
      metricFilterCount: 0,
      arn: row.arn,
      storedBytes: 0,
      logGroupClass: 'STANDARD',
      logGroupArn: row.arn.replace(/:\*$/, ''),
    })),
    nextToken,
  };
}

export function describeLogStreams(core: Core, input: DescribeLogStreamsRequest) {
  const group = groupName(input.logGroupName, input.logGroupIdentifier);
  if (core.tables.logGroups.get(group) === undefined) throw groupNotFound();
  const byTime = input.orderBy === 'LastEventTime';
  if (byTime && input.logStreamNamePrefix !== undefined) {
    throw new ApiError(
      'InvalidParameterException',
      'Cannot order by LastEventTime with a logStreamNamePrefix.',
    );
  }
  const rows = core.tables.logStreams
    .in(group)
    .filter((row) => row.name.startsWith(input.logStreamNamePrefix ?? ''))
    .toSorted((a, b) => (byTime ? a.createdAt - b.createdAt : a.name < b.name ? -1 : 1));
  if (input.descending === true) rows.reverse();
  const { items, nextToken } = page(rows, input.nextToken, input.limit ?? 50, invalidToken);
  return {
    logStreams: items.map((row): LogStream => ({
      logStreamName: row.name,
      creationTime: row.createdAt,
      firstEventTimestamp: row.createdAt,
      lastEventTimestamp: row.createdAt,
      lastIngestionTime: row.createdAt,
      arn: row.arn,
      storedBytes: 0,
    })),
    nextToken,
  };
}
