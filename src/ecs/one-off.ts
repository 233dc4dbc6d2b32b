import type { Task } from '@aws-sdk/client-ecs';
import type { Clients } from './clients.ts';
import { describedTasks } from './described-tasks.ts';
import type { Handover } from './handover.ts';
import { tailOfTask, type TaskLog } from './logs.ts';

/** How many of its last lines are told of a one-off task. */
export const lastLines = 40;

export interface OneOff {
  readonly handover: Handover;
  readonly taskDefinition: string;
  readonly containerName: string;
  readonly command: readonly string[];
  /** Beside the variables of the task definition, or in place of them. */
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  /** Where the container logs, so that its last words can be read. */
  readonly log: { readonly group: string; readonly prefix: string };
  readonly startedBy: string;
  /** Seconds. */
  readonly timeout: number;
  readonly clock: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
}

export interface OneOffEnd {
  readonly task: string;
  readonly exitCode: number | null;
  readonly reason: string;
  readonly lines: readonly string[];
}

/** Runs a command once as a task of its own, with the service's image, variables and secrets, and waits for its end. */
export async function runOneOff(clients: Clients, job: OneOff): Promise<OneOffEnd> {
  const { RunTaskCommand } = await import('@aws-sdk/client-ecs');
  const { cluster, network } = job.handover;
  const { tasks, failures } = await clients.ecs.send(
    new RunTaskCommand({
      cluster,
      taskDefinition: job.taskDefinition,
      launchType: 'FARGATE',
      startedBy: job.startedBy.slice(0, 36),
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: network.subnets,
          securityGroups: network.securityGroups,
          assignPublicIp: network.publicIp ? 'ENABLED' : 'DISABLED',
        },
      },
      overrides: {
        containerOverrides: [
          { name: job.containerName, command: [...job.command], environment: [...job.environment] },
        ],
      },
    }),
  );
  const arn = tasks?.[0]?.taskArn;
  if (arn === undefined) {
    const reason = failures?.[0]?.reason ?? 'the engine started no task and gave no reason';
    return { task: '', exitCode: null, reason, lines: [] };
  }
  return awaitEnd(clients, job, arn);
}

export interface EndedOneOff {
  readonly command: readonly string[];
  readonly exitCode: number | null;
}

/**
 * The commands that somebody ran once, by what they gave as `startedBy`, once all have ended; those still running at
 * the time-out (seconds) are told without an exit code. The engine forgets ended ones after an hour.
 */
export async function endOfOneOffs(
  clients: Clients,
  job: Pick<OneOff, 'startedBy' | 'timeout' | 'clock' | 'pause'> & { readonly cluster: string },
): Promise<readonly EndedOneOff[]> {
  const deadline = job.clock() + job.timeout * 1000;
  for (;;) {
    const tasks = await listOneOffs(clients, job);
    if (tasks.every(({ lastStatus }) => lastStatus === 'STOPPED') || job.clock() > deadline)
      return tasks.map(({ overrides, containers }) => ({
        command: overrides?.containerOverrides?.[0]?.command ?? [],
        exitCode: containers?.[0]?.exitCode ?? null,
      }));
    await job.pause(readingInterval(clients));
  }
}

async function listOneOffs(
  clients: Clients,
  { cluster, startedBy }: Pick<OneOff, 'startedBy'> & { readonly cluster: string },
): Promise<readonly Task[]> {
  const lists = await Promise.all(
    (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
      describedTasks(clients, { cluster, startedBy: startedBy.slice(0, 36), desiredStatus }),
    ),
  );
  return lists.flat();
}

function readingInterval({ address }: Clients): number {
  return address.kind === 'embedded' ? 50 : 1000;
}

async function awaitEnd(clients: Clients, job: OneOff, arn: string): Promise<OneOffEnd> {
  const { DescribeTasksCommand, StopTaskCommand } = await import('@aws-sdk/client-ecs');
  const { cluster } = job.handover;
  const deadline = job.clock() + job.timeout * 1000;
  let stopped: string | null = null;
  for (;;) {
    const { tasks } = await clients.ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] }));
    const task = tasks?.[0];
    if (task?.lastStatus === 'STOPPED') return endOf(clients, job, task, stopped);
    if (stopped === null && job.clock() > deadline) {
      stopped = `it did not end within ${job.timeout} s and was stopped`;
      await clients.ecs.send(new StopTaskCommand({ cluster, task: arn, reason: stopped }));
    }
    await job.pause(readingInterval(clients));
  }
}

async function endOf(clients: Clients, job: OneOff, task: Task, stopped: string | null): Promise<OneOffEnd> {
  const container = task.containers?.[0];
  const arn = task.taskArn ?? '';
  const log: TaskLog = { ...job.log, containerName: job.containerName, taskArn: arn };
  return {
    task: arn,
    exitCode: container?.exitCode ?? null,
    reason: stopped ?? container?.reason ?? task.stoppedReason ?? '',
    lines: await tailOfTask(clients, log, lastLines),
  };
}
