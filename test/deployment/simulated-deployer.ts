import { decide } from '../../src/deployment/decide.ts';
import type { Decision, UndoAct } from '../../src/deployment/decision.ts';
import type { AppState } from '../../src/ecs/state.ts';
import type { DeploymentStrategy, LifecycleStage, PauseHook } from '../../src/engine/deployments/machine.ts';
import type { Cause } from '../../src/journal/cause.ts';
import type { Barrier } from '../../src/journal/barrier.ts';
import type { Entry, Event } from '../../src/journal/event.ts';
import type { Rollout, RolloutService } from '../../src/journal/rollout.ts';
import { emptyRecord, fold, type DeploymentRecord } from '../../src/journal/fold.ts';
import type { ServiceSetup } from '../simulation/service.ts';
import type { World } from '../simulation/world.ts';

export interface Faults {
  /** How often an act never reaches the engine, and how often its answer is lost. */
  readonly lost: number;
  readonly unanswered: number;
  /** How often the deployer dies at a point where it could: before writing something down, and before acting on it. */
  readonly crash: number;
}

export interface Judgement {
  /** How long it takes. Milliseconds. */
  readonly ms: number;
  readonly passes: boolean;
}

export interface Job {
  readonly world: World;
  readonly rollout: Rollout;
  readonly setups: Readonly<Record<string, ServiceSetup>>;
  readonly pauseTimeoutMs: number;
  /** `S`: of every step. */
  readonly judgements: Readonly<Record<'A' | 'S' | 'B', Judgement>>;
  readonly faults: Faults;
  readonly random: () => number;
  /** Told before an answer is given. */
  readonly onContinue: (barrier: Barrier, record: DeploymentRecord) => void;
}

export type Conclusion = Extract<Decision, { do: 'conclude' }>;

export class Crash extends Error {
  override readonly name = 'Crash';
}

class PassingFault extends Error {
  override readonly name = 'PassingFault';
}

/** Where a service waits at a barrier, as the deployer asks the engine for it. */
export function stageAt({ balanced }: ServiceSetup, barrier: Barrier): LifecycleStage {
  switch (barrier) {
    case 'A':
      return balanced ? 'POST_TEST_TRAFFIC_SHIFT' : 'PRE_SCALE_UP';
    case 'B':
      return balanced ? 'POST_PRODUCTION_TRAFFIC_SHIFT' : 'POST_SCALE_UP';
    default:
      return balanced ? 'PRE_PRODUCTION_TRAFFIC_SHIFT' : 'POST_SCALE_UP';
  }
}

/** The engine's strategy for a shift in these steps. */
function strategyFor(steps: readonly number[]): DeploymentStrategy {
  const [first = 100] = steps;
  if (steps.length === 0) return { kind: 'BLUE_GREEN', bakeMs: 0 };
  return steps.length === 2
    ? { kind: 'CANARY', canaryPercent: first, canaryBakeMs: 0, bakeMs: 0 }
    : { kind: 'LINEAR', stepPercent: first, stepBakeMs: 0, bakeMs: 0 };
}

/**
 * The loop around `decide`, against the simulated world: read, decide, write the intent down, act. All that survives a
 * crash is the journal.
 */
