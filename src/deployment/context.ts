import type { Environment } from '../app/environment.ts';
import type { Acts } from '../ecs/act.ts';
import type { Clients } from '../ecs/clients.ts';
import type { Handover } from '../ecs/handover.ts';
import type { Observer } from '../ecs/observe.ts';
import type { TaskService } from '../ecs/task-definition.ts';
import type { Event } from '../journal/event.ts';
import type { DeploymentRecord } from '../journal/fold.ts';
import type { Holder } from '../journal/lease.ts';
import type { JournalStore } from '../journal/store.ts';
import type { Registry } from '../release/registry/registry.ts';
import type { Progress } from './progress.ts';

/** What every job on an environment is given: the shell around the pure core. */
export interface Tools {
  readonly clients: Clients;
  readonly journal: JournalStore;
  readonly clock: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly newId: () => string;
  readonly report: (progress: Progress) => void;
  /** Who asks: `anna@laptop`. */
  readonly who: string;
  /** Aborted when the user wants out: everything begun is rolled back. */
  readonly interrupted: AbortSignal;
  readonly version: string;
  readonly host: Pick<Holder, 'pid' | 'startTime' | 'pidSpace'> & { readonly name: string };
  readonly platform: Platform;
  readonly imageStore: string;
  /** Where it is remembered which source gave which image. */
  readonly buildMemory: string;
  readonly registry: Registry;
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
}

/** Where the hand-over comes from: made on the spot for the embedded engine, made by Terraform before on AWS. */
export interface Platform {
  /** Makes what is missing, remembers what it changes, and lets what serves stand. */
  prepare(environment: Environment): Promise<ReadonlyMap<string, Handover>>;
  /** What is described is up and proven: users are sent by its routes. May be repeated. */
  routeUsers(environment: Environment): Promise<void>;
  /**
   * Looks whether everything that the engine will need is there, and refuses all that is not at once. Reads only.
   * @returns what could not be looked at, in words
   */
  inspect(environment: Environment, handovers: ReadonlyMap<string, Handover>): Promise<readonly string[]>;
  /** What is described serves now: the rest follows. May be repeated. */
  settle(environment: Environment): Promise<void>;
  /** What is described does not serve: what was changed for it since `prepare` is as it was. May be repeated. */
  restore(environment: Environment): Promise<void>;
  /** Nobody can say what serves: the platform stays as it stands. May be repeated. */
  leave(environment: Environment): Promise<void>;
}

/** One deployment under way, with its lease. */
export interface Deployment {
  readonly id: string;
  readonly environment: Environment;
  readonly services: readonly TaskService[];
  readonly handovers: ReadonlyMap<string, Handover>;
  readonly platform: Platform;
  readonly acts: Acts;
  readonly observer: Observer;
  /** What the journal says by now. */
  record(): DeploymentRecord;
  /** Keeps the lease; fails when it was lost. */
  renew(): Promise<void>;
  /** Durable before it resolves; fails when the lease was lost. */
  append(event: Event): Promise<void>;
}
