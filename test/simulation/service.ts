import { advance } from '../../src/engine/deployments/advance.ts';
import { begin } from '../../src/engine/deployments/begin.ts';
import { breakerThreshold, defaultThreshold } from '../../src/engine/deployments/breaker.ts';
import type {
  Action,
  Assumptions,
  DeploymentState,
  DeploymentStrategy,
  Observation,
  PauseHook,
  Request,
  Weights,
} from '../../src/engine/deployments/machine.ts';
import { rescale } from '../../src/engine/deployments/rescale.ts';
import { isFinal } from '../../src/engine/deployments/stages.ts';
import { createFleet, type Traits } from './fleet.ts';
import { createWeightedRule, type GroupWeights } from './weighted-rule.ts';

export interface ServiceSetup {
  readonly name: string;
  readonly replicas: number;
  readonly balanced: boolean;
  readonly tested: boolean;
  readonly breaker: {
    readonly enabled: boolean;
    readonly rollback: boolean;
    readonly resetOnHealthyTask: boolean;
  };
  readonly alarms: { readonly rollback: boolean } | null;
}

export interface Update {
  readonly target: string;
  readonly strategy: DeploymentStrategy;
  readonly hooks: readonly PauseHook[];
}

/** What the simulated machine is made of, besides the services themselves. */
export interface Surroundings {
  readonly assumptions: Assumptions;
  readonly traitsOf: (revision: string) => Traits;
  readonly drainMs: number;
  readonly weightLagMs: () => number;
  /** Told of every move of a deployment, before it takes effect. */
  readonly watch: (move: Move) => void;
}

export interface Move {
  readonly before: DeploymentState;
  readonly after: DeploymentState;
  readonly actions: readonly Action[];
  readonly observation: Observation;
  readonly now: number;
}

interface Deployment {
  state: DeploymentState;
  requests: Request[];
}