export function createDeployer(job: Job) {
  const { world, rollout, setups, faults, random } = job;
  const entries: Entry[] = [];
  let judging: { readonly barrier: Barrier; readonly until: number } | null = null;
  const record = () => fold(entries, emptyRecord);

  function point() {
    if (random() < faults.crash) throw new Crash();
  }

  function append(event: Event) {
    point();
    entries.push({ seq: entries.length + 1, at: world.now(), epoch: 1, event });
    point();
  }

  function act(effect: () => unknown) {
    if (!world.engineIsUp() || random() < faults.lost) throw new PassingFault('ECONNREFUSED');
    effect();
    if (random() < faults.unanswered) throw new PassingFault('ETIMEDOUT');
    point();
  }

  function setupOf(service: string): ServiceSetup {
    const setup = setups[service];
    if (!setup) throw new Error(`no such service: ${service}`);
    return setup;
  }

  function update({ service, target, pauses, steps = [] }: RolloutService, unpaused: boolean) {
    const setup = setupOf(service);
    const rolling: DeploymentStrategy = {
      kind: 'ROLLING',
      minimumHealthyPercent: 100,
      maximumPercent: 200,
    };
    const strategy = pauses ? strategyFor(unpaused ? [] : steps) : rolling;
    const barriers: readonly Barrier[] = steps.length > 0 ? ['A', 'S1', 'B'] : ['A', 'B'];
    const pause = (stage: LifecycleStage): PauseHook => ({
      stages: [stage],
      timeoutMs: job.pauseTimeoutMs,
      timeoutAction: 'ROLLBACK',
    });
    const hooks = pauses && !unpaused ? barriers.map((barrier) => pause(stageAt(setup, barrier))) : [];
    act(() => world.update(setup, { target, strategy, hooks }));
  }

  function answer({
    service,
    deployment,
    hookId,
    barrier,
    action,
  }: Extract<Decision, { do: 'answer' }>['pauses'][number]) {
    append({ type: 'pause.answered', service, deployment, hookId, barrier, action });
    act(() => {
      if (action === 'CONTINUE') job.onContinue(barrier, record());
      world.continue(deployment, hookId, action);
    });
  }

  function undo(one: UndoAct, state: AppState) {
    switch (one.act) {
      case 'answer':
        return answer(one);
      case 'stop':
        append({ type: 'stop.requested', service: one.service, deployment: one.deployment });
        return act(() => world.stop(one.deployment, 'ROLLBACK'));
      case 'remove':
        append({ type: 'removal.requested', service: one.service });
        return act(() => world.remove(one.service));
      case 'restore': {
        const { service, revision } = one;
        const rolled = rollout.services.find((candidate) => candidate.service === service);
        if (!rolled) throw new Error(`no such service: ${service}`);
        const previousDeployment = newestDeployment(state, service);
        append({ type: 'restore.requested', service, revision, previousDeployment });
        return update({ ...rolled, target: revision }, true);
      }
    }
  }

  function judge(barrier: Barrier) {
    const { ms, passes } = job.judgements[barrier === 'A' || barrier === 'B' ? barrier : 'S'];
    if (judging?.barrier !== barrier) judging = { barrier, until: world.now() + ms };
    if (world.now() < judging.until) return;
    append({ type: 'barrier.judged', barrier, cause: passes ? null : gateFailed(barrier) });
  }

  function perform(decision: Exclude<Decision, { do: 'conclude' }>, state: AppState) {
    switch (decision.do) {
      case 'watch':
        return;
      case 'judge':
        return judge(decision.barrier);
      case 'update':
        for (const service of decision.services) {
          const previousDeployment = newestDeployment(state, service.service);
          append({ type: 'update.requested', service: service.service, previousDeployment });
          update(service, false);
        }
        return;
      case 'commit':
        return append({ type: 'release.committed' });
      case 'answer':
        for (const pause of decision.pauses) answer(pause);
        return;
      case 'roll-back':
        return append({ type: 'rollback.decided', cause: decision.cause });
      case 'undo':
        for (const one of decision.acts) undo(one, state);
    }
  }

  return {
    record,
    entries: (): readonly Entry[] => entries,
    /** Forgets all but the journal, as a new process would. */
    resume() {
      judging = null;
    },
    /** One turn of the loop. @returns the conclusion once there is one; throws `Crash` where it dies */
    turn(): Conclusion | null {
      const state = world.observe();
      const decision = decide(rollout, record(), state, world.now());
      if (decision.do === 'conclude') return decision;
      try {
        perform(decision, state);
      } catch (error) {
        // The act is taken up again after the next reading.
        if (!(error instanceof PassingFault)) throw error;
      }
      return null;
    },
  };
}

function gateFailed(barrier: Barrier): Cause {
  return { code: 'gate-failed', service: null, what: `a gate failed at barrier ${barrier}`, evidence: [] };
}

function newestDeployment(state: AppState, service: string): string | null {
  const reading = state.services[service];
  return reading?.kind === 'present' ? (reading.deployment?.id ?? null) : null;
}
