import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  LogStream,
} from '@aws-sdk/client-cloudwatch-logs';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { logStreamArn } from '../model/arn.ts';
import { streamKey } from '../model/logs.ts';
import type { LogStreamRow } from '../model/logs.ts';
import { page } from '../paging.ts';
import {
  checkedStreamName,
  existingGroup,
  existingStream,
  groupName,
  invalid,
  invalidToken,
} from './names.ts';
import { horizon } from './retention.ts';
import { startedContainers, taskLines } from './task-lines.ts';

export function createLogStream(core: Core, input: CreateLogStreamRequest, context: RequestContext) {
  const group = existingGroup(core, groupName(input.logGroupName));
  const name = checkedStreamName(input.logStreamName);
  const key = streamKey(group.name, name);
  if (core.tables.logStreams.get(key) !== undefined)
    throw new ApiError('ResourceAlreadyExistsException', 'The specified log stream already exists');
  core.tables.logStreams.put(key, {
    group: group.name,
    name,
    arn: logStreamArn(core.account, group.name, name),
    createdAt: context.now,
    runtimeId: null,
  });
  return {};
}

export function deleteLogStream(core: Core, input: DeleteLogStreamRequest) {
  const group = existingGroup(core, groupName(input.logGroupName));
  removeStream(core, existingStream(core, group.name, input.logStreamName ?? ''));
  return {};
}

export function removeStream(core: Core, stream: LogStreamRow): void {
  const key = streamKey(stream.group, stream.name);
  core.tables.logStreams.delete(key);
  if (stream.runtimeId === null) core.telemetry.events.forget(key);
}

export async function describeLogStreams(
  core: Core,
  input: DescribeLogStreamsRequest,
  context: RequestContext,
) {
  const group = existingGroup(core, groupName(input.logGroupName, input.logGroupIdentifier)).name;
  const byTime = input.orderBy === 'LastEventTime';
  if (byTime && input.logStreamNamePrefix !== undefined)
    throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
  const rows = core.tables.logStreams
    .in(group)
    .filter((row) => row.name.startsWith(input.logStreamNamePrefix ?? ''))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const started = startedContainers(core);
  const oldest = horizon(core, group, context.now);
  const paged = (all: readonly LogStreamRow[]) => {
    const ordered = input.descending === true ? all.toReversed() : all;
    return page(ordered, input.nextToken, input.limit ?? 50, invalidToken);
  };
  const described = async (row: LogStreamRow): Promise<LogStream> => ({
    logStreamName: row.name,
    creationTime: row.createdAt,
    ...(await spanOf(core, row, started, oldest)),
    arn: row.arn,
    storedBytes: 0,
  });
  if (!byTime) {
    const { items, nextToken } = paged(rows);
    return { logStreams: await Promise.all(items.map(described)), nextToken };
  }
  // To order by the last event, every stream has to be asked for it.
  const views = new Map<LogStreamRow, LogStream>();
  for (const row of rows) views.set(row, await described(row));
  const last = (row: LogStreamRow): number => views.get(row)?.lastEventTimestamp ?? row.createdAt;
  const { items, nextToken } = paged(rows.toSorted((a, b) => last(a) - last(b)));
  return { logStreams: items.flatMap((row) => views.get(row) ?? []), nextToken };
}

type Span = Pick<
  LogStream,
  'firstEventTimestamp' | 'lastEventTimestamp' | 'lastIngestionTime' | 'uploadSequenceToken'
>;

/** The times of the first and last event that is kept; nothing where there is none. */
async function spanOf(
  core: Core,
  row: LogStreamRow,
  started: ReadonlyMap<string, number>,
  oldest: number,
): Promise<Span> {
  if (row.runtimeId === null) {
    const span = core.telemetry.events.span(streamKey(row.group, row.name), oldest);
    if (span === null) return {};
    return {
      firstEventTimestamp: span.first,
      lastEventTimestamp: span.last,
      lastIngestionTime: span.ingestedAt,
      uploadSequenceToken: sequenceToken,
    };
  }
  if (!started.has(row.runtimeId)) return {};
  const lines = taskLines(core.runtime, row.runtimeId);
  const [first, last] = [await lines.first(), await lines.last()];
  if (first === null || last === null || last.at < oldest) return {};
  return {
    firstEventTimestamp: Math.max(first.at, oldest),
    lastEventTimestamp: last.at,
    lastIngestionTime: last.at,
  };
}

/** Clients may still send one; it has meant nothing since 2023. */
export const sequenceToken = '49600000000000000000000000000000000000000000000000000000';