/** One service as the engine runs it: its deployments one after the other, its tasks, its two target groups. */
export function createService(setup: ServiceSetup, surroundings: Surroundings) {
  const { traitsOf, drainMs, weightLagMs, assumptions, watch } = surroundings;
  const fleet = createFleet((revision) => traitsOf(taskDefinitionOf(revision)), drainMs);
  const production = createWeightedRule([100, 0], weightLagMs);
  const test = createWeightedRule([100, 0], weightLagMs);
  const groups = new Map<string, 0 | 1>();
  const deployments: Deployment[] = [];
  const events: string[] = [];
  let queue: { readonly id: string; readonly update: Update } | null = null;
  let replicas = setup.replicas;
  let serving: string | null = null;
  let settings: string | null = null;
  let alarms: readonly string[] = [];
  let networkingProblem: string | null = null;
  let lastWanted: GroupWeights | null = null;
  let numbers = 0;
  let revisions = 0;

  const newest = () => deployments.at(-1) ?? null;
  const groupOf = (revision: string | null): 0 | 1 => groups.get(revision ?? '') ?? 0;
  const threshold = () => breakerThreshold(defaultThreshold, replicas);

  /** Weights are told by colour and kept by group. */
  const byColour = ({ target }: DeploymentState, weights: GroupWeights | null): Weights | null => {
    if (!weights) return null;
    const green = groupOf(target);
    return { source: weights[green === 0 ? 1 : 0], target: weights[green] };
  };
  const byGroup = ({ target }: DeploymentState, weights: Weights): GroupWeights =>
    groupOf(target) === 0 ? [weights.target, weights.source] : [weights.source, weights.target];

  const others = ({ source, target }: Pick<DeploymentState, 'source' | 'target'>) =>
    fleet.revisions().filter((revision) => revision !== source && revision !== target);

  function observation({ state, requests }: Deployment, now: number): Observation {
    const older = others(state);
    return {
      source: state.source === null ? null : fleet.health([state.source], now),
      target: fleet.health([state.target], now),
      others: older.length === 0 ? null : fleet.health(older, now),
      production: setup.balanced ? byColour(state, production.seen()) : null,
      test: setup.balanced && setup.tested ? byColour(state, test.seen()) : null,
      networkingProblem,
      alarms,
      requests: [...requests],
    };
  }

  function start(id: string, { target: taskDefinition, strategy, hooks }: Update, now: number) {
    revisions += 1;
    const target = `${taskDefinition}#${revisions}`;
    const shifts = strategy.kind !== 'ROLLING';
    const blue = groupOf(serving);
    const traffic = production.applied()[0] > 0 ? 0 : 1;
    groups.set(target, serving === null ? traffic : shifts && setup.balanced ? (blue === 0 ? 1 : 0) : blue);
    const reconciles = others({ source: serving, target }).length > 0;
    // What the rules say: the balancer may still be on its way there.
    const rules = lastWanted ?? production.applied();
    const own = groupOf(target);
    const state = begin(
      {
        id,
        service: setup.name,
        strategy,
        source: serving,
        target,
        desiredCount: replicas,
        balanced: setup.balanced,
        tested: setup.tested,
        hooks,
        breaker: { ...setup.breaker, threshold: threshold() },
        alarms: setup.alarms,
        reconciles,
        production: serving === null ? null : { source: rules[own === 0 ? 1 : 0], target: rules[own] },
        assumptions,
      },
      now,
    );
    deployments.push({ state, requests: [] });
  }

  /** Makes true what the newest deployment wants. */
  function apply(now: number) {
    const deployment = newest();
    if (!deployment) return;
    const { state } = deployment;
    const { desired } = state;
    if (state.source !== null) fleet.reconcile(state.source, desired.sourceTasks, now);
    fleet.reconcile(state.target, desired.targetTasks, now);
    if (desired.otherTasks !== null) fleet.limit(others(state), desired.otherTasks, now);
    if (desired.production) {
      lastWanted = byGroup(state, desired.production);
      production.push(lastWanted, now);
    }
    if (desired.test) test.push(byGroup(state, desired.test), now);
  }

  return {
    setup,

    /** A revision that has been serving since long ago. */
    settle(taskDefinition: string, now: number) {
      const revision = `${taskDefinition}#0`;
      serving = revision;
      settings = taskDefinition;
      groups.set(revision, 0);
      fleet.seed(revision, replicas, now);
    },

    /** @returns the id of the deployment; null where nothing changes that would need one */
    update(update: Update, now: number): string | null {
      if (update.target === settings) return null;
      settings = update.target;
      numbers += 1;
      const id = `${setup.name}-${numbers}`;
      const current = newest();
      if (current && !isFinal(current.state)) {
        current.requests.push({ kind: 'supersede' });
        queue = { id, update };
      } else start(id, update, now);
      return id;
    },

    ask(id: string, request: Request): 'accepted' | 'refused' {
      const deployment = deployments.find(({ state }) => state.id === id);
      if (!deployment || isFinal(deployment.state)) return 'refused';
      const { hook } = deployment.state;
      const stale = request.kind === 'continue' && (hook?.hookId !== request.hookId || hook.answer !== null);
      if (stale) return 'refused';
      deployment.requests.push(request);
      return 'accepted';
    },

    rescale(count: number) {
      replicas = count;
      const current = newest();
      if (current) current.state = rescale(current.state, count, threshold());
    },

    alarm(names: readonly string[]) {
      alarms = names;
    },

    networking(problem: string | null) {
      networkingProblem = problem;
    },

    age(since: number, now: number) {
      fleet.age(since, now);
      production.age(now);
      test.age(now);
    },

    /** What the runtime does without the engine: nothing. With it: one turn of its loop. `acts` false: it dies before acting. */
    turn(now: number, acts: boolean) {
      const current = newest();
      if (current && !isFinal(current.state)) {
        const seen = observation(current, now);
        const before = current.state;
        const step = advance(before, seen, now);
        watch({ before, after: step.state, actions: step.actions, observation: seen, now });
        current.state = step.state;
        current.requests = [];
        for (const action of step.actions) {
          if (action.kind === 'event') events.push(action.message);
          if (action.kind === 'promote') serving = action.revision;
        }
        // ECS gives a service that was rolled back its earlier task definition again.
        if (step.state.status === 'ROLLBACK_SUCCESSFUL' && serving !== null && !queue)
          settings = taskDefinitionOf(serving);
      }
      const done = newest();
      if (queue && (!done || isFinal(done.state))) {
        const { id, update } = queue;
        queue = null;
        start(id, update, now);
      }
      if (acts) apply(now);
      if (!newest() && serving !== null) fleet.reconcile(serving, replicas, now);
    },

    serving: () => serving,
    replicas: () => replicas,
    events: () => events,
    deployments: (): readonly DeploymentState[] => deployments.map(({ state }) => state),
    newest: (): DeploymentState | null => newest()?.state ?? null,
    queued: () => queue,
    failures: (revision: string, now: number) => fleet.health([revision], now).failed,
    running: (now: number) => fleet.health(fleet.revisions(), now).running,
    busy: () => queue !== null || deployments.some(({ state }) => !isFinal(state)),
    health: (revision: string, now: number) => fleet.health([revision], now),
    kept: (revision: string) => fleet.kept(revision),
    revisions: () => fleet.revisions(),
    /** Percent of production traffic by revision; null without a load balancer. */
    traffic(): Readonly<Record<string, number>> | null {
      if (!setup.balanced) return null;
      const applied = production.applied();
      const shares = fleet.revisions().map((revision) => [revision, applied[groupOf(revision)]] as const);
      return Object.fromEntries(shares);
    },
    weights: () => production.applied(),
    colours: (): Weights | null => {
      const state = newest()?.state;
      return setup.balanced && state ? byColour(state, production.applied()) : null;
    },
  };
}

export type SimulatedService = ReturnType<typeof createService>;

/** A revision of the service is a task definition deployed once. */
export function taskDefinitionOf(revision: string): string {
  return revision.replace(/#\d+$/, '');
}
