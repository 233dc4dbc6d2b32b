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
