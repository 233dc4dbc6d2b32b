import type { GetLogEventsRequest, OutputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { streamKey } from '../model/logs.ts';
import type { LogStreamRow } from '../model/logs.ts';
import type { TaskRuntime } from '../tasks/runtime.ts';
import { groupName, groupNotFound } from './groups.ts';

const mostEvents = 10_000;

/** Forward tokens hold the runtime's cursor; backward tokens the number of the line before which to read. */
export async function getLogEvents(core: Core, input: GetLogEventsRequest) {
  const group = groupName(input.logGroupName, input.logGroupIdentifier);
  if (core.tables.logGroups.get(group) === undefined) throw groupNotFound();
  const stream = core.tables.logStreams.get(streamKey(group, input.logStreamName ?? ''));
  if (stream === undefined)
    throw new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.');
  const limit = Math.min(input.limit ?? mostEvents, mostEvents);
  if (limit < 1) throw new ApiError('InvalidParameterException', 'limit must be between 1 and 10000.');
  const wanted = (line: Line) => line.at >= (input.startTime ?? 0) && line.at < (input.endTime ?? Infinity);
  const token = input.nextToken === undefined ? null : readToken(input.nextToken);
  if (!hasStarted(core, stream))
    return { events: [], nextForwardToken: forwardToken('', 0), nextBackwardToken: backwardToken(0) };
  if (token?.kind === 'backward') return backward(core.runtime, stream, token.before, limit, wanted);
  if (token?.kind === 'forward')
    return forward(core.runtime, stream, token.cursor, token.index, limit, wanted);
  return input.startFromHead === true
    ? forward(core.runtime, stream, undefined, 0, limit, wanted)
    : backward(core.runtime, stream, Infinity, limit, wanted);
}

/** The lines are kept by the runtime, which knows nothing of a task that has not started, or never did. */
function hasStarted(core: Core, { runtimeId }: LogStreamRow): boolean {
  for (const task of core.tables.tasks.all())
    if (task.containers.some((container) => container.runtimeId === runtimeId))
      return task.startedAt !== null;
  return false;
}

interface Line {
  readonly at: number;
  readonly text: string;
}

type Wanted = (line: Line) => boolean;

async function forward(
  runtime: TaskRuntime,
  stream: LogStreamRow,
  from: string | undefined,
  index: number,
  limit: number,
  wanted: Wanted,
) {
  const events: OutputLogEvent[] = [];
  let cursor = from;
  let read = index;
  while (events.length < limit) {
    const page = await runtime.readLog(stream.runtimeId, {
      ...(cursor === undefined ? {} : { from: cursor }),
      limit: limit - events.length,
    });
    cursor = page.next;
    read += page.lines.length;
    events.push(...page.lines.filter(wanted).map(event));
    if (page.lines.length === 0) break;
  }
  return {
    events,
    nextForwardToken: forwardToken(cursor ?? '', read),
    nextBackwardToken: backwardToken(index),
  };
}

/** The last lines before a line, read from the first: going back is rare, and a log is bounded by its rotation. */
async function backward(
  runtime: TaskRuntime,
  stream: LogStreamRow,
  before: number,
  limit: number,
  wanted: Wanted,
) {
  const kept: { readonly line: Line; readonly index: number }[] = [];
  let cursor: string | undefined;
  let read = 0;
  while (read < before) {
    const page = await runtime.readLog(stream.runtimeId, {
      ...(cursor === undefined ? {} : { from: cursor }),
      limit: Math.min(mostEvents, before - read),
    });
    cursor = page.next;
    for (const line of page.lines) {
      if (wanted(line)) kept.push({ line, index: read });
      read += 1;
    }
    if (kept.length > limit) kept.splice(0, kept.length - limit);
    if (page.lines.length === 0) break;
  }
  return {
    events: kept.map(({ line }) => event(line)),
    nextForwardToken: forwardToken(cursor ?? '', read),
    nextBackwardToken: backwardToken(kept[0]?.index ?? 0),
  };
}

const event = (line: Line): OutputLogEvent => ({
  timestamp: line.at,
  message: line.text,
  ingestionTime: line.at,
});

const forwardToken = (cursor: string, index: number): string =>
  `f/${Buffer.from(JSON.stringify([index, cursor])).toString('base64url')}`;
const backwardToken = (before: number): string =>
  `b/${Buffer.from(JSON.stringify([before])).toString('base64url')}`;

type Token =
  | { readonly kind: 'forward'; readonly cursor: string | undefined; readonly index: number }
  | { readonly kind: 'backward'; readonly before: number };

function readToken(token: string): Token {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token.slice(2), 'base64url').toString());
    if (Array.isArray(parts)) {
      const [index, cursor]: unknown[] = parts;
      if (typeof index === 'number' && token.startsWith('b/')) return { kind: 'backward', before: index };
      if (typeof index === 'number' && typeof cursor === 'string' && token.startsWith('f/')) {
        return { kind: 'forward', cursor: cursor === '' ? undefined : cursor, index };
      }
    }
  } catch {
    // Not a token of ours: told below.
  }
  throw new ApiError('InvalidParameterException', 'The specified nextToken is invalid.');
}
