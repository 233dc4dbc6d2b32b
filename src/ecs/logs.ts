import type { GetLogEventsRequest } from '@aws-sdk/client-cloudwatch-logs';
import type { Clients } from './clients.ts';
import { awsCode } from './failure.ts';

/** The log stream of one task's container, as `awslogs` names it: `prefix/container/taskId`. */
export interface TaskLog {
  readonly group: string;
  readonly prefix: string;
  readonly containerName: string;
  readonly taskArn: string;
}

export interface LogLine {
  readonly at: number;
  readonly text: string;
  readonly stream: string;
}

export function streamOf({ prefix, containerName, taskArn }: TaskLog): string {
  return `${prefix}/${containerName}/${taskArn.slice(taskArn.lastIndexOf('/') + 1)}`;
}

/** The last lines of a task; none when it never logged. */
export async function tailOfTask(clients: Clients, log: TaskLog, limit: number): Promise<readonly string[]> {
  const lines = await readStream(clients, log.group, streamOf(log), limit);
  return lines.map(({ text }) => text);
}

export async function readStream(
  clients: Clients,
  group: string,
  stream: string,
  limit: number,
): Promise<readonly LogLine[]> {
  const { GetLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const logs = await clients.logs();
  try {
    const { events } = await logs.send(
      new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, limit, startFromHead: false }),
    );
    return (events ?? []).map(({ timestamp = 0, message = '' }) => ({
      at: timestamp,
      text: message,
      stream,
    }));
  } catch (error) {
    if (awsCode(error) === 'ResourceNotFoundException') return [];
    throw error;
  }
}

/** The newest lines of a service over all its tasks, oldest first. */
export async function readService(
  clients: Clients,
  group: string,
  streamPrefix: string,
  limit: number,
): Promise<readonly LogLine[]> {
  const { DescribeLogStreamsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const logs = await clients.logs();
  try {
    const { logStreams } = await logs.send(
      new DescribeLogStreamsCommand({
        logGroupName: group,
        orderBy: 'LastEventTime',
        descending: true,
        limit: 20,
      }),
    );
    const streams = (logStreams ?? []).flatMap(({ logStreamName }) =>
      logStreamName?.startsWith(streamPrefix) === true ? [logStreamName] : [],
    );
    const pages = await Promise.all(streams.map((stream) => readStream(clients, group, stream, limit)));
    return pages
      .flat()
      .toSorted((a, b) => a.at - b.at)
      .slice(-limit);
  } catch (error) {
    if (awsCode(error) === 'ResourceNotFoundException') return [];
    throw error;
  }
}

export interface FollowedLog {
  readonly group: string;
  readonly streamPrefix: string;
  /** How many of its last lines to begin with. */
  readonly lines: number;
}

export interface LogFollower {
  /** The lines that no reading before has told, oldest first. A reading that fails may be repeated: it tells nothing. */
  next(clients: Clients, signal: AbortSignal): Promise<readonly LogLine[]>;
}

/** How far a stream was read: up to a token, or, where it was not read, up to a time. */
interface Place {
  readonly token: string | undefined;
  readonly from: number | undefined;
  /** Time of its last line, as the listing had it, and for how many listings it has been so. */
  readonly last: number | undefined;
  readonly idle: number;
}

/** Of so many tasks the last lines are looked at to begin with. */
const tasksToBeginWith = 20;

/** A line may be of the same millisecond as the one before it: a stream that rests is read on for a few readings. */
const readingsAtRest = 4;

/**
 * Follows all streams of a service, those of tasks that start later too. Each is read on from where it was left, and
 * not from a time: several lines may be of one millisecond.
 */
export function followLog({ group, streamPrefix, lines: most }: FollowedLog): LogFollower {
  let places: ReadonlyMap<string, Place> | null = null;
  return { next };

  async function next(clients: Clients, signal: AbortSignal): Promise<readonly LogLine[]> {
    const before = places;
    const listed = await listStreams(clients, signal);
    const read = await Promise.all(
      listed.map(({ stream, last }, index) =>
        before === null
          ? begin(clients, signal, stream, last, index)
          : goOn(clients, signal, stream, last, before.get(stream)),
      ),
    );
    places = new Map([...(before ?? []), ...read.map(({ stream, place }) => [stream, place] as const)]);
    return read.flatMap(({ lines }) => lines).toSorted((a, b) => a.at - b.at);
  }

  async function begin(
    clients: Clients,
    signal: AbortSignal,
    stream: string,
    last: number | undefined,
    index: number,
  ) {
    if (index >= tasksToBeginWith && last !== undefined)
      return {
        stream,
        lines: [],
        place: { token: undefined, from: last + 1, last, idle: readingsAtRest },
      };
    const { lines, token } = await readPage(clients, signal, stream, { startFromHead: false, limit: most });
    return { stream, lines, place: { token, from: undefined, last, idle: 0 } };
  }

  async function goOn(
    clients: Clients,
    signal: AbortSignal,
    stream: string,
    last: number | undefined,
    before: Place | undefined,
  ) {
    const idle = before !== undefined && before.last === last ? before.idle + 1 : 0;
    if (before !== undefined && idle > readingsAtRest) return { stream, lines: [], place: before };
    const lines: LogLine[] = [];
    let token = before?.token;
    for (;;) {
      const page = await readPage(clients, signal, stream, {
        startFromHead: true,
        startTime: before?.from,
        nextToken: token,
      });
      lines.push(...page.lines);
      // The end of a stream is told by the token that was given.
      if (page.token === undefined || page.token === token) break;
      token = page.token;
    }
    return { stream, lines, place: { token, from: before?.from, last, idle } };
  }

  /** Those that were written to last come first. */
  async function listStreams(clients: Clients, signal: AbortSignal) {
    const { DescribeLogStreamsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
    const logs = await clients.logs();
    const listed: { readonly stream: string; readonly last: number | undefined }[] = [];
    const query = { logGroupName: group, orderBy: 'LastEventTime' as const, descending: true };
    let nextToken: string | undefined;
    try {
      do {
        const page = await logs.send(new DescribeLogStreamsCommand({ ...query, nextToken }), {
          abortSignal: signal,
        });
        for (const { logStreamName = '', lastEventTimestamp } of page.logStreams ?? [])
          if (logStreamName.startsWith(streamPrefix))
            listed.push({ stream: logStreamName, last: lastEventTimestamp });
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
    } catch (error) {
      // A service that has never run has no group yet.
      if (awsCode(error) !== 'ResourceNotFoundException') throw error;
    }
    return listed;
  }

  async function readPage(
    clients: Clients,
    signal: AbortSignal,
    stream: string,
    where: Pick<GetLogEventsRequest, 'startFromHead' | 'startTime' | 'nextToken' | 'limit'>,
  ): Promise<{ readonly lines: readonly LogLine[]; readonly token: string | undefined }> {
    const { GetLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
    const logs = await clients.logs();
    try {
      const { events = [], nextForwardToken } = await logs.send(
        new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, ...where }),
        { abortSignal: signal },
      );
      const lines = events.map(({ timestamp = 0, message = '' }) => ({
        at: timestamp,
        text: message,
        stream,
      }));
      return { lines, token: nextForwardToken };
    } catch (error) {
      // Its task has just been forgotten.
      if (awsCode(error) === 'ResourceNotFoundException') return { lines: [], token: where.nextToken };
      throw error;
    }
  }
}

/** The task that a stream is of: the last part of its name. */
export function taskOf({ stream }: Pick<LogLine, 'stream'>): string {
  return stream.slice(stream.lastIndexOf('/') + 1);
}
