import { setTimeout as pause } from 'node:timers/promises';
import type { Core } from '../core.ts';
import type { TaskRow } from '../model/ecs.ts';
import { targetKey } from '../model/elb.ts';
import type { Change } from '../state/disk.ts';
import { StateFailure } from '../state/failure.ts';
import type { AppliedRules } from './applied.ts';
import { careFor } from './care.ts';
import { Processes } from './processes.ts';
import { expiredTasks, forgetServices, forgetTask } from './retention.ts';
import { Restarts } from './restarts.ts';
import { reconcileService } from './service.ts';
import { askToStop, isDrained } from './task.ts';

/** How often what is in motion is looked at again. */
const tickMs = 25;
const retentionMs = 30_000;
/** How long to wait before the state is written again after it could not be. */
const retryMs = 500;

export interface SchedulerOptions {
  readonly core: Core;
  readonly applied: AppliedRules;
  readonly clock: () => number;
  /** The model that the balancer runs by has changed. */
  readonly push: () => void;
  readonly log: (what: string, details: Record<string, unknown>) => void;
  /** Begun only to stop what runs: nothing is started. */
  readonly closing: boolean;
}

/** The tables that the balancer's config is made of. */
const trafficTables = new Set(['load_balancers', 'listeners', 'rules', 'target_groups', 'targets']);

