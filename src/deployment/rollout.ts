import type { Rollover, ServiceTarget, Shift } from '../ecs/act.ts';
import { awsCode, isPassing } from '../ecs/failure.ts';
import type { AppState } from '../ecs/state.ts';
import type { Gate, ShiftingStrategy } from '../app/environment.ts';
import { withinBounds } from '../app/scaling.ts';
import type { Cause } from '../journal/cause.ts';
import type { Barrier } from '../journal/barrier.ts';
import type { Rollout, RolloutService } from '../journal/rollout.ts';
import { leaseRenewal } from '../journal/lease.ts';
import type { Deployment, Tools } from './context.ts';
import { decide } from './decide.ts';
import type { Decision, Patience, UndoAct } from './decision.ts';
import { createHealthWatch } from './health-watch.ts';
import { compare } from './compare.ts';
import { bake, judgeGreen, type Reach } from './judge.ts';
import { withEvidence } from './witness.ts';

export type Conclusion = Extract<Decision, { do: 'conclude' }> & { readonly state: AppState };

export interface Rolling {
  readonly rollout: Rollout;
  readonly gates: readonly Gate[];
  /** Whether green bakes before blue goes; a way back to a proven revision does not. */
  readonly bakes: boolean;
}

/**
 * Carries a rollout to its end: read what is true, decide, write the intent down, act; again and again. It may begin at
 * any point, also behind a deployer that died, because nothing but the journal and the engine is remembered.
 */
