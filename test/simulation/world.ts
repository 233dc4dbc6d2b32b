import type { AppState, DeploymentReading, DeploymentStatus, ServiceReading } from '../../src/ecs/state.ts';
import type { Assumptions, DeploymentState, LifecycleStage } from '../../src/engine/deployments/machine.ts';
import { isFinal, reportedStage } from '../../src/engine/deployments/stages.ts';
import type { Traits } from './fleet.ts';
import {
  createService,
  taskDefinitionOf,
  type Move,
  type ServiceSetup,
  type SimulatedService,
  type Update,
} from './service.ts';

export interface WorldOptions {
  readonly assumptions: Assumptions;
  readonly traitsOf: (taskDefinition: string) => Traits;
  readonly drainMs: number;
  readonly weightLagMs: number;
  /** Numbers from 0 up to 1: what decides which of several readings is given, and whether any. */
  readonly random: () => number;
  /** A reading may be as old as this. Milliseconds. */
  readonly staleMs: number;
  /** How often a service cannot be read at all: 0 never, 1 always. */
  readonly missing: number;
  readonly watch?: (move: Move) => void;
}

/** What is really so: no reading, no delay. */
export interface Truth {
  /** Percent of production traffic by task definition; null without a load balancer. */
  readonly traffic: Readonly<Record<string, number>> | null;
  /** Task definitions with tasks that are meant to stay. */
  readonly running: readonly string[];
  readonly serving: string | null;
  /** Whether a deployment is under way. */
  readonly busy: boolean;
}

/** Engine turns are this far apart. Milliseconds. */
const turnMs = 500;

/**
 * Several services on one machine under a clock of its own: what a deployer can ask of it, what it gets to read, which
 * may be stale or missing, and the truth.
 */
