import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DescribeLogGroupsRequest,
  LogGroup,
} from '@aws-sdk/client-cloudwatch-logs';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { logGroupArn } from '../model/arn.ts';
import type { LogGroupRow } from '../model/logs.ts';
import { page } from '../paging.ts';
import { checkedGroupName, existingGroup, groupName, invalid, invalidToken } from './names.ts';
import { removeStream } from './streams.ts';
import { tagsArn, putTags } from './tags.ts';

export function createLogGroup(core: Core, input: CreateLogGroupRequest, context: RequestContext) {
  const name = checkedGroupName(input.logGroupName);
  if (core.tables.logGroups.get(name) !== undefined)
    throw new ApiError('ResourceAlreadyExistsException', 'The specified log group already exists');
  if ((input.logGroupClass ?? 'STANDARD') !== 'STANDARD')
    throw invalid('This engine has log groups of class STANDARD only.');
  const row: LogGroupRow = { name, arn: logGroupArn(core.account, name), createdAt: context.now };
  core.tables.logGroups.put(name, row);
  putTags(core, row, input.tags ?? {});
  return {};
}

/** A task that writes to it runs on; its lines are found again in the streams of later tasks only. */
export function deleteLogGroup(core: Core, input: DeleteLogGroupRequest) {
  const row = existingGroup(core, groupName(input.logGroupName));
  for (const stream of core.tables.logStreams.in(row.name)) removeStream(core, stream);
  core.tables.logGroups.delete(row.name);
  core.tables.tags.delete(tagsArn(row));
  return {};
}

export function describeLogGroups(core: Core, input: DescribeLogGroupsRequest) {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input;
  if (prefix !== undefined && pattern !== undefined)
    throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  const named = input.logGroupIdentifiers?.map((identifier) => groupName(undefined, identifier));
  const groups = [...core.tables.logGroups.all()]
    .filter((row) => named === undefined || named.includes(row.name))
    .filter((row) => row.name.startsWith(prefix ?? ''))
    .filter((row) => row.name.toLowerCase().includes((pattern ?? '').toLowerCase()))
    .filter(() => (input.logGroupClass ?? 'STANDARD') === 'STANDARD')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, nextToken } = page(groups, input.nextToken, input.limit ?? 50, invalidToken);
  return {
    logGroups: items.map((row): LogGroup => ({
      logGroupName: row.name,
      creationTime: row.createdAt,
      ...(row.retentionInDays === undefined ? {} : { retentionInDays: row.retentionInDays }),
      metricFilterCount: 0,
      arn: row.arn,
      storedBytes: 0,
      logGroupClass: 'STANDARD',
      logGroupArn: row.arn.replace(/:\*$/, ''),
    })),
    nextToken,
  };
}