export async function carryOut(
  deployment: Deployment,
  tools: Tools,
  { rollout, gates, bakes }: Rolling,
): Promise<Conclusion> {
  const judging = createJudging(() => tools.pause(glanceInterval(tools)));
  const narrator = createNarrator(deployment, tools, rollout);
  const health = createHealthWatch(deployment, tools, rollout);
  let state = await deployment.observer.observe();
  try {
    for (;;) {
      await narrator.tell(state);
      const decision = await next();
      if (decision.do === 'conclude') return { ...decision, state };
      await attempt(decision);
      if (decision.do === 'watch') await tools.pause(readingInterval(tools));
      state = await deployment.observer.observe();
    }
  } finally {
    judging.abandon();
    health.abandon();
  }

  /** What the engine refuses on the way forward is a cause to go back; on the way back it is tried again until the deadline. */
  async function attempt(decision: Exclude<Decision, { do: 'conclude' }>): Promise<void> {
    try {
      await act(decision);
    } catch (error) {
      if (awsCode(error) === null && !isPassing(error)) throw error;
      const what = error instanceof Error ? error.message : String(error);
      const giveUp = deployment.record().rollback === null && !isPassing(error);
      if (giveUp)
        await deployment.append({
          type: 'rollback.decided',
          cause: { code: 'update-failed', service: null, what, evidence: [] },
        });
      else tools.report({ kind: 'waiting', for: `the engine, which answers: ${what}` });
      await tools.pause(readingInterval(tools));
    }
  }

  async function next(): Promise<Decision> {
    const record = deployment.record();
    const interruptible = record.rollback === null && record.committedAt === null;
    if (tools.interrupted.aborted && interruptible) return { do: 'roll-back', cause: interruption };
    return decide(rollout, record, state, tools.clock(), patienceWith(tools));
  }

  async function act(decision: Exclude<Decision, { do: 'conclude' }>): Promise<void> {
    switch (decision.do) {
      case 'watch': {
        const { rollback, judged } = deployment.record();
        if (rollback === null && !judged.A) health.look(state);
        return tools.report({ kind: 'waiting', for: decision.for });
      }
      case 'update':
        return updateAll(decision.services);
      case 'judge': {
        const { barrier } = decision;
        // Where green serves already, its gates are asked by its routes.
        if (barrier === 'A' && !isPaused() && !judging.isRunning(barrier)) await routeUsers();
        if (!judging.isRunning(barrier)) await deployment.append({ type: 'barrier.reached', barrier });
        const cause = await judging.poll(barrier, (signal) => judge(barrier, signal));
        if (cause === 'undecided') return;
        // Before it is known that users may move: a deployer that dies in between asks again.
        if (barrier === 'A' && cause === null) await routeUsers();
        return deployment.append({ type: 'barrier.judged', barrier, cause });
      }
      case 'commit':
        return deployment.append({ type: 'release.committed' });
      case 'answer':
        for (const pause of decision.pauses) await answer(pause);
        return;
      case 'roll-back':
        judging.abandon();
        return deployment.append({
          type: 'rollback.decided',
          cause: await withEvidence(decision.cause, rollout, deployment, tools, health),
        });
      case 'undo':
        for (const one of decision.acts) await undo(one);
        return;
    }
  }

  async function updateAll(services: readonly RolloutService[]): Promise<void> {
    for (const rolled of services) {
      const { service, target, previous } = rolled;
      await deployment.append({
        type: 'update.requested',
        service,
        previousDeployment: newestDeployment(state, service),
      });
      const wanted = targetOf(deployment, rolled, null);
      if (previous === null) await deployment.acts.create(wanted, target);
      else await deployment.acts.update(wanted, target);
    }
  }

  async function answer({
    service,
    deployment: id,
    hookId,
    barrier,
    action,
  }: Extract<UndoAct, { act: 'answer' }> | Omit<Extract<UndoAct, { act: 'answer' }>, 'act'>): Promise<void> {
    await deployment.append({ type: 'pause.answered', service, deployment: id, hookId, barrier, action });
    await deployment.acts.answer(id, hookId, action);
  }

  async function undo(one: UndoAct): Promise<void> {
    switch (one.act) {
      case 'answer':
        return answer(one);
      case 'stop':
        await deployment.append({ type: 'stop.requested', service: one.service, deployment: one.deployment });
        return deployment.acts.stop(one.deployment);
      case 'remove': {
        await deployment.append({ type: 'removal.requested', service: one.service });
        return deployment.acts.remove(handoverOf(deployment, one.service));
      }
      case 'restore': {
        const { service, revision } = one;
        const rolled = rollout.services.find((candidate) => candidate.service === service);
        if (!rolled)
          throw new Error(`asked to restore a service that is not part of the rollout: ${service}`);
        await deployment.append({
          type: 'restore.requested',
          service,
          revision,
          previousDeployment: newestDeployment(state, service),
        });
        return deployment.acts.update(targetOf(deployment, rolled, 'restore'), revision);
      }
    }
  }

  async function routeUsers(): Promise<void> {
    await deployment.renew();
    await deployment.platform.routeUsers(deployment.environment);
  }

  function isPaused(): boolean {
    return Object.values(state.services).some(
      (reading) => reading.kind === 'present' && reading.deployment?.pause != null,
    );
  }

  function judge(barrier: Barrier, signal: AbortSignal): Promise<Cause | null> {
    const users = reachOf(deployment, 'users');
    if (barrier !== 'A' && barrier !== 'B')
      return compare(deployment, tools, rollout, barrier, users, () => state, signal);
    if (barrier === 'B') {
      // Without a blue there is nothing to go back to, so nothing is gained by waiting.
      const warm = bakes && rollout.services.some(({ previous, pauses }) => previous !== null && pauses);
      return warm ? bake(deployment, tools, rollout, users, () => state, signal) : Promise.resolve(null);
    }
    const green = isPaused() ? reachOf(deployment, 'gates') : users;
    return green === null ? Promise.resolve(null) : judgeGreen(deployment, tools, gates, green, signal);
  }
}

const interruption: Cause = {
  code: 'interrupted',
  service: null,
  what: 'it was interrupted before it was decided',
  evidence: [],
};

/** A judgement takes seconds while the engine must be watched on: it runs beside the loop and is polled by it. */
function createJudging(glance: () => Promise<void>) {
  let running: {
    barrier: Barrier;
    abort: AbortController;
    cause: Cause | null | 'undecided';
    failure: unknown;
    settled: Promise<unknown>;
  } | null = null;
  return { isRunning, poll, abandon };

  function isRunning(barrier: Barrier): boolean {
    return running?.barrier === barrier;
  }

  async function poll(
    barrier: Barrier,
    start: (signal: AbortSignal) => Promise<Cause | null>,
  ): Promise<Cause | null | 'undecided'> {
    if (running?.barrier !== barrier) {
      const abort = new AbortController();
      const judgement: NonNullable<typeof running> = {
        barrier,
        abort,
        cause: 'undecided',
        failure: null,
        settled: Promise.resolve(),
      };
      running = judgement;
      judgement.settled = start(abort.signal).then(
        (cause) => (judgement.cause = cause),
        (error: unknown) => (judgement.failure = error),
      );
    }
    // What is decided need not wait for the next reading.
    if (running.cause === 'undecided' && running.failure === null)
      await Promise.race([running.settled, glance()]);
    if (running.failure !== null) throw running.failure;
    return running.cause;
  }

  function abandon(): void {
    running?.abort.abort();
  }
}

