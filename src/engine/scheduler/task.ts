import type { TaskStopCode } from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import { targetKey } from '../model/elb.ts';
import type { TargetRow } from '../model/elb.ts';
import type { ContainerHealth, ContainerRow, Route, TaskRow } from '../model/ecs.ts';
import type { RunningTask, TaskExit } from '../tasks/runtime.ts';

/** Steps of a task's life. Each is a function from row to row; what must happen outside is read off the rows afterwards. */
type Change = Partial<Omit<TaskRow, 'arn' | 'version'>>;

export function change(core: Core, task: TaskRow, changes: Change): TaskRow {
  const row: TaskRow = { ...task, ...changes, version: task.version + 1 };
  core.tables.tasks.put(row.arn, row);
  return row;
}

export function askToStop(
  core: Core,
  task: TaskRow,
  code: TaskStopCode,
  reason: string,
  now: number,
  failed = false,
): TaskRow {
  if (task.desiredStatus === 'STOPPED') return task;
  return change(core, task, {
    desiredStatus: 'STOPPED',
    stopCode: code,
    stoppedReason: reason,
    stoppingAt: now,
    failed,
  });
}

/** One of its containers runs. Once none is left to start, the task does, and may serve. */
export function containerStarted(core: Core, task: TaskRow, process: RunningTask, now: number): TaskRow {
  return withContainer(core, task, process.taskId, now, (container) => ({
    ...container,
    lastStatus: 'RUNNING',
    imageDigest: process.imageDigest,
    pid: process.pid,
    ports: process.ports,
    startedAt: process.startedAt,
  }));
}

export interface Refusal {
  /** Of the container. */
  readonly reason: string;
  readonly exitCode: number | null;
  /** Of the task, where it goes too. */
  readonly stoppedReason: string;
  /** What is missing is got for the whole task: images and secrets. */
  readonly taskWide: boolean;
}

/** One of its containers could not be started. An essential one takes its task with it. */
export function containerRefused(
  core: Core,
  task: TaskRow,
  runtimeId: string,
  { reason, exitCode, stoppedReason, taskWide }: Refusal,
  now: number,
): TaskRow {
  const essential = task.containers.some((each) => each.runtimeId === runtimeId && each.essential);
  const row =
    essential || taskWide ? askToStop(core, task, 'TaskFailedToStart', stoppedReason, now, true) : task;
  return withContainer(core, row, runtimeId, now, (container) => ({
    ...container,
    lastStatus: 'STOPPED',
    reason,
    exitCode,
  }));
}

/** Whatever has not been started is not started any more; what runs is to be stopped. */
export function startAbandoned(core: Core, task: TaskRow, now: number): TaskRow {
  const containers = task.containers.map((container): ContainerRow => {
    if (container.lastStatus !== 'PENDING') return container;
    return { ...container, lastStatus: 'STOPPED', reason: container.essential ? task.stoppedReason : null };
  });
  const runs = containers.some(({ lastStatus }) => lastStatus === 'RUNNING');
  return afterContainers(core, change(core, task, { containers, ...(runs ? stopping(now) : {}) }), now);
}

export function containerExited(
  core: Core,
  task: TaskRow,
  runtimeId: string,
  exit: Pick<TaskExit, 'exitCode' | 'reason'>,
  now: number,
): TaskRow {
  return withContainer(core, task, runtimeId, now, (container) => ({
    ...container,
    lastStatus: 'STOPPED',
    exitCode: exit.exitCode,
    reason: exit.reason,
  }));
}

export function containerHealthFound(
  core: Core,
  task: TaskRow,
  runtimeId: string,
  healthStatus: ContainerHealth,
): TaskRow {
  return change(core, task, {
    containers: task.containers.map((each) =>
      each.runtimeId === runtimeId ? { ...each, healthStatus } : each,
    ),
  });
}

const stopping = (now: number) => ({ lastStatus: 'STOPPING', executionStoppedAt: now }) as const;

/** What has ended stays as it ended. */
function withContainer(
  core: Core,
  task: TaskRow,
  runtimeId: string,
  now: number,
  after: (container: ContainerRow) => ContainerRow,
): TaskRow {
  const container = task.containers.find((each) => each.runtimeId === runtimeId);
  if (container === undefined || container.lastStatus === 'STOPPED') return task;
  const containers = task.containers.map((each) => (each === container ? after(each) : each));
  return afterContainers(core, change(core, task, { containers, ...launched(task, containers, now) }), now);
}

