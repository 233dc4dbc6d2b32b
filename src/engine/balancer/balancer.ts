import type { Clock } from './clock.ts';
import type { GroupStatus, ListenerStatus, TargetStatus } from './status.ts';
import type { BalancerConfig, ListenerConfig, TargetConfig, Timeouts } from './wanted.ts';
import type { Health } from './health.ts';
import { Listener } from './listener.ts';
import { Routes } from './routes.ts';
import { TargetGroup } from './target-group.ts';

export interface BalancerContext {
  readonly clock: Clock;
  /** What a balancer before this one knew of a target; null where nothing. */
  readonly remembered: (groupArn: string, target: TargetConfig) => Health | null;
  readonly targetChanged: (groupArn: string, target: TargetStatus) => void;
  readonly listenerChanged: (listener: ListenerStatus) => void;
  /** A fault in this program, survived. */
  readonly bug: (error: unknown) => void;
}

export interface TargetHealth {
  readonly groupArn: string;
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly health: Health;
}

export const defaultTimeouts: Timeouts = {
  clientIdleMs: 60_000,
  headReadMs: 10_000,
  targetIdleMs: 60_000,
  connectMs: 10_000,
};

const SWEEP_MS = 100;
const STOP_POLL_MS = 10;

/** The load balancer itself: listeners before, target groups behind, brought to one config after another. */
export class Balancer {
  #version = 0;
  #timeouts = defaultTimeouts;
  #listeners = new Map<string, Listener>();
  #groups = new Map<string, TargetGroup>();
  /** Out of the config, with requests still in flight. */
  readonly #retired = new Set<Listener>();
  readonly #context: BalancerContext;
  readonly #sweep: NodeJS.Timeout;

  constructor(context: BalancerContext) {
    this.#context = context;
    // Behind what has come in: after this process stood still, nobody is let go whose bytes are there.
    this.#sweep = setInterval(() => setImmediate(() => this.#sweepAll()), SWEEP_MS);
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Swaps to the config in one step, then opens the new listeners. Resolves once each has bound or failed to.
   * Requests in flight keep their targets; connections keep their listener where its address stays.
   */
  async apply(config: BalancerConfig): Promise<ListenerStatus[]> {
    this.#version = config.version;
    this.#timeouts = { ...defaultTimeouts, ...config.timeouts };
    this.#swapGroups(config);
    this.#swapListeners(config);
    await Promise.all([...this.#listeners.values()].map((listener) => listener.open()));
    return this.listeners();
  }

  #swapGroups({ targetGroups }: BalancerConfig): void {
    const before = this.#groups;
    this.#groups = new Map();
    for (const wanted of targetGroups) {
      const group = before.get(wanted.arn) ?? this.#newGroup(wanted.arn, wanted);
      before.delete(wanted.arn);
      this.#groups.set(wanted.arn, group);
      group.configure(wanted);
    }
    for (const gone of before.values()) gone.remove();
  }

  #newGroup(arn: string, config: BalancerConfig['targetGroups'][number]): TargetGroup {
    return new TargetGroup(config, {
      clock: this.#context.clock,
      remembered: this.#context.remembered,
      targetChanged: (_, target) => this.#context.targetChanged(arn, target.status()),
    });
  }

  #swapListeners({ listeners }: BalancerConfig): void {
    const before = this.#listeners;
    this.#listeners = new Map();
    for (const wanted of listeners) {
      const key = addressOf(wanted);
      const known = before.get(key);
      const routes = new Routes(wanted, this.#groups, known?.routes.rotations ?? new Map());
      known?.configure(wanted, routes);
      before.delete(key);
      this.#listeners.set(key, known ?? this.#newListener(wanted, routes));
    }
    for (const gone of before.values()) {
      gone.close();
      this.#retired.add(gone);
    }
  }

  #newListener(config: ListenerConfig, routes: Routes): Listener {
    return new Listener(config, routes, {
      clock: this.#context.clock,
      timeouts: () => this.#timeouts,
      changed: (listener) => this.#context.listenerChanged(listener.status()),
      bug: this.#context.bug,
    });
  }

  #sweepAll(): void {
    const now = this.#context.clock.now();
    for (const listener of this.#listeners.values()) listener.sweep(now);
    for (const listener of this.#retired) {
      listener.sweep(now);
      if (listener.connections === 0) this.#retired.delete(listener);
    }
    for (const group of this.#groups.values()) group.sweep(now);
  }

  listeners(): ListenerStatus[] {
    return [...this.#listeners.values()].map((listener) => listener.status());
  }

  groups(): GroupStatus[] {
    return [...this.#groups.values()].map((group) => group.status());
  }

  /** What the next balancer needs to know to serve at once. */
  health(): TargetHealth[] {
    return [...this.#groups.values()].flatMap((group) =>
      [...group.targets].map(({ id, host, port, health }) => ({
        groupArn: group.arn,
        id,
        host,
        port,
        health,
      })),
    );
  }

  /** Accepts no more, and resolves when what is in flight has ended, or `graceMs` have passed and it is cut off. */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#context;
    const deadline = clock.now() + graceMs;
    const all = [...this.#listeners.values(), ...this.#retired];
    for (const listener of all) listener.close();
    while (all.some(({ connections }) => connections > 0) && clock.now() < deadline) {
      await new Promise((resolve) => {
        setTimeout(resolve, STOP_POLL_MS);
      });
    }
    for (const listener of all) listener.destroy();
    for (const group of this.#groups.values()) group.remove();
    clearInterval(this.#sweep);
  }
}

/** Port 0 is any port: then the listener itself is what stays the same. */
function addressOf({ arn, host, port }: ListenerConfig): string {
  return port === 0 ? arn : `${host}:${port}`;
}
