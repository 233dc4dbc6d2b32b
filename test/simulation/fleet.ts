import type { RevisionHealth } from '../../src/engine/deployments/machine.ts';

/** How the tasks of a revision behave. Milliseconds. */
export interface Traits {
  readonly startMs: number;
  readonly healthMs: number;
  readonly fate: Fate;
  /** Until when the fate holds; tasks are good afterwards. Null: for ever. */
  readonly until: number | null;
  /** At these times all running tasks of the revision end at once. */
  readonly deaths: readonly number[];
}

export type Fate =
  | { readonly kind: 'good' }
  | { readonly kind: 'never-healthy' }
  | { readonly kind: 'exits'; readonly afterMs: number }
  | { readonly kind: 'flaps'; readonly everyMs: number };

export const goodTraits: Traits = {
  startMs: 1000,
  healthMs: 1000,
  fate: { kind: 'good' },
  until: null,
  deaths: [],
};

interface Task {
  readonly id: number;
  readonly revision: string;
  readonly bornAt: number;
  wasHealthy: boolean;
  unhealthySince: number;
  stoppingSince: number | null;
}

interface Failures {
  failed: number;
  inARow: number;
}

/** Unhealthy for this many times its own time to become healthy, a task is replaced. */
const patience = 4;

/** The tasks of one service: started and stopped as wanted, replaced when they end or stay unhealthy. */
export function createFleet(traitsOf: (revision: string) => Traits, drainMs: number) {
  let tasks: Task[] = [];
  let counter = 0;
  const failures = new Map<string, Failures>();

  const fateAt = (traits: Traits, now: number): Fate =>
    traits.until !== null && now >= traits.until ? { kind: 'good' } : traits.fate;

  function isRunning(task: Task, now: number): boolean {
    return now >= task.bornAt + traitsOf(task.revision).startMs;
  }

  function isHealthy(task: Task, now: number): boolean {
    const traits = traitsOf(task.revision);
    const age = now - task.bornAt - traits.startMs;
    if (task.stoppingSince !== null || age < traits.healthMs) return false;
    const fate = fateAt(traits, now);
    switch (fate.kind) {
      case 'good':
      case 'exits':
        return true;
      case 'never-healthy':
        return false;
      case 'flaps':
        return Math.floor((age - traits.healthMs) / fate.everyMs) % 2 === 0;
    }
  }

  function failuresOf(revision: string): Failures {
    const known = failures.get(revision) ?? { failed: 0, inARow: 0 };
    failures.set(revision, known);
    return known;
  }

  function fail(task: Task) {
    const count = failuresOf(task.revision);
    count.failed += 1;
    count.inARow += 1;
  }

  /** Whether a task has come to its end by itself since it was last looked at. */
  function ends(task: Task, since: number, now: number): boolean {
    const traits = traitsOf(task.revision);
    if (traits.deaths.some((at) => at > since && at <= now && at > task.bornAt)) return true;
    const fate = fateAt(traits, now);
    if (fate.kind === 'exits' && now >= task.bornAt + traits.startMs + fate.afterMs) return true;
    const limit = traits.startMs + traits.healthMs * patience;
    return fate.kind === 'never-healthy' && now - task.unhealthySince >= limit;
  }

  return {
    /** Lets time do its work on the tasks. */
    age(since: number, now: number) {
      tasks = tasks.filter((task) => {
        if (task.stoppingSince !== null) return now < task.stoppingSince + drainMs;
        const healthy = isHealthy(task, now);
        if (healthy) {
          if (!task.wasHealthy) failuresOf(task.revision).inARow = 0;
          task.wasHealthy = true;
          task.unhealthySince = now;
        }
        if (!ends(task, since, now)) return true;
        fail(task);
        return false;
      });
    },

    /** Starts and stops tasks until `count` of the revision are wanted; the unhealthy are stopped first. */
    reconcile(revision: string, count: number, now: number) {
      const wanted = tasks.filter((task) => task.revision === revision && task.stoppingSince === null);
      for (let missing = count - wanted.length; missing > 0; missing -= 1) {
        counter += 1;
        tasks.push({
          id: counter,
          revision,
          bornAt: now,
          wasHealthy: false,
          unhealthySince: now,
          stoppingSince: null,
        });
      }
      const spare = wanted
        .toSorted((one, other) => Number(isHealthy(one, now)) - Number(isHealthy(other, now)))
        .slice(0, Math.max(0, wanted.length - count));
      for (const task of spare) task.stoppingSince = now;
    },

    /** At most this many tasks of the revisions stay; none is started. */
    limit(revisions: readonly string[], count: number, now: number) {
      const wanted = tasks.filter((task) => revisions.includes(task.revision) && task.stoppingSince === null);
      for (const task of wanted.slice(count)) task.stoppingSince = now;
    },

    health(revisions: readonly string[], now: number): RevisionHealth {
      const own = tasks.filter((task) => revisions.includes(task.revision));
      const counts = revisions.map((revision) => failures.get(revision) ?? { failed: 0, inARow: 0 });
      return {
        running: own.filter((task) => isRunning(task, now)).length,
        healthy: own.filter((task) => isHealthy(task, now)).length,
        failed: counts.reduce((sum, { failed }) => sum + failed, 0),
        failedInARow: Math.max(0, ...counts.map(({ inARow }) => inARow)),
        remaining: own.length,
      };
    },

    revisions(): readonly string[] {
      return [...new Set(tasks.map(({ revision }) => revision))];
    },

    /** Tasks that are not being stopped. */
    kept(revision: string): number {
      return tasks.filter((task) => task.revision === revision && task.stoppingSince === null).length;
    },

    /** Has tasks standing healthy from the beginning. */
    seed(revision: string, count: number, now: number) {
      const traits = traitsOf(revision);
      this.reconcile(revision, count, now - traits.startMs - traits.healthMs);
    },
  };
}
