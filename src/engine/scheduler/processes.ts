import type { Core } from '../core.ts';
import type { TaskRow } from '../model/ecs.ts';
import { TaskStartError } from '../tasks/runtime.ts';
import type { RunningTask, TaskExit } from '../tasks/runtime.ts';
import { containerSpec } from './container-spec.ts';
import { recordFailure } from './record.ts';
import type { Restarts } from './restarts.ts';
import { containerExited, failedToStart, started } from './task.ts';

export interface ProcessesOptions {
  readonly core: Core;
  readonly restarts: Restarts;
  readonly clock: () => number;
  /** Runs `work` as a transaction, again and again until the state can be written. */
  readonly record: (work: () => void) => Promise<void>;
  readonly bug: (failure: unknown) => void;
}

/** The outer side of the tasks: starts and ends processes as their rows say, and writes down how they ended. */
export class Processes {
  readonly #options: ProcessesOptions;
  readonly #launching = new Set<string>();
  readonly #stopping = new Set<string>();
  readonly #serving = new Set<string>();
  /** Runtime ids of the containers of tasks that are not over, by their task. */
  readonly #owners = new Map<string, string>();

  constructor(options: ProcessesOptions) {
    this.#options = options;
    options.core.runtime.onExit((runtimeId, exit) => void this.#exited(runtimeId, exit));
  }

  /** Whether nothing is being started or ended right now. */
  get idle(): boolean {
    return this.#launching.size === 0 && this.#stopping.size === 0;
  }

  /** Makes true what the task's row asks for; may be called as often as one likes. */
  follow(task: TaskRow): void {
    if (task.lastStatus === 'PENDING' && !this.#launching.has(task.arn)) void this.#launch(task);
    if (task.healthySince !== null && !this.#serving.has(task.arn)) this.#serve(task);
    if (task.lastStatus === 'STOPPING' && !this.#stopping.has(task.arn)) void this.#stop(task);
  }

  /** Compares the rows with what runs: after this, every row tells the truth. */
  async adopt(): Promise<void> {
    const { core, record, clock, restarts } = this.#options;
    const found = await core.runtime.adopt();
    const running = new Map(
      found.flatMap((task) => (task.kind === 'running' ? [[task.task.taskId, task.task] as const] : [])),
    );
    const exits = new Map(
      found.flatMap((task) => (task.kind === 'exited' ? [[task.taskId, task.exit] as const] : [])),
    );
    const strangers = new Set(running.keys());
    await record(() => {
      for (const task of core.tables.tasks.all()) {
        for (const container of task.containers) strangers.delete(container.runtimeId);
        if (task.lastStatus === 'STOPPED' || task.lastStatus === 'PROVISIONING') continue;
        this.#own(task);
        let row = task;
        if (task.lastStatus === 'PENDING') {
          if (
            !task.containers.some(
              (container) => running.has(container.runtimeId) || exits.has(container.runtimeId),
            )
          )
            continue;
          row = started(core, task, running, clock());
        }
        for (const container of row.containers) {
          if (container.lastStatus === 'STOPPED' || running.has(container.runtimeId)) continue;
          const exit = exits.get(container.runtimeId) ?? {
            exitCode: null,
            reason: lost,
            stoppedAt: clock(),
            lastLines: [],
          };
          row = containerExited(core, row, container.runtimeId, exit, false, clock());
        }
        if (row.failed && !task.failed) recordFailure(core, row, restarts, clock());
      }
    });
    for (const stranger of strangers) core.runtime.stop(stranger).catch(this.#options.bug);
  }

  async #launch(task: TaskRow): Promise<void> {
    const { core, record, clock, restarts, bug } = this.#options;
    this.#launching.add(task.arn);
    this.#own(task);
    const running = new Map<string, RunningTask>();
    let refused: string | null = null;
    try {
      for (const container of task.containers) {
        const process = await core.runtime.start({
          taskId: container.runtimeId,
          container: containerSpec(core, task, container),
        });
        running.set(container.runtimeId, process);
      }
    } catch (failure) {
      if (!(failure instanceof TaskStartError)) bug(failure);
      refused =
        failure instanceof TaskStartError
          ? `${failure.code}: ${failure.message}`
          : 'CannotStartContainerError: the engine could not start the container';
    }
    if (refused !== null)
      await Promise.all([...running.keys()].map((runtimeId) => core.runtime.stop(runtimeId).catch(bug)));
    await record(() => {
      const row = core.tables.tasks.get(task.arn);
      if (row === undefined || row.lastStatus !== 'PENDING') return;
      const after =
        refused === null ? started(core, row, running, clock()) : failedToStart(core, row, refused, clock());
      if (after.failed) recordFailure(core, after, restarts, clock());
    });
    this.#launching.delete(task.arn);
  }

  #serve(task: TaskRow): void {
    this.#serving.add(task.arn);
    for (const container of task.containers) this.#options.core.runtime.serves(container.runtimeId);
  }

  async #stop(task: TaskRow): Promise<void> {
    const { core, bug } = this.#options;
    this.#stopping.add(task.arn);
    // In the order opposite to starting; how each ended is told by onExit.
    for (const container of task.containers.toReversed()) {
      if (container.lastStatus === 'STOPPED') continue;
      try {
        const exit = await core.runtime.stop(container.runtimeId);
        await this.#exited(container.runtimeId, exit);
      } catch (failure) {
        bug(failure);
        await this.#exited(container.runtimeId, {
          exitCode: null,
          reason: lost,
          stoppedAt: this.#options.clock(),
          lastLines: [],
        });
      }
    }
    this.#stopping.delete(task.arn);
  }

  async #exited(runtimeId: string, exit: TaskExit): Promise<void> {
    const { core, record, clock, restarts } = this.#options;
    const arn = this.#owners.get(runtimeId);
    if (arn === undefined) return;
    await record(() => {
      const task = core.tables.tasks.get(arn);
      if (task === undefined || task.lastStatus === 'STOPPED') return;
      const row = containerExited(core, task, runtimeId, exit, this.#launching.has(arn), clock());
      if (row.failed && !task.failed) recordFailure(core, row, restarts, clock());
      if (row.lastStatus !== 'STOPPED') return;
      this.#serving.delete(arn);
      for (const container of row.containers) this.#owners.delete(container.runtimeId);
    });
  }

  #own(task: TaskRow): void {
    for (const container of task.containers) this.#owners.set(container.runtimeId, task.arn);
  }
}

const lost = 'The process was lost: neither it nor its exit code could be found.';
