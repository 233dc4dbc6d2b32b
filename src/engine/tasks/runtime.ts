/**
 * The seam between the engine and what runs a task: real processes (process-runtime.ts) or Docker containers (../docker/).
 * One conformance suite runs against every runtime (test/engine/tasks/).
 *
 * Semantics:
 * - `start` resolves once the container's process exists (it may have ended since); it rejects with `TaskStartError` and leaves nothing behind.
 * - A task belongs to the runtime's folder, not to the engine process: it lives on when the engine dies, and `adopt`
 *   finds it again (by pid and start time, never by pid alone). Exits that happened meanwhile are told by `adopt` too.
 * - `stop` may be repeated. It sends the stop signal to the group, waits the grace time, kills the group, and resolves
 *   when no process of the task is left.
 * - `onExit` is called exactly once per task and runtime instance, also for tasks that `stop` ended, and never before `start`
 *   has resolved. An end that `adopt` tells it tells alone; it tells it again, to every engine, until the task is forgotten.
 * - A task whose processes hold more memory than it may is killed; its exit is 137 and its reason begins with
 *   `OutOfMemoryError`.
 * - A task begins behind those that serve where the processors are busy, until it serves itself.
 * - A task is known by its id until `forget`: it is not started again under that id. `stop` and `readLog` reject where the id is
 *   unknown, `forget` where the task still runs; to forget what is unknown is no error.
 */
export interface TaskRuntime {
  start(spec: TaskSpec): Promise<RunningTask>;
  /** From now on the task has its full share of the processors. May be repeated; no error where it has ended. */
  serves(taskId: string): void;
  stop(taskId: string): Promise<TaskExit>;
  /** Runs a command in the task's folder, with its environment; says whether it ended with 0 in time. False where no such task runs. */
  probe(taskId: string, argv: readonly string[], timeoutMs: number): Promise<boolean>;
  /** Everything this runtime knows from before: still running, or ended while nobody watched. */
  adopt(): Promise<readonly AdoptedTask[]>;
  onExit(listener: (taskId: string, exit: TaskExit) => void): void;
  /** Log lines of a task, oldest first; `from` is a cursor of an earlier answer. Readable after the task has ended. */
  readLog(taskId: string, options: { from?: LogCursor; limit: number; tail?: boolean }): Promise<LogPage>;
  /** Forgets an ended task: its folder and log are removed. */
  forget(taskId: string): Promise<void>;
  /** Removes what the containers of an ECS task share: none of them runs or will be started. May be repeated; no error where there is nothing. */
  release(ecsTask: string): Promise<void>;
}

export interface TaskSpec {
  /** 32 hex digits, as in a task ARN. */
  readonly taskId: string;
  readonly container: ContainerSpec;
}

export interface ContainerSpec {
  readonly name: string;
  /** `repository@sha256:…`, `repository:tag` or the name of a built-in image such as `postgres:18`. */
  readonly image: string;
  /** Replaces the image's own command. */
  readonly command: readonly string[] | null;
  readonly entryPoint: readonly string[] | null;
  /** Already resolved: secrets and parameters are in here. Never logged, never persisted outside the task's 0600 file. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string | null;
  readonly ports: readonly PortSpec[];
  readonly mounts: readonly {
    readonly sourcePath: string;
    readonly containerPath: string;
    readonly readOnly: boolean;
  }[];
  /** e.g. `SIGTERM`; null: the image's own. */
  readonly stopSignal: string | null;
  readonly stopTimeoutSeconds: number;
  /** Bytes; none where it is left out. */
  readonly memoryLimit?: number;
  /** What follows is for containers alone: a plain process has no such thing. */
  readonly isolation?: Isolation;
}

export interface Isolation {
  /** How many processors it may keep busy. */
  readonly cpus?: number;
  /** Its weight against others where they are all busy: ECS's CPU units. */
  readonly cpuShares?: number;
  /** An init process begins the container, passes signals on and reaps orphans. */
  readonly init?: boolean;
  readonly network?: ContainerNetwork;
}

export type ContainerNetwork = OwnAddress | SharedAddress;

/** Containers in one network reach each other by their aliases. */
interface InNetwork {
  readonly name: string;
  readonly aliases: readonly string[];
}

/** The container has an address, and a localhost, to itself. */
export interface OwnAddress extends InNetwork {
  readonly kind: 'own';
  /** Of the same task and running: only this container knows them by these names. */
  readonly siblings: readonly { readonly taskId: string; readonly alias: string }[];
}

/** The containers of an ECS task have one address and one localhost, until the task is released. */
export interface SharedAddress extends InNetwork {
  readonly kind: 'shared';
  /** The ECS task's id: 32 hex digits. */
  readonly ecsTask: string;
  /** All of the task, whether they run or not. */
  readonly members: readonly NetworkMember[];
}

export interface NetworkMember
  extends Pick<TaskSpec, 'taskId'>, Pick<ContainerSpec, 'name' | 'image' | 'ports'> {}

/** `hostPort` 0: the runtime picks a free loopback port and passes it to the process as `PORT`. */
export interface PortSpec {
  readonly containerPort: number;
  readonly hostPort: number;
}

export interface RunningTask {
  readonly taskId: string;
  /** null where it has ended already, or runs where this machine's processes are not to be seen (a virtual machine). */
  readonly pid: number | null;
  readonly startedAt: number;
  /** The loopback address at which each container port is reached. */
  readonly ports: readonly {
    readonly containerPort: number;
    readonly host: string;
    readonly hostPort: number;
  }[];
  readonly imageDigest: string;
}

export interface TaskExit {
  /** null when it cannot be known (the shim was lost together with its child). */
  readonly exitCode: number | null;
  /** Worded as ECS words a container's `reason`; null for an ordinary exit. */
  readonly reason: string | null;
  readonly stoppedAt: number;
  readonly lastLines: readonly string[];
}

/** 128 and SIGKILL's number, as a shell tells it. */
export const killed = 137;
export const outOfMemoryReason = 'OutOfMemoryError: Container killed due to memory usage';

export type AdoptedTask =
  | { readonly kind: 'running'; readonly task: RunningTask }
  | { readonly kind: 'exited'; readonly taskId: string; readonly exit: TaskExit }
  /** Something that the containers of this ECS task share: to be released where none of them is to run any more. */
  | { readonly kind: 'shared'; readonly ecsTask: string };

export type LogCursor = string;

export interface LogPage {
  readonly lines: readonly { readonly at: number; readonly text: string }[];
  readonly next: LogCursor;
}

/** Codes are ECS's own prefixes of a task's `stoppedReason`. */
export class TaskStartError extends Error {
  override readonly name = 'TaskStartError';
  readonly code: 'CannotPullContainerError' | 'CannotStartContainerError' | 'ResourceInitializationError';

  constructor(code: TaskStartError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
