import type { Clients } from './clients.ts';
import { streamOf, type TaskLog } from './logs.ts';

export interface OutputWish {
  readonly log: TaskLog;
  /** Lines that stand alone: what is asked for is between them. */
  readonly begin: string;
  readonly end: string;
  readonly clock: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
}

export interface TaskOutput {
  readonly between: readonly string[];
  readonly behind: readonly string[];
}

/** A log may arrive after the task that wrote it has ended. Milliseconds. */
const patience = 60_000;

/**
 * All that a task that has ended printed between two lines, and behind them; null when they never came. Half of it is
 * never taken for the whole.
 */
export async function outputOfTask(clients: Clients, wish: OutputWish): Promise<TaskOutput | null> {
  const deadline = wish.clock() + (clients.address.kind === 'embedded' ? 0 : patience);
  for (;;) {
    const lines = await allLines(clients, wish.log);
    const begin = lines.indexOf(wish.begin);
    const end = lines.indexOf(wish.end, begin + 1);
    if (begin >= 0 && end >= 0) return { between: lines.slice(begin + 1, end), behind: lines.slice(end + 1) };
    if (wish.clock() >= deadline) return null;
    await wish.pause(1000);
  }
}

async function allLines(clients: Clients, log: TaskLog): Promise<readonly string[]> {
  const { GetLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const { awsCode } = await import('./failure.ts');
  const logs = await clients.logs();
  const where = { logGroupName: log.group, logStreamName: streamOf(log), startFromHead: true };
  const lines: string[] = [];
  let token: string | undefined;
  try {
    for (;;) {
      const { events = [], nextForwardToken } = await logs.send(
        new GetLogEventsCommand(token === undefined ? where : { ...where, nextToken: token }),
      );
      lines.push(...events.map(({ message = '' }) => message));
      // The end of a stream is told by the token that was given.
      if (nextForwardToken === undefined || nextForwardToken === token) return lines;
      token = nextForwardToken;
    }
  } catch (error) {
    if (awsCode(error) === 'ResourceNotFoundException') return [];
    throw error;
  }
}
