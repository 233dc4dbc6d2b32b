import { isDeepStrictEqual } from 'node:util';
import type { ProcessIdentity } from '../../process/identity.ts';
import { Balancer } from './balancer.ts';
import type { Clock } from './clock.ts';
import { ConfigFault, readConfig } from './config.ts';
import { ControlFault } from './control-server.ts';
import type { Controlled } from './control-server.ts';
import type { Applied, BalancerEvent, BalancerStatus } from './status.ts';
import type { BalancerConfig } from './wanted.ts';
import { HealthMemory } from './health-memory.ts';
import type { StateFolder } from './state-folder.ts';

export interface ServiceOptions {
  readonly folder: StateFolder;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  readonly log: (line: string) => void;
  /** Called once stopped. */
  readonly stopped: () => void;
}

const CONFIG_FILE = 'balancer-config.json';

/** The balancer with its memory: what it is told it keeps, and begins with when started again. */
export class Service implements Controlled {
  readonly #options: ServiceOptions;
  readonly #balancer: Balancer;
  readonly #memory: HealthMemory;
  readonly #listeners = new Set<(event: BalancerEvent) => void>();
  readonly #startedAt: number;
  #config: BalancerConfig | null = null;
  /** Configs are taken one after another. */
  #queue: Promise<unknown> = Promise.resolve();
  #stopping = false;

  constructor(options: ServiceOptions) {
    const { clock, folder, log } = options;
    this.#options = options;
    this.#startedAt = clock.date();
    this.#memory = new HealthMemory(folder, () => this.#balancer.health(), log);
    this.#balancer = new Balancer({
      clock,
      remembered: (groupArn, target) => this.#memory.recall(groupArn, target),
      targetChanged: (groupArn, target) => {
        this.#memory.changed();
        this.#tell({ type: 'target', at: clock.date(), groupArn, target });
      },
      listenerChanged: (listener) => {
        const { host, port, error } = listener;
        log(
          error === undefined
            ? `listening on ${host}:${port}`
            : `cannot listen on ${host}:${port}: ${error.message}`,
        );
        this.#tell({ type: 'listener', at: clock.date(), listener });
      },
      bug: (error) => this.bug(error),
    });
  }

  bug(error: unknown): void {
    this.#options.log(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  /** Serves the config of the balancer before this one, if there was one. */
  async resume(): Promise<void> {
    const saved = this.#options.folder.read(CONFIG_FILE);
    if (saved === undefined) return;
    try {
      await this.#swap(readConfig(saved));
    } catch (error) {
      this.bug(error);
    }
    this.#memory.forget();
  }

  apply(value: unknown): Promise<Applied> {
    const applied = this.#queue.then(() => this.#accept(value));
    this.#queue = applied.catch(() => {});
    return applied;
  }

  /** Saved before it is applied: what was answered for is what a balancer after a kill begins with. */
  async #accept(value: unknown): Promise<Applied> {
    if (this.#stopping) throw new ControlFault(503, 'stopping', 'the balancer is stopping');
    const config = checked(value);
    const current = this.#config;
    if (current !== null && config.version <= current.version) {
      if (config.version < current.version || !isDeepStrictEqual(config, current)) {
        throw new ControlFault(
          409,
          'stale-version',
          `version ${config.version} is not above ${current.version}, which is applied`,
        );
      }
    }
    try {
      await this.#options.folder.write(CONFIG_FILE, config);
    } catch (error) {
      throw new ControlFault(
        507,
        'cannot-save',
        `the config cannot be saved, and is not applied: ${String(error)}`,
      );
    }
    return this.#swap(config);
  }

  async #swap(config: BalancerConfig): Promise<Applied> {
    this.#config = config;
    const listeners = await this.#balancer.apply(config);
    this.#memory.changed();
    this.#tell({ type: 'config', at: this.#options.clock.date(), version: config.version });
    return { version: config.version, listeners };
  }

  status(): BalancerStatus {
    return {
      ...this.#options.identity,
      startedAt: this.#startedAt,
      version: this.#balancer.version,
      stopping: this.#stopping,
      memoryBytes: process.memoryUsage.rss(),
      listeners: this.#balancer.listeners(),
      groups: this.#balancer.groups(),
    };
  }

  subscribe(listener: (event: BalancerEvent) => void): () => void {
    listener({ type: 'snapshot', at: this.#options.clock.date(), status: this.status() });
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(graceMs: number): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#options.log('stopping');
    void this.#balancer
      .stop(graceMs)
      .then(() => this.#memory.close())
      .then(this.#options.stopped);
  }

  #tell(event: BalancerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function checked(value: unknown): BalancerConfig {
  try {
    return readConfig(value);
  } catch (error) {
    if (error instanceof ConfigFault) throw new ControlFault(400, 'invalid-config', error.message);
    throw error;
  }
}