/**
 * Makes what runs what the model wants: looks at whatever changed at once, at whatever is in motion every few
 * milliseconds, and at nothing else. A step of a service is one transaction; processes follow after it is durable.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #processes: Processes;
  readonly #restarts: Restarts;
  /** Services and tasks without one that are to be looked at. */
  readonly #services = new Set<string>();
  readonly #tasks = new Set<string>();
  /** Targets that a client registered and deregistered: nobody else removes them when they are drained. */
  readonly #targets = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #retention: NodeJS.Timeout | null = null;
  #running = false;
  #closing: boolean;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#closing = options.closing;
    const { core, clock } = options;
    this.#restarts = new Restarts(core.settings.restartDelayMs, core.settings.restartDelayMaxMs);
    this.#processes = new Processes({
      core,
      clock,
      restarts: this.#restarts,
      record: this.#record,
      bug: this.#bug,
    });
    core.state.onCommit((changes) => this.#committed(changes));
  }

  /** Adopts what runs already, then goes to work. */
  async start(): Promise<void> {
    await this.#processes.adopt();
    this.#running = true;
    this.lookAtAll();
    this.#retention = setInterval(() => void this.#retain(), retentionMs);
    this.#retention.unref();
  }

  /** Looks away; what runs goes on running. */
  stop(): void {
    this.#stopped = true;
    this.#processes.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#retention !== null) clearInterval(this.#retention);
  }

  lookAtAll(): void {
    for (const service of this.#options.core.tables.services.all()) this.#services.add(service.arn);
    for (const task of this.#options.core.tables.tasks.all())
      if (task.serviceArn === null) this.#tasks.add(task.arn);
    for (const target of this.#options.core.tables.targets.all()) this.#targets.add(targetKey(target));
    this.#soon(0);
  }

  /** The balancer has news of a target group; of null: has taken a config. */
  heard(targetGroupArn: string | null): void {
    const { tables } = this.#options.core;
    if (targetGroupArn === null) {
      for (const service of tables.services.all())
        if (service.settings.loadBalancers.length > 0) this.#services.add(service.arn);
    } else {
      for (const target of tables.targets.in(targetGroupArn)) {
        const service = tables.tasks.get(target.taskArn ?? '')?.serviceArn ?? null;
        if (service !== null) this.#services.add(service);
      }
    }
    this.#soon(0);
  }

  /** Stops everything that runs, stores last, without changing what is wanted. Resolves when nothing runs any more. */
  async closeAll(): Promise<void> {
    const { core, clock } = this.#options;
    this.#closing = true;
    const running = () => [...core.tables.tasks.all()].filter((task) => task.lastStatus !== 'STOPPED');
    for (const among of [(task: TaskRow) => !isStore(task), () => true]) {
      await this.#record(() => {
        for (const task of running().filter(among)) {
          askToStop(core, task, 'ServiceSchedulerInitiated', 'The engine is being stopped', clock());
        }
      });
      while (running().some(among)) {
        this.lookAtAll();
        await pause(tickMs);
      }
    }
    await this.#processes.released();
  }

  #committed(changes: readonly Change[]): void {
    const { tables } = this.#options.core;
    let traffic = false;
    for (const { table, key } of changes) {
      if (trafficTables.has(table)) traffic = true;
      if (table === 'targets') this.#targets.add(key);
      if (table === 'services') this.#services.add(key);
      if (table === 'service_deployments')
        this.#services.add(tables.serviceDeployments.get(key)?.serviceArn ?? '');
      if (table === 'tasks') {
        const task = tables.tasks.get(key);
        if (task !== undefined)
          (task.serviceArn === null ? this.#tasks : this.#services).add(task.serviceArn ?? key);
      }
    }
    if (traffic) this.#options.push();
    this.#soon(0);
  }

  #soon(ms: number): void {
    if (!this.#running || this.#stopped) return;
    if (ms === 0 && this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#step();
    }, ms);
  }

  #step(): void {
    const services = [...this.#services];
    const tasks = [...this.#tasks];
    const targets = [...this.#targets];
    this.#services.clear();
    this.#tasks.clear();
    this.#targets.clear();
    const moving: { readonly services: string[]; readonly tasks: string[] } = { services: [], tasks: [] };
    for (const arn of services)
      if (!this.#look(this.#services, arn, () => this.#service(arn))) moving.services.push(arn);
    for (const arn of tasks) if (!this.#look(this.#tasks, arn, () => this.#task(arn))) moving.tasks.push(arn);
    for (const arn of moving.services) this.#services.add(arn);
    for (const arn of moving.tasks) this.#tasks.add(arn);
    for (const key of targets)
      if (!this.#look(this.#targets, key, () => this.#target(key))) this.#targets.add(key);
    if (this.#services.size + this.#tasks.size + this.#targets.size > 0) this.#soon(tickMs);
  }

  /** One that fails keeps no other from being looked at; it is looked at again a little later. */
  #look(among: Set<string>, arn: string, look: () => boolean): boolean {
    try {
      return look();
    } catch (failure) {
      this.#bug(failure);
      setTimeout(() => {
        among.add(arn);
        this.#soon(0);
      }, retryMs).unref();
      return true;
    }
  }

  #service(arn: string): boolean {
    const { core, applied, clock } = this.#options;
    const now = clock();
    const alive = () => core.tables.tasks.in(arn).filter((task) => task.lastStatus !== 'STOPPED');
    const resting = core.state.transaction(() => {
      for (const task of alive()) careFor(core, task, this.#restarts, now);
      return reconcileService(core, arn, { applied, restarts: this.#restarts, closing: this.#closing }, now);
    });
    for (const task of alive()) this.#processes.follow(task);
    return resting;
  }

  #task(arn: string): boolean {
    const { core, clock } = this.#options;
    core.state.transaction(() => {
      const task = core.tables.tasks.get(arn);
      if (task !== undefined) careFor(core, task, this.#restarts, clock());
    });
    const task = core.tables.tasks.get(arn);
    if (task === undefined || task.lastStatus === 'STOPPED') return true;
    this.#processes.follow(task);
    // Of a running task we hear when it ends, or when somebody stops it.
    return task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING';
  }

  #target(key: string): boolean {
    const { core, clock } = this.#options;
    const target = core.tables.targets.get(key);
    if (target === undefined || target.taskArn !== null || target.state === 'registered') return true;
    if (!isDrained(core, target, clock())) return false;
    core.state.transaction(() => core.tables.targets.delete(key));
    return true;
  }

  async #retain(): Promise<void> {
    const { core, clock } = this.#options;
    const expired = expiredTasks(core, clock());
    await this.#record(() => {
      for (const task of expired) forgetTask(core, task);
      forgetServices(core, clock());
    });
    for (const task of expired) {
      for (const container of task.containers)
        await core.runtime.forget(container.runtimeId).catch(this.#bug);
    }
  }

  /** What has happened must be written down: until the disk takes it, again and again. */
  readonly #record = async (work: () => void): Promise<void> => {
    for (;;) {
      try {
        this.#options.core.state.transaction(work);
        return;
      } catch (failure) {
        if (!(failure instanceof StateFailure)) {
          this.#bug(failure);
          return;
        }
        this.#options.log('state.unwritten', { reason: failure.message });
        await pause(retryMs);
      }
    }
  };

  readonly #bug = (failure: unknown): void => {
    if (failure instanceof StateFailure) this.#options.log('state.unwritten', { reason: failure.message });
    else
      this.#options.log('bug', {
        reason: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure),
      });
  };
}

/** Stores are images built into the engine; everything else is an image by digest. They stop last, for others may still write to them. */
const isStore = (task: TaskRow): boolean =>
  task.containers.some((container) => !container.image.includes('@'));
