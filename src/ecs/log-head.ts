import type { Clients } from './clients.ts';
import { streamOf, type TaskLog } from './logs.ts';

/** What a task said first, and how many lines it said in all; null when they were too many to count. */
export interface LogHead {
  readonly lines: readonly string[];
  readonly total: number | null;
}

/** A page holds 10,000 lines at most. */
const pagesCounted = 10;

export async function headOfTask(clients: Clients, log: TaskLog, limit: number): Promise<LogHead> {
  const { GetLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const logs = await clients.logs();
  const where = { logGroupName: log.group, logStreamName: streamOf(log), startFromHead: true };
  const lines: string[] = [];
  let total = 0;
  let token: string | undefined;
  for (let page = 0; page < pagesCounted; page += 1) {
    const { events = [], nextForwardToken } = await logs.send(
      new GetLogEventsCommand(token === undefined ? where : { ...where, nextToken: token }),
    );
    total += events.length;
    lines.push(...events.slice(0, limit - lines.length).map(({ message = '' }) => message));
    // The end of a stream is told by the token that was given.
    if (nextForwardToken === undefined || nextForwardToken === token) return { lines, total };
    token = nextForwardToken;
  }
  return { lines, total: null };
}
