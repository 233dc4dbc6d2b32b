import type { GetLogEventsRequest, OutputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { existingGroup, existingStream, groupName, invalid } from './names.ts';
import { horizon } from './retention.ts';
import { mostEvents, startedContainers, taskLines } from './task-lines.ts';
import type { Line } from './task-lines.ts';
import { readToken, writeToken } from './tokens.ts';
import type { Token } from './tokens.ts';
import { streamKey } from '../model/logs.ts';
import type { Range, WrittenEvent } from './written-events.ts';

/** One answer holds about as much as one of CloudWatch Logs. */
export const pageBytes = 1024 * 1024;

export async function getLogEvents(core: Core, input: GetLogEventsRequest, context: RequestContext) {
  const group = existingGroup(core, groupName(input.logGroupName, input.logGroupIdentifier)).name;
  const stream = existingStream(core, group, input.logStreamName ?? '');
  const token = input.nextToken === undefined ? null : readToken(input.nextToken);
  const query: Query = {
    range: {
      from: Math.max(input.startTime ?? 0, horizon(core, group, context.now)),
      until: input.endTime ?? Number.MAX_SAFE_INTEGER,
    },
    limit: limitOf(input.limit),
    direction: token?.direction ?? (input.startFromHead === true ? 'forward' : 'backward'),
    token,
  };
  if (stream.runtimeId === null) return writtenEvents(core, streamKey(group, stream.name), query);
  if (!startedContainers(core).has(stream.runtimeId)) {
    return {
      events: [],
      nextForwardToken: writeToken('forward', [0, 0]),
      nextBackwardToken: writeToken('backward', [0, 0]),
    };
  }
  const lines = taskLines(core.runtime, stream.runtimeId);
  return query.direction === 'forward' ? linesForward(lines, query) : linesBackward(lines, query);
}

export function limitOf(limit: number | undefined): number {
  const given = limit ?? mostEvents;
  if (given < 1 || given > mostEvents) throw invalid('limit must be between 1 and 10000.');
  return given;
}

interface Query {
  readonly range: Range;
  readonly limit: number;
  readonly direction: Token['direction'];
  readonly token: Token | null;
}

type Lines = ReturnType<typeof taskLines>;

const wanted = ({ from, until }: Range, line: Line): boolean => line.at >= from && line.at < until;

/** A token holds the number of the line before which to read, and forward the runtime's cursor. */
async function linesForward(lines: Lines, { range, limit, token }: Query) {
  const events: OutputLogEvent[] = [];
  const index = token?.numbers[0] ?? 0;
  let cursor = token === null || token.text === '' ? undefined : token.text;
  let read = index;
  while (events.length < limit) {
    const page = await lines.read(cursor, limit - events.length);
    cursor = page.next;
    read += page.lines.length;
    events.push(...page.lines.filter((line) => wanted(range, line)).map(ofLine));
    if (page.lines.length === 0) break;
  }
  return {
    events,
    nextForwardToken: writeToken('forward', [read, 0], cursor),
    nextBackwardToken: writeToken('backward', [index, 0]),
  };
}

/** The last lines before a line, read from the first: going back is rare, and a log is bounded by its rotation. */
async function linesBackward(lines: Lines, { range, limit, token }: Query) {
  const before = token?.numbers[0] ?? Infinity;
  const kept: { readonly line: Line; readonly index: number }[] = [];
  let cursor: string | undefined;
  let read = 0;
  while (read < before) {
    const page = await lines.read(cursor, Math.min(mostEvents, before - read));
    cursor = page.next;
    for (const line of page.lines) {
      if (wanted(range, line)) kept.push({ line, index: read });
      read += 1;
    }
    if (kept.length > limit) kept.splice(0, kept.length - limit);
    if (page.lines.length === 0) break;
  }
  return {
    events: kept.map(({ line }) => ofLine(line)),
    nextForwardToken: writeToken('forward', [read, 0], cursor),
    nextBackwardToken: writeToken('backward', [kept[0]?.index ?? 0, 0]),
  };
}

/** A token holds the time and the id of the event that it is beside. */
function writtenEvents(core: Core, stream: string, { range, limit, direction, token }: Query) {
  const { events } = core.telemetry;
  const place =
    token?.numbers ?? (direction === 'forward' ? ([0, 0] as const) : ([Number.MAX_SAFE_INTEGER, 0] as const));
  const found = pageOf(
    direction === 'forward' ? events.after(stream, range, place) : events.before(stream, range, place),
    limit,
  );
  if (direction === 'backward') found.reverse();
  const [first, last] = [found[0], found.at(-1)];
  // At an end the place is kept, so that a client sees the same token again and knows.
  const forward = last === undefined ? forwardEnd(core, stream, range, place, direction) : placeOf(last);
  return {
    events: found.map(ofWritten),
    nextForwardToken: writeToken('forward', forward),
    nextBackwardToken: writeToken('backward', first === undefined ? place : placeOf(first)),
  };
}

/** Nothing lies before a backward place: forward, what lies there is next. Nothing at all: from the beginning. */
function forwardEnd(
  core: Core,
  stream: string,
  range: Range,
  place: Token['numbers'],
  direction: Token['direction'],
): Token['numbers'] {
  if (direction === 'forward') return place;
  return core.telemetry.events.span(stream, range.from) === null ? [0, 0] : [place[0], place[1] - 1];
}

function pageOf(events: Iterable<WrittenEvent>, limit: number): WrittenEvent[] {
  const found: WrittenEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    found.push(event);
    bytes += event.message.length;
    if (found.length >= limit || bytes >= pageBytes) break;
  }
  return found;
}

const placeOf = ({ at, id }: WrittenEvent): Token['numbers'] => [at, id];

const ofLine = (line: Line): OutputLogEvent => ({
  timestamp: line.at,
  message: line.text,
  ingestionTime: line.at,
});

const ofWritten = (event: WrittenEvent): OutputLogEvent => ({
  timestamp: event.at,
  message: event.message,
  ingestionTime: event.ingestedAt,
});