export function createWorld(options: WorldOptions) {
  const { assumptions, traitsOf, drainMs, random } = options;
  const services = new Map<string, SimulatedService>();
  const owners = new Map<string, string>();
  const reached = new Map<string, Set<LifecycleStage>>();
  const readings = new Map<string, { readonly at: number; readonly reading: ServiceReading }[]>();
  let now = 0;
  let engineDownUntil = 0;

  function watch(move: Move) {
    const { id, history, hook } = move.after;
    const stages = reached.get(id) ?? new Set();
    for (const { stage } of history) stages.add(stage);
    if (hook) stages.add(hook.stage);
    reached.set(id, stages);
    options.watch?.(move);
  }

  function make(setup: ServiceSetup): SimulatedService {
    const service = createService(setup, {
      assumptions,
      traitsOf,
      drainMs,
      weightLagMs: () => Math.floor(random() * options.weightLagMs),
      watch,
    });
    services.set(setup.name, service);
    return service;
  }

  function remember() {
    for (const [name, past] of readings) {
      past.push({ at: now, reading: read(services.get(name)) });
      while (past[1] && past[1].at <= now - options.staleMs) past.shift();
    }
  }

  function read(service: SimulatedService | undefined): ServiceReading {
    if (!service) return { kind: 'absent' };
    const state = service.newest();
    const queued = service.queued();
    const serving = service.serving();
    return {
      kind: 'present',
      serving: serving === null ? null : taskDefinitionOf(serving),
      desired: service.replicas(),
      running: service.running(now),
      deployment: queued
        ? pendingReading(queued.id, queued.update)
        : state
          ? readingOf(service, state)
          : null,
    };
  }

  function readingOf(service: SimulatedService, state: DeploymentState): DeploymentReading {
    const { hook } = state;
    const green = service.health(state.target, now);
    const traffic = state.desired.production;
    return {
      id: state.id,
      target: taskDefinitionOf(state.target),
      source: state.source === null ? null : taskDefinitionOf(state.source),
      status: statuses[state.status],
      stage: reportedStage(state),
      pause: hook ? { hookId: hook.hookId, expiresAt: hook.expiresAt } : null,
      reason: state.statusReason,
      green: { desired: state.desired.targetTasks, running: green.running, failed: green.failed },
      groups: { blue: null, green: null },
      traffic: traffic && { blue: traffic.source, green: traffic.target },
    };
  }

  function age(service: SimulatedService, since: number) {
    service.age(since, now);
    if (now >= engineDownUntil) service.turn(now, true);
  }

  return {
    now: () => now,

    /** A service that has been serving this revision since long ago; null: it is to be made by an update. */
    have(setup: ServiceSetup, taskDefinition: string | null) {
      readings.set(setup.name, []);
      if (taskDefinition !== null) make(setup).settle(taskDefinition, now);
      remember();
    },

    /** UpdateService, or CreateService where there is none. @returns the deployment, null where nothing changes */
    update(setup: ServiceSetup, update: Update): string | null {
      const service = services.get(setup.name) ?? make(setup);
      const id = service.update(update, now);
      if (id !== null) owners.set(id, setup.name);
      return id;
    },

    /** ContinueServiceDeployment; refused where the pause is over. */
    continue(deployment: string, hookId: string, action: 'CONTINUE' | 'ROLLBACK'): 'accepted' | 'refused' {
      const service = services.get(owners.get(deployment) ?? '');
      return service?.ask(deployment, { kind: 'continue', hookId, action }) ?? 'refused';
    },

    /** StopServiceDeployment; refused where it is over. */
    stop(deployment: string, how: 'ROLLBACK' | 'ABORT'): 'accepted' | 'refused' {
      const service = services.get(owners.get(deployment) ?? '');
      return service?.ask(deployment, { kind: 'stop', how }) ?? 'refused';
    },

    remove(name: string) {
      services.delete(name);
    },

    alarm(name: string, red: readonly string[]) {
      services.get(name)?.alarm(red);
    },

    /** The engine is killed, and back after a while; tasks and balancer go on. */
    killEngine(forMs: number) {
      engineDownUntil = now + forMs;
    },

    engineIsUp: () => now >= engineDownUntil,

    tick(ms: number) {
      for (const end = now + ms; now < end;) {
        const since = now;
        now = Math.min(end, now + turnMs);
        for (const service of services.values()) age(service, since);
        remember();
      }
    },

    /** Ticks until no deployment is under way. */
    settle() {
      for (let turns = 0; [...services.values()].some((service) => service.busy()); turns += 1) {
        if (turns > 100_000) throw new Error('the world does not come to rest');
        this.tick(turnMs);
      }
    },

    /** What a client reads: each service as it was some time in the last `staleMs`, or not at all. */
    observe(): AppState {
      const answers = [...readings].map(([name, past]): [string, ServiceReading] => {
        if (now < engineDownUntil || random() < options.missing)
          return [name, { kind: 'unknown', why: 'ThrottlingException' }];
        const one = past[Math.floor(random() * past.length)] ?? past.at(-1);
        return [name, one ? one.reading : { kind: 'unknown', why: 'no answer' }];
      });
      return { readAt: now, services: Object.fromEntries(answers) };
    },

    truth(name: string): Truth | null {
      const service = services.get(name);
      if (!service) return null;
      const traffic = service.traffic();
      const serving = service.serving();
      return {
        traffic: traffic && sumByTaskDefinition(traffic),
        running: [
          ...new Set(
            service
              .revisions()
              .filter((revision) => service.kept(revision) > 0)
              .map(taskDefinitionOf),
          ),
        ],
        serving: serving === null ? null : taskDefinitionOf(serving),
        busy: service.busy(),
      };
    },

    /** Every deployment that the service ever had, in order. */
    deployments: (name: string): readonly DeploymentState[] => services.get(name)?.deployments() ?? [],
    /** Whether the deployment was ever in the stage. */
    hasReached: (deployment: string, stage: LifecycleStage) => reached.get(deployment)?.has(stage) ?? false,
    isOver: (name: string) => (services.get(name)?.deployments() ?? []).every(isFinal),
  };
}

export type World = ReturnType<typeof createWorld>;

const statuses: Readonly<Record<DeploymentState['status'], DeploymentStatus>> = {
  PENDING: 'pending',
  IN_PROGRESS: 'in-progress',
  SUCCESSFUL: 'successful',
  STOP_REQUESTED: 'stop-requested',
  STOPPED: 'stopped',
  ROLLBACK_REQUESTED: 'rollback-requested',
  ROLLBACK_IN_PROGRESS: 'rolling-back',
  ROLLBACK_SUCCESSFUL: 'rolled-back',
  ROLLBACK_FAILED: 'rollback-failed',
};

function pendingReading(id: string, { target }: Update): DeploymentReading {
  return {
    id,
    target,
    source: null,
    status: 'pending',
    stage: null,
    pause: null,
    reason: null,
    green: { desired: 0, running: 0, failed: 0 },
    groups: { blue: null, green: null },
    traffic: null,
  };
}

function sumByTaskDefinition(traffic: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const [revision, share] of Object.entries(traffic)) {
    const name = taskDefinitionOf(revision);
    sums.set(name, (sums.get(name) ?? 0) + share);
  }
  return Object.fromEntries(sums);
}
