import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  LiveTailSessionLogEvent,
  StartLiveTailRequest,
  StartLiveTailResponse,
  StartLiveTailResponseStream,
} from '@aws-sdk/client-cloudwatch-logs';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { isArn } from '../model/arn.ts';
import { streamKey } from '../model/logs.ts';
import type { LogStreamRow } from '../model/logs.ts';
import { parsePattern } from './filter-pattern.ts';
import type { Matches } from './json-pattern.ts';
import { existingGroup, groupName, invalid } from './names.ts';
import { mostEvents, startedContainers, taskLines } from './task-lines.ts';

const mostGroups = 10;
/** An update holds no more: of what is beyond, one is told that there was more. */
const mostResults = 500;
const longestMinutes = 180;

/** What a session is about. */
interface Scope {
  /** As they were asked for, by their names. */
  readonly groups: ReadonlyMap<string, string>;
  readonly includes: (stream: string) => boolean;
  readonly matches: Matches;
}

/** A session of events as they come: one update a second, for three hours at most. */
export async function startLiveTail(
  core: Core,
  input: StartLiveTailRequest,
  context: RequestContext,
): Promise<StartLiveTailResponse> {
  const scope = scopeOf(core, input);
  const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = input;
  const sessionStart = {
    requestId: context.requestId,
    sessionId: randomUUID(),
    logGroupIdentifiers,
    logStreamNames: logStreamNames ?? [],
    logStreamNamePrefixes: logStreamNamePrefixes ?? [],
    logEventFilterPattern: logEventFilterPattern ?? '',
  };
  return { responseStream: session() };

  async function* session(): AsyncGenerator<StartLiveTailResponseStream> {
    const { minuteMs } = core.settings;
    const end = performance.now() + longestMinutes * minuteMs;
    // Before the client is told anything: what it then writes is new.
    const tail = await openTail(core, scope);
    try {
      yield { sessionStart };
      while (performance.now() < end) {
        await pause(minuteMs / 60, undefined, { ref: false });
        yield { sessionUpdate: await tail.next() };
      }
      throw new ApiError('SessionTimeoutException', 'The session has been open for three hours.');
    } finally {
      tail.close();
    }
  }
}

function scopeOf(core: Core, input: StartLiveTailRequest): Scope {
  const { logGroupIdentifiers: identifiers = [], logStreamNames: names, logStreamNamePrefixes } = input;
  if (identifiers.length < 1 || identifiers.length > mostGroups)
    throw invalid(
      `1 validation error detected: Value at 'logGroupIdentifiers' failed to satisfy constraint: Member must have length ${identifiers.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${mostGroups}`}`,
    );
  if (identifiers.some((identifier) => !isArn(identifier) || identifier.endsWith('*')))
    throw invalid('Log groups must be specified by their ARNs, which do not end with an asterisk.');
  if (names !== undefined && logStreamNamePrefixes !== undefined)
    throw invalid('logStreamNames and logStreamNamePrefixes cannot be specified at the same time.');
  if ((names ?? logStreamNamePrefixes) !== undefined && identifiers.length > 1)
    throw invalid('Log streams can be specified for one log group only.');
  const groups = identifiers.map((each) => [existingGroup(core, groupName(each)).name, each] as const);
  return {
    groups: new Map(groups),
    includes: (stream) =>
      names?.includes(stream) ?? logStreamNamePrefixes?.some((prefix) => stream.startsWith(prefix)) ?? true,
    matches: parsePattern(input.logEventFilterPattern ?? ''),
  };
}

/** Gathers what is new, until it is asked for. */
async function openTail(core: Core, { groups, includes, matches }: Scope) {
  /** Where to read on in a container's output, by its id; null once it has ended and is read. */
  const places = new Map<string, string | null>();
  let results: LiveTailSessionLogEvent[] = [];
  let sampled = false;
  const take = (stream: Pick<LogStreamRow, 'group' | 'name'>, event: Event, ingestionTime: number): void => {
    if (!matches(event.text)) return;
    if (results.length >= mostResults) return void (sampled = true);
    results.push({
      logStreamName: stream.name,
      logGroupIdentifier: groups.get(stream.group) ?? stream.group,
      message: event.text,
      timestamp: event.at,
      ingestionTime,
    });
  };
  const streams = (): readonly LogStreamRow[] =>
    [...groups.keys()].flatMap((group) =>
      core.tables.logStreams.in(group).filter(({ name }) => includes(name)),
    );
  await passOver();
  const close = core.telemetry.events.listen((key, events, ingestedAt) => {
    const stream = streams().find(({ group, name }) => streamKey(group, name) === key);
    if (stream === undefined) return;
    for (const { at, message } of events) take(stream, { at, text: message }, ingestedAt);
  });
  return { next, close };

  /** What the containers have written so far is none of the session's. */
  async function passOver(): Promise<void> {
    const started = startedContainers(core);
    for (const { runtimeId } of streams()) {
      if (runtimeId === null || !started.has(runtimeId)) continue;
      const { next: end } = await core.runtime.readLog(runtimeId, { limit: 0, tail: true });
      places.set(runtimeId, started.get(runtimeId) === Infinity ? end : null);
    }
  }

  async function next() {
    const started = startedContainers(core);
    for (const stream of streams()) {
      const endedAt = started.get(stream.runtimeId ?? '');
      if (stream.runtimeId !== null && endedAt !== undefined)
        await readOn(stream, stream.runtimeId, endedAt !== Infinity);
    }
    const update = { sessionMetadata: { sampled }, sessionResults: results };
    results = [];
    sampled = false;
    return update;
  }

  async function readOn(stream: LogStreamRow, runtimeId: string, ended: boolean): Promise<void> {
    let place = places.get(runtimeId);
    if (place === null) return;
    const { read } = taskLines(core.runtime, runtimeId);
    for (;;) {
      const page = await read(place, mostEvents);
      place = page.next;
      for (const line of page.lines) take(stream, line, line.at);
      if (page.lines.length === 0) break;
    }
    places.set(runtimeId, ended ? null : place);
  }
}

interface Event {
  readonly at: number;
  readonly text: string;
}
