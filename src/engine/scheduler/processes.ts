import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import type { ContainerRow, TaskRow } from '../model/ecs.ts';
import { TaskStartError } from '../tasks/runtime.ts';
import type { TaskExit } from '../tasks/runtime.ts';
import { containerSpec } from './container-spec.ts';
import { nextStart, nextStops } from './dependencies.ts';
import type { NextStart } from './dependencies.ts';
import { HealthChecks } from './health-checks.ts';
import { recordFailure } from './record.ts';
import type { Restarts } from './restarts.ts';
import {
  containerExited,
  containerHealthFound,
  containerRefused,
  containerStarted,
  startAbandoned,
} from './task.ts';

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
  readonly #releasing = new Set<Promise<void>>();
  /** Runtime ids of the containers of tasks that are not over, by their task. */
  readonly #owners = new Map<string, string>();

  readonly #health: HealthChecks;

  constructor(options: ProcessesOptions) {
    this.#options = options;
    const { core, clock, bug } = options;
    this.#health = new HealthChecks({
      core,
      clock,
      bug,
      found: async (arn, runtimeId, health) =>
        this.#note(arn, (task) => containerHealthFound(core, task, runtimeId, health)),
    });
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
    this.#health.follow(task);
  }

  /** Resolves when nothing is left of what the containers of ended tasks shared. */
  async released(): Promise<void> {
    await Promise.all(this.#releasing);
  }

  /** Looks away; what runs goes on running. */
  close(): void {
    this.#health.stop();
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
        for (const { runtimeId, lastStatus } of task.containers) {
          const process = running.get(runtimeId);
          const exit = exits.get(runtimeId);
          if (process !== undefined) {
            if (lastStatus === 'PENDING') row = containerStarted(core, row, process, clock());
          } else if (exit !== undefined) row = containerExited(core, row, runtimeId, exit, clock());
          // What has not been started yet will be.
          else if (lastStatus === 'RUNNING' || task.lastStatus !== 'PENDING')
            row = containerExited(core, row, runtimeId, lost, clock());
        }
        if (row.failed && !task.failed) recordFailure(core, row, restarts, clock());
      }
    });
    for (const stranger of strangers) core.runtime.stop(stranger).catch(this.#options.bug);
    const over = new Set(found.flatMap((each) => (each.kind === 'shared' ? [each.ecsTask] : [])));
    for (const { id, lastStatus } of core.tables.tasks.all()) if (lastStatus !== 'STOPPED') over.delete(id);
    for (const id of over) this.#release(id);
  }

  /** Starts what can be started now; called again for what has to wait for other containers. */
  async #launch(launched: TaskRow): Promise<void> {
    const { core, clock } = this.#options;
    const { arn, containers } = launched;
    this.#launching.add(arn);
    this.#own(launched);
    for (let started = 0; started <= containers.length; started += 1) {
      const task = core.tables.tasks.get(arn);
      if (task?.lastStatus !== 'PENDING') break;
      if (task.desiredStatus === 'STOPPED') {
        await this.#note(arn, (row) => startAbandoned(core, row, clock()));
        break;
      }
      const next = this.#next(task);
      if (next.kind === 'wait') break;
      if (next.kind === 'start') await this.#start(task, next.container);
      else {
        const { container, reason } = next;
        const refusal = { reason, exitCode: terminated, stoppedReason: essentialExited, taskWide: false };
        await this.#note(arn, (row) => containerRefused(core, row, container.runtimeId, refusal, clock()));
      }
    }
    this.#launching.delete(arn);
  }

  #next(task: TaskRow): NextStart {
    const { core, clock } = this.#options;
    return nextStart(
      task.containers,
      this.#definitions(task),
      ({ startedAt }, { startTimeout }) =>
        startTimeout !== undefined &&
        startedAt !== undefined &&
        clock() - startedAt > startTimeout * core.settings.secondMs,
    );
  }

  async #start(task: TaskRow, container: ContainerRow): Promise<void> {
    const { core, clock, bug } = this.#options;
    const { runtimeId } = container;
    try {
      const process = await core.runtime.start({
        taskId: runtimeId,
        container: containerSpec(core, task, container),
      });
      await this.#note(task.arn, (row) => containerStarted(core, row, process, clock()));
    } catch (failure) {
      if (!(failure instanceof TaskStartError)) bug(failure);
      const reason =
        failure instanceof TaskStartError
          ? `${failure.code}: ${failure.message}`
          : 'CannotStartContainerError: the engine could not start the container';
      const taskWide = !reason.startsWith('CannotStartContainerError');
      const refusal = { reason, exitCode: null, stoppedReason: reason, taskWide };
      await this.#note(task.arn, (row) => containerRefused(core, row, runtimeId, refusal, clock()));
    }
  }

  #serve(task: TaskRow): void {
    this.#serving.add(task.arn);
    for (const container of task.containers) this.#options.core.runtime.serves(container.runtimeId);
  }

  /** Those that others depend on stop after these; how each ended is told by onExit too. */
  async #stop(task: TaskRow): Promise<void> {
    this.#stopping.add(task.arn);
    const stopped = new Set<string>();
    for (;;) {
      const { containers = [] } = this.#options.core.tables.tasks.get(task.arn) ?? {};
      const wave = nextStops(
        containers.filter(({ runtimeId }) => !stopped.has(runtimeId)),
        this.#definitions(task),
      );
      if (wave.length === 0) break;
      for (const { runtimeId } of wave) stopped.add(runtimeId);
      await Promise.all(wave.map(async ({ runtimeId }) => this.#stopContainer(runtimeId)));
    }
    this.#stopping.delete(task.arn);
  }

  async #stopContainer(runtimeId: string): Promise<void> {
    const { core, bug } = this.#options;
    try {
      await this.#exited(runtimeId, await core.runtime.stop(runtimeId));
    } catch (failure) {
      bug(failure);
      await this.#exited(runtimeId, lost);
    }
  }

  async #exited(runtimeId: string, exit: Pick<TaskExit, 'exitCode' | 'reason'>): Promise<void> {
    const { core, clock } = this.#options;
    const arn = this.#owners.get(runtimeId);
    if (arn === undefined) return;
    await this.#note(arn, (task) => containerExited(core, task, runtimeId, exit, clock()));
  }

  /** Writes down what has become of a task. */
  async #note(arn: string, step: (task: TaskRow) => TaskRow): Promise<void> {
    const { core, record, clock, restarts } = this.#options;
    await record(() => {
      const task = core.tables.tasks.get(arn);
      if (task === undefined || task.lastStatus === 'STOPPED') return;
      const row = step(task);
      if (row.failed && !task.failed) recordFailure(core, row, restarts, clock());
    });
    // Only what is written down is over: what could not be is heard of again.
    const row = core.tables.tasks.get(arn);
    if (row?.lastStatus !== 'STOPPED') return;
    this.#serving.delete(arn);
    this.#health.forget(row);
    for (const container of row.containers) this.#owners.delete(container.runtimeId);
    this.#release(row.id);
  }

  #release(id: string): void {
    const { core, bug } = this.#options;
    const released = core.runtime.release(id).catch(bug);
    this.#releasing.add(released);
    void released.then(() => this.#releasing.delete(released));
  }

  #definitions(task: TaskRow): readonly ContainerDefinition[] {
    return this.#options.core.tables.taskDefinitions.get(task.taskDefinitionArn)?.containers ?? [];
  }

  #own(task: TaskRow): void {
    for (const container of task.containers) this.#owners.set(container.runtimeId, task.arn);
  }
}

const lost: Pick<TaskExit, 'exitCode' | 'reason'> = {
  exitCode: null,
  reason: 'The process was lost: neither it nor its exit code could be found.',
};
/** What the ECS agent says of a container that it did not even start. */
const terminated = 143;
const essentialExited = 'Essential container in task exited';
