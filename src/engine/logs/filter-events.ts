import { createHash } from 'node:crypto';
import type { FilteredLogEvent, FilterLogEventsRequest } from '@aws-sdk/client-cloudwatch-logs';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { streamKey } from '../model/logs.ts';
import type { LogStreamRow } from '../model/logs.ts';
import { limitOf, pageBytes } from './events.ts';
import { parsePattern } from './filter-pattern.ts';
import type { Matches } from './json-pattern.ts';
import { existingGroup, existingStream, groupName, invalid } from './names.ts';
import { horizon } from './retention.ts';
import { startedContainers, taskLines } from './task-lines.ts';
import { readToken, writeToken } from './tokens.ts';

/** An event with its place among all of a group: by time, then stream, then its number in the stream at that time. */
interface Found {
  readonly at: number;
  readonly stream: string;
  readonly order: number;
  readonly ingestedAt: number;
  readonly message: string;
}

interface Search {
  readonly from: number;
  /** Inclusive, other than that of GetLogEvents. */
  readonly until: number;
  readonly matches: Matches;
  /** Events up to this one were told before. */
  readonly after: Pick<Found, 'at' | 'stream' | 'order'> | null;
  /** One more than are told, to know whether there are more. */
  readonly most: number;
}

export async function filterLogEvents(core: Core, input: FilterLogEventsRequest, context: RequestContext) {
  const group = existingGroup(core, groupName(input.logGroupName, input.logGroupIdentifier)).name;
  const limit = limitOf(input.limit);
  const after = input.nextToken === undefined ? null : placeOf(input.nextToken);
  const search: Search = {
    from: Math.max(input.startTime ?? 0, horizon(core, group, context.now), after?.at ?? 0),
    until: input.endTime ?? Number.MAX_SAFE_INTEGER,
    matches: parsePattern(input.filterPattern ?? ''),
    after,
    most: limit + 1,
  };
  const started = startedContainers(core);
  let found: Found[] = [];
  for (const stream of streamsOf(core, group, input)) {
    found.push(...(await searchStream(core, stream, search, started)));
    if (found.length > search.most) found = found.toSorted(inOrder).slice(0, search.most);
  }
  const told = pageOf(found.toSorted(inOrder), limit);
  const last = told.at(-1);
  return {
    events: told.map((event) => eventOf(group, event)),
    searchedLogStreams: [],
    nextToken:
      told.length < found.length && last !== undefined
        ? writeToken('forward', [last.at, last.order], last.stream)
        : undefined,
  };
}

function streamsOf(core: Core, group: string, input: FilterLogEventsRequest): readonly LogStreamRow[] {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
  if (names !== undefined && prefix !== undefined)
    throw invalid('logStreamNamePrefix and logStreamNames cannot be specified at the same time.');
  if (names !== undefined) return names.map((name) => existingStream(core, group, name));
  return core.tables.logStreams.in(group).filter((stream) => stream.name.startsWith(prefix ?? ''));
}

async function searchStream(
  core: Core,
  stream: LogStreamRow,
  search: Search,
  started: ReadonlyMap<string, number>,
): Promise<Found[]> {
  const found: Found[] = [];
  const look = (event: Found): void => {
    if (event.at >= search.from && event.at <= search.until && isBehind(event, search.after))
      if (search.matches(event.message)) found.push(event);
  };
  const { runtimeId, name } = stream;
  if (runtimeId === null) {
    const range = { from: search.from, until: search.until + 1 };
    for (const event of core.telemetry.events.after(streamKey(stream.group, name), range, [0, 0])) {
      look({ ...event, stream: name, order: event.id });
      if (found.length >= search.most) break;
    }
    return found;
  }
  const endedAt = started.get(runtimeId);
  if (endedAt === undefined || endedAt < search.from) return found;
  let time = -1;
  let order = 0;
  for await (const lines of taskLines(core.runtime, runtimeId).since(search.from)) {
    for (const { at, text } of lines) {
      order = at === time ? order + 1 : 0;
      time = at;
      look({ at, stream: name, order, ingestedAt: at, message: text });
    }
    if (found.length >= search.most || time > search.until) break;
  }
  return found.slice(0, search.most);
}

function inOrder(
  a: Pick<Found, 'at' | 'stream' | 'order'>,
  b: Pick<Found, 'at' | 'stream' | 'order'>,
): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.order - b.order;
}

const isBehind = (event: Found, after: Search['after']): boolean =>
  after === null || inOrder(event, after) > 0;

function pageOf(found: readonly Found[], limit: number): readonly Found[] {
  let bytes = 0;
  const end = found.findIndex((event, index) => {
    bytes += event.message.length;
    return index >= limit || (index > 0 && bytes > pageBytes);
  });
  return end < 0 ? found : found.slice(0, end);
}

function placeOf(token: string): NonNullable<Search['after']> {
  const {
    numbers: [at, order],
    text,
  } = readToken(token);
  return { at, order, stream: text };
}

/** A client that follows a log tells events that it has seen by their ids: the same event has the same. */
function eventOf(group: string, { at, stream, order, ingestedAt, message }: Found): FilteredLogEvent {
  const digest = createHash('sha256').update(`${group}\n${stream}\n${at}\n${order}`).digest();
  const rest = BigInt(`0x${digest.toString('hex', 0, 17)}`);
  const eventId = String(at).padStart(14, '0') + String(rest).padStart(42, '0').slice(-42);
  return { logStreamName: stream, timestamp: at, message, ingestionTime: ingestedAt, eventId };
}