/** Writes down what is seen to change: stages entered, traffic moved. */
function createNarrator(deployment: Deployment, tools: Tools, rollout: Rollout) {
  const stages = new Map<string, string>();
  const traffic = new Map<string, number>();
  let renewedAt = tools.clock();
  return { tell };

  async function tell(state: AppState): Promise<void> {
    tools.report({ kind: 'state', state });
    for (const { service } of rollout.services) {
      const reading = state.services[service];
      const seen = reading?.kind === 'present' ? reading.deployment : null;
      const update = deployment.record().updates[service];
      // What is seen before our own deployment is that of before.
      if (!seen || !update || seen.id === update.previousDeployment) continue;
      const stage = seen.stage ?? seen.status;
      if (stages.get(service) !== stage) {
        stages.set(service, stage);
        await deployment.append({ type: 'stage.entered', service, stage });
      }
      if (seen.traffic && traffic.get(service) !== seen.traffic.green) {
        if (traffic.has(service))
          await deployment.append({ type: 'traffic.shifted', service, ...seen.traffic });
        traffic.set(service, seen.traffic.green);
      }
    }
    if (tools.clock() - renewedAt > leaseRenewal) {
      renewedAt = tools.clock();
      await deployment.renew();
    }
  }
}

function targetOf(
  deployment: Deployment,
  { service: name, pauses, steps = [] }: RolloutService,
  way: 'restore' | null,
): ServiceTarget {
  const service = deployment.services.find((one) => one.name === name);
  if (!service) throw new Error(`the rollout names a service that the description no longer has: ${name}`);
  return {
    handover: handoverOf(deployment, name),
    containerName: service.containerName,
    containerPort: service.kind === 'web' ? service.port : null,
    healthCheckGracePeriod: service.kind === 'web' ? service.health.grace : null,
    desiredCount: service.scaling ? withinBounds(service.scaling, service.replicas) : service.replicas,
    scales: service.scaling !== null,
    rollover: rolloverOf(deployment, pauses, steps.length > 0, way),
  };
}

function rolloverOf(
  { environment }: Deployment,
  pauses: boolean,
  stepped: boolean,
  way: 'restore' | null,
): Rollover {
  const { strategy } = environment;
  if (strategy.kind === 'rolling') return { kind: 'rolling' };
  if (way === 'restore' || !pauses) return { kind: 'blue-green-unpaused' };
  return {
    kind: 'blue-green',
    pauseTimeoutMinutes: strategy.pauseTimeoutMinutes,
    engineBakeMinutes: 0,
    shift: stepped ? shiftOf(strategy) : { kind: 'at-once' },
  };
}

export function shiftOf(strategy: ShiftingStrategy): Shift {
  switch (strategy.kind) {
    case 'blue-green':
      return { kind: 'at-once' };
    case 'canary':
      return { kind: 'canary', percent: strategy.percent };
    case 'linear':
      return { kind: 'linear', step: strategy.step };
  }
}

function handoverOf({ handovers }: Deployment, service: string) {
  const handover = handovers.get(service);
  if (!handover) throw new Error(`there is no hand-over for ${service}`);
  return handover;
}

/** The address of users, or the one at which gates reach green. All web services of an environment share them. */
export function reachOf(
  { handovers }: Pick<Deployment, 'handovers'>,
  whose: 'users' | 'gates',
): Reach | null {
  const balanced = [...handovers.values()].find(({ loadBalancer }) => loadBalancer !== null)?.loadBalancer;
  if (!balanced) return null;
  return whose === 'users'
    ? { url: balanced.url, headers: {} }
    : { url: balanced.testUrl, headers: balanced.testHeaders };
}

function newestDeployment(state: AppState, service: string): string | null {
  const reading = state.services[service];
  return reading?.kind === 'present' ? (reading.deployment?.id ?? null) : null;
}

/** The embedded engine shows an act at once; what ECS may take is the usual patience. */
function patienceWith({ clients }: Tools): Patience | undefined {
  return clients.address.kind === 'embedded' ? { act: 1000, answer: 2000 } : undefined;
}

/** On this machine a reading costs a few milliseconds; on AWS the API is throttled. */
function readingInterval({ clients }: Tools): number {
  return clients.address.kind === 'embedded' ? 50 : 1500;
}

/** While gates judge, only what the engine does by itself is to be seen. */
function glanceInterval({ clients }: Tools): number {
  return clients.address.kind === 'embedded' ? 200 : 1500;
}