/** Every container has been started, whatever became of it since. */
function launched(task: TaskRow, containers: readonly ContainerRow[], now: number): Change {
  const complete =
    task.lastStatus === 'PENDING' &&
    task.desiredStatus === 'RUNNING' &&
    containers.every(({ lastStatus }) => lastStatus !== 'PENDING');
  return complete ? { lastStatus: 'RUNNING', startedAt: now, pullStoppedAt: now } : {};
}

/** An essential container takes its task with it; a task without running containers is stopped. */
function afterContainers(core: Core, task: TaskRow, now: number): TaskRow {
  const ended = task.containers.filter((container) => container.lastStatus === 'STOPPED');
  const essential = ended.find((container) => container.essential);
  let row = task;
  if (essential !== undefined || ended.length === task.containers.length) {
    const outOfMemory = essential?.reason?.startsWith('OutOfMemoryError') === true ? essential.reason : null;
    row = askToStop(
      core,
      row,
      'EssentialContainerExited',
      outOfMemory ?? 'Essential container in task exited',
      now,
      true,
    );
  }
  if (ended.length < task.containers.length) return row;
  for (const target of targetsOf(core, row)) core.tables.targets.delete(targetKey(target));
  return change(core, row, {
    lastStatus: 'STOPPED',
    executionStoppedAt: row.executionStoppedAt ?? now,
    stoppedAt: now,
  });
}

export const targetsOf = (core: Core, task: TaskRow): readonly TargetRow[] =>
  routesOf(core, task).flatMap((route) => {
    const address = addressOf(task, route);
    if (address === null) return [];
    const target = core.tables.targets.get(targetKey({ targetGroupArn: route.targetGroupArn, ...address }));
    return target?.taskArn === task.arn ? [target] : [];
  });

export function routesOf(core: Core, task: TaskRow): readonly Route[] {
  return task.revisionArn === null ? [] : (core.tables.serviceRevisions.get(task.revisionArn)?.routes ?? []);
}

export function addressOf(
  task: TaskRow,
  route: Route,
): { readonly id: string; readonly port: number } | null {
  const container = task.containers.find((each) => each.name === route.containerName);
  const port = container?.ports.find((each) => each.containerPort === route.containerPort);
  return port === undefined ? null : { id: port.host, port: port.hostPort };
}

/** Registers the targets of a running task; says which are new. */
export function register(core: Core, task: TaskRow, now: number): readonly TargetRow[] {
  return routesOf(core, task).flatMap((route): readonly TargetRow[] => {
    const address = addressOf(task, route);
    if (address === null || core.tables.targetGroups.get(route.targetGroupArn) === undefined) return [];
    const row: TargetRow = {
      targetGroupArn: route.targetGroupArn,
      ...address,
      state: 'registered',
      since: now,
      taskArn: task.arn,
    };
    const before = core.tables.targets.get(targetKey(row));
    if (before?.taskArn === task.arn) return [];
    core.tables.targets.put(targetKey(row), row);
    return [row];
  });
}

/** Takes the task's targets out of traffic; requests that they hold are finished. */
export function deregister(core: Core, task: TaskRow, now: number): readonly TargetRow[] {
  return targetsOf(core, task).flatMap((target) => {
    if (target.state === 'draining') return [];
    const row: TargetRow = { ...target, state: 'draining', since: now };
    core.tables.targets.put(targetKey(row), row);
    return [row];
  });
}

/** Whether nothing is under way to the target any more, or its time is up. */
export function isDrained(core: Core, target: TargetRow, now: number): boolean {
  const attributes = core.tables.targetGroups.get(target.targetGroupArn)?.attributes ?? {};
  const delayMs = Number(attributes['deregistration_delay.timeout_seconds'] ?? 0) * core.settings.secondMs;
  if (now - target.since >= delayMs + drainAnswerMs) return true;
  return core.traffic.target(target)?.state === 'drained';
}

/** How long the balancer may take to tell that a drain has ended. */
const drainAnswerMs = 1000;
