import { setTimeout as pause } from 'node:timers/promises';
import type { Core } from '../core.ts';
import type { ContainerHealth, ContainerRow, TaskRow } from '../model/ecs.ts';
import { healthCheckOf, judged, nextCheckMs, unknownHealth } from './container-health.ts';
import type { HealthCheck } from './container-health.ts';

export interface HealthChecksOptions {
  readonly core: Core;
  readonly clock: () => number;
  /** A container is found to be as healthy as this. */
  readonly found: (taskArn: string, runtimeId: string, health: ContainerHealth) => Promise<void>;
  readonly bug: (failure: unknown) => void;
}

/** Runs the health checks of containers, beside them, for as long as they run. */
export class HealthChecks {
  readonly #options: HealthChecksOptions;
  readonly #watched = new Set<string>();
  readonly #stopping = new AbortController();

  constructor(options: HealthChecksOptions) {
    this.#options = options;
  }

  /** Sees to it that the task's running containers are watched; may be called as often as one likes. */
  follow(task: TaskRow): void {
    if (task.desiredStatus === 'STOPPED') return;
    const { tables, settings } = this.#options.core;
    for (const container of task.containers) {
      if (container.lastStatus !== 'RUNNING' || this.#watched.has(container.runtimeId)) continue;
      const definition = tables.taskDefinitions
        .get(task.taskDefinitionArn)
        ?.containers.find(({ name }) => name === container.name);
      const check = definition === undefined ? null : healthCheckOf(definition, settings.secondMs);
      // Those without one are not looked at again either.
      this.#watched.add(container.runtimeId);
      if (check !== null) this.#watch(task.arn, container, check).catch(this.#options.bug);
    }
  }

  forget(task: TaskRow): void {
    for (const { runtimeId } of task.containers) this.#watched.delete(runtimeId);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #watch(arn: string, { runtimeId, startedAt, healthStatus }: ContainerRow, check: HealthCheck) {
    const { core, clock, found } = this.#options;
    const { signal } = this.#stopping;
    const began = startedAt ?? clock();
    let memory = { ...unknownHealth(began), status: healthStatus ?? 'UNKNOWN' };
    while (!signal.aborted) {
      const passed = await core.runtime.probe(runtimeId, check.argv, check.timeoutMs);
      const task = core.tables.tasks.get(arn);
      const container = task?.containers.find((each) => each.runtimeId === runtimeId);
      if (signal.aborted || task?.desiredStatus !== 'RUNNING' || container?.lastStatus !== 'RUNNING') return;
      memory = judged(memory, check, passed, began, clock());
      if (memory.status !== (container.healthStatus ?? 'UNKNOWN')) await found(arn, runtimeId, memory.status);
      await pause(nextCheckMs(memory, check), undefined, { signal, ref: false }).catch(() => {});
    }
  }
}
