import type { AppState, DeploymentReading, ServiceReading } from '../ecs/state.ts';
import type { Cause } from '../journal/cause.ts';
import type { Answer, Barrier, Rollout, RolloutService } from '../journal/event.ts';
import type { DeploymentRecord } from '../journal/fold.ts';
import { positionOf, restorePosition, type Position } from './position.ts';

/**
 * What to do next with a rollout: a pure function of what was planned, what the journal remembers and what the engine
 * says. It is asked again after every act and every reading, by a deployer that may have been started a moment ago, so
 * it must come to the right answer from any point.
 *
 * The way forward: update everything → barrier A (all of green up, no user on it) → judge → continue → barrier B (all
 * traffic on green, every blue warm) → judge (bake) → commit → continue → all arrived.
 * The way back, for all services together, starts at the first sign of trouble and ends with what ran before.
 */
export type Decision =
  | { readonly do: 'update'; readonly services: readonly RolloutService[] }
  | { readonly do: 'watch'; readonly for: string }
  | { readonly do: 'judge'; readonly barrier: Barrier }
  | { readonly do: 'commit' }
  | { readonly do: 'answer'; readonly pauses: readonly PauseAnswer[] }
  | { readonly do: 'roll-back'; readonly cause: Cause }
  | { readonly do: 'undo'; readonly acts: readonly UndoAct[] }
  | {
      readonly do: 'conclude';
      readonly verdict: 'succeeded' | 'rolled-back' | 'needs-attention';
      readonly cause: Cause | null;
    };

export interface PauseAnswer {
  readonly service: string;
  readonly deployment: string;
  readonly hookId: string;
  readonly barrier: Barrier;
  readonly action: Answer;
}

export type UndoAct =
  | ({ readonly act: 'answer' } & PauseAnswer)
  | { readonly act: 'stop'; readonly service: string; readonly deployment: string }
  /** Deploys the recorded revision again: past clean-up there is no blue to return to. */
  | { readonly act: 'restore'; readonly service: string; readonly revision: string }
  /** A first deployment has no blue: undoing it is deleting what was made. */
  | { readonly act: 'remove'; readonly service: string };

/**
 * How long an engine may take to show an act, and to act on the answer to a pause. What does not show by then was lost
 * (its deployer died between writing it down and doing it) and is repeated. Milliseconds.
 */
export interface Patience {
  readonly act: number;
  readonly answer: number;
}
/** Reads of ECS may be stale. */
export const actPatience = 15_000;
/** How fast ECS acts on a continue is assumed to be up to a minute. */
export const answerPatience = 75_000;
const patienceWithEcs: Patience = { act: actPatience, answer: answerPatience };
/** Undoing, or cleaning up, that is not done by then needs a person. Milliseconds. */
export const endDeadline = 15 * 60_000;
/** Green tasks that ended before any was healthy: more tries would end the same. */
export const failedTasksLimit = 3;

type Located = {
  readonly service: RolloutService;
  readonly position: Position;
  readonly reading: ServiceReading | undefined;
};

/** When it is decided. */
interface Moment {
  readonly now: number;
  readonly patience: Patience;
}

export function decide(
  rollout: Rollout,
  record: DeploymentRecord,
  state: AppState,
  now: number,
  patience: Patience = patienceWithEcs,
): Decision {
  const moment = { now, patience };
  const located = rollout.services.map((service) => {
    const reading = state.services[service.service];
    return { service, position: positionOf(service, record, reading), reading };
  });
  if (record.rollback) return wayBack(located, record, record.rollback.cause, record.rollback.at, moment);
  const trouble = troubleIn(located, rollout, record, now);
  return trouble ? { do: 'roll-back', cause: trouble } : wayForward(located, record, moment);
}

function wayForward(located: readonly Located[], record: DeploymentRecord, moment: Moment): Decision {
  const toUpdate = located.filter(({ position }) => position.at === 'untouched' || lost(position, moment));
  if (toUpdate.length > 0) return { do: 'update', services: toUpdate.map(({ service }) => service) };

  const standsAt = (barrier: Barrier) =>
    located.every(
      ({ position }) =>
        position.at === 'arrived' || (position.at === 'paused' && position.barrier === barrier),
    );
  const pausedAt = (barrier: Barrier) => located.flatMap((one) => pauseAt(one, barrier, record, moment));

  if (!record.judged.A)
    return standsAt('A') ? { do: 'judge', barrier: 'A' } : { do: 'watch', for: 'green to stand' };
  if (pausedAt('A').length > 0) return { do: 'answer', pauses: pausedAt('A') };
  if (!record.judged.B)
    return standsAt('B') ? { do: 'judge', barrier: 'B' } : { do: 'watch', for: 'traffic to move to green' };
  if (record.committedAt === null) return { do: 'commit' };
  if (pausedAt('B').length > 0) return { do: 'answer', pauses: pausedAt('B') };
  if (located.every(({ position }) => position.at === 'arrived'))
    return { do: 'conclude', verdict: 'succeeded', cause: null };
  if (moment.now - record.committedAt <= endDeadline) return { do: 'watch', for: 'blue to be cleaned up' };
  return { do: 'conclude', verdict: 'needs-attention', cause: cleanUpStuck(located) };
}

/** The first sign, in the order of the services, that this release will not go through. */
function troubleIn(
  located: readonly Located[],
  rollout: Rollout,
  record: DeploymentRecord,
  now: number,
): Cause | null {
  for (const judged of [record.judged.A, record.judged.B]) if (judged?.cause) return judged.cause;
  for (const { service, position } of located) {
    const cause = causeOf(service, position, record);
    if (cause) return cause;
    const since = risingSince(service, position, record);
    if (since !== null && now - since > rollout.scaleUpDeadline)
      return neverHealthy(service.service, rollout.scaleUpDeadline);
  }
  return null;
}

function causeOf(
  { service, target }: RolloutService,
  position: Position,
  record: DeploymentRecord,
): Cause | null {
  const cause = (code: Cause['code'], what: string): Cause => ({ code, service, what, evidence: [] });
  switch (position.at) {
    case 'moving': {
      const { running, failed } = position.deployment.green;
      if (failed < failedTasksLimit || running > 0) return null;
      return cause('task-exited', `${failed} tasks of the new ${service} ended before one was healthy`);
    }
    case 'returning':
    case 'returned':
    case 'return-failed': {
      const { reason, green } = position.deployment;
      const rolledBack = `the engine rolled ${service} back: ${reason ?? 'it gives no reason'}`;
      if (green.failed === 0) return cause('engine-rolled-back', rolledBack);
      return record.judged.A
        ? cause('failed-during-bake', `the new ${service} ended while it served; ${rolledBack}`)
        : cause('task-exited', `the new ${service} ended before it was healthy; ${rolledBack}`);
    }
    case 'stopped':
      return cause('stopped-elsewhere', `the deployment of ${service} was stopped by somebody else`);
    case 'superseded':
      return cause(
        'superseded',
        `somebody else deployed ${position.by.target ?? 'another revision'} to ${service} meanwhile`,
      );
    case 'gone':
      return cause(
        'stopped-elsewhere',
        `${service} is gone from the engine while ${target} was being deployed`,
      );
    case 'unknown':
    case 'untouched':
    case 'requested':
    case 'paused':
    case 'answered':
    case 'arrived':
      return null;
  }
}

/**
 * Since when a service is on its way to the next barrier; null when it is not. Only pauses are protected by the engine's
 * time-outs: what happens between them is ours to limit.
 */
function risingSince(
  { service }: RolloutService,
  position: Position,
  record: DeploymentRecord,
): number | null {
  if (position.at !== 'moving' && position.at !== 'requested' && position.at !== 'unknown') return null;
  if (!record.judged.A) return record.updates[service]?.firstAt ?? null;
  if (record.judged.B) return null;
  const answers = Object.values(record.answers).filter(
    (answer) => answer.service === service && answer.barrier === 'A',
  );
  return answers[0]?.at ?? null;
}

function cleanUpStuck(located: readonly Located[]): Cause {
  const names = located.flatMap(({ service, position }) =>
    position.at === 'arrived' ? [] : [service.service],
  );
  const what = `the new version serves, but the engine has not finished cleaning up ${names.join(', ')}`;
  return { code: 'never-healthy', service: names[0] ?? null, what, evidence: [] };
}

function neverHealthy(service: string, deadline: number): Cause {
  const what = `the new ${service} was not healthy within ${Math.round(deadline / 1000)} s`;
  return { code: 'never-healthy', service, what, evidence: [] };
}

// ---- the way back ----

/** Whether one service is back where it was, still on the way, or past helping. */
type Return =
  | { readonly is: 'back' }
  | { readonly is: 'on-the-way' }
  | { readonly is: 'to-do'; readonly act: UndoAct }
  | { readonly is: 'stuck'; readonly why: string };

function wayBack(
  located: readonly Located[],
  record: DeploymentRecord,
  cause: Cause,
  since: number,
  moment: Moment,
): Decision {
  const returns = located.map((one) => ({ service: one.service.service, ...returnOf(one, record, moment) }));
  const acts = returns.flatMap((one) => (one.is === 'to-do' ? [one.act] : []));
  if (acts.length > 0) return { do: 'undo', acts };
  const late = moment.now - since > endDeadline;
  if (!late && returns.some(({ is }) => is === 'on-the-way'))
    return { do: 'watch', for: 'the old version to serve again' };
  const stuck = returns.flatMap((one) =>
    one.is === 'stuck' ? [one.why] : one.is === 'on-the-way' ? [`${one.service} is not back yet`] : [],
  );
  const strangers = stuck.length === 0 ? located.flatMap(strangerIn) : [];
  if (!late && strangers.length > 0 && moment.now - lastAct(record, since) <= moment.patience.act)
    return { do: 'watch', for: 'the old version to serve again' };
  if (stuck.length === 0 && strangers.length === 0) return { do: 'conclude', verdict: 'rolled-back', cause };
  return {
    do: 'conclude',
    verdict: 'needs-attention',
    cause: { ...cause, what: [cause.what, ...stuck, ...strangers].join('; ') },
  };
}

/** "As before" is claimed only of what the engine says: that the old revision serves, and that nobody moves it. */
function strangerIn({ service: { service, previous, target }, reading }: Located): readonly string[] {
  if (!reading || reading.kind === 'unknown') return [`the engine does not say what runs as ${service}`];
  if (reading.kind === 'absent') return previous === null ? [] : [`${service} was deleted by somebody else`];
  const { serving, deployment } = reading;
  const moving = deployment?.status === 'pending' || deployment?.status === 'in-progress';
  if (moving && deployment.target !== previous && deployment.target !== target)
    return [`${service} is in somebody else's deployment, which was left alone`];
  return serving === previous
    ? []
    : [`${service} runs ${serving ?? 'nothing'}, which somebody else deployed`];
}

/** When the engine was last asked for something: what it said before may be from before. */
function lastAct(record: DeploymentRecord, since: number): number {
  const asked = [record.updates, record.answers, record.stops, record.restores, record.removals];
  return Math.max(since, ...asked.flatMap((acts) => Object.values(acts).map(({ at }) => at)));
}

function returnOf({ service, position, reading }: Located, record: DeploymentRecord, moment: Moment): Return {
  if (position.at === 'untouched') return { is: 'back' };
  const restoring = restorePosition(service, record, reading);
  if (restoring && service.previous !== null)
    return restoreOf(service, service.previous, restoring, record, moment);
  if (position.at === 'superseded') return leftAlone(service);
  if (service.previous === null) return removalOf(service, record, reading, moment);
  switch (position.at) {
    case 'unknown':
    case 'returning':
      return { is: 'on-the-way' };
    case 'requested':
      // Never seen: lost for good once reads have had time to become fresh.
      return moment.now - position.since > moment.patience.act ? { is: 'back' } : { is: 'on-the-way' };
    case 'paused':
      return {
        is: 'to-do',
        act: { act: 'answer', ...pauseAnswer(service, position, 'ROLLBACK') },
      };
    case 'moving':
    case 'answered':
      return stopOf(service.service, position.deployment, record, moment);
    case 'returned':
      return { is: 'back' };
    case 'arrived':
    case 'stopped':
      return { is: 'to-do', act: { act: 'restore', service: service.service, revision: service.previous } };
    case 'return-failed':
      return {
        is: 'stuck',
        why: `the engine could not roll ${service.service} back: ${position.deployment.reason ?? 'it gives no reason'}`,
      };
    case 'gone':
      return { is: 'stuck', why: `${service.service} was deleted by somebody else` };
  }
}

/** A pause that was answered with ROLLBACK, or a stop, is given time to show before it is repeated. */
function stopOf(
  service: string,
  deployment: DeploymentReading,
  record: DeploymentRecord,
  moment: Moment,
): Return {
  const hookId = deployment.pause?.hookId;
  const answer = hookId === undefined ? undefined : record.answers[hookId];
  if (answer?.action === 'ROLLBACK' && moment.now - answer.at <= moment.patience.answer)
    return { is: 'on-the-way' };
  const stop = record.stops[service];
  if (stop?.deployment === deployment.id && moment.now - stop.at <= moment.patience.act)
    return { is: 'on-the-way' };
  return { is: 'to-do', act: { act: 'stop', service, deployment: deployment.id } };
}

function removalOf(
  { service }: RolloutService,
  record: DeploymentRecord,
  reading: ServiceReading | undefined,
  moment: Moment,
): Return {
  const removal = record.removals[service];
  const update = record.updates[service];
  if (!reading || reading.kind === 'unknown') return { is: 'on-the-way' };
  if (reading.kind === 'absent') {
    // A reading from before its creation says the same, however often it was asked to be removed.
    const settled = update !== undefined && moment.now - update.at > moment.patience.act;
    return settled ? { is: 'back' } : { is: 'on-the-way' };
  }
  if (removal && moment.now - removal.at <= moment.patience.act) return { is: 'on-the-way' };
  return { is: 'to-do', act: { act: 'remove', service } };
}

function leftAlone({ service }: RolloutService): Return {
  return { is: 'stuck', why: `${service} is in somebody else's deployment, which was left alone` };
}

function restoreOf(
  rolled: RolloutService,
  revision: string,
  position: Position,
  record: DeploymentRecord,
  moment: Moment,
): Return {
  const { service } = rolled;
  switch (position.at) {
    case 'arrived':
      return { is: 'back' };
    case 'requested': {
      const since = record.restores[service]?.at ?? moment.now;
      return moment.now - since > moment.patience.act
        ? { is: 'to-do', act: { act: 'restore', service, revision } }
        : { is: 'on-the-way' };
    }
    case 'unknown':
    case 'untouched':
    case 'moving':
    case 'paused':
    case 'answered':
    case 'returning':
      return { is: 'on-the-way' };
    case 'returned':
    case 'return-failed':
    case 'stopped':
      return {
        is: 'stuck',
        why: `deploying the earlier ${service} again did not go through: ${position.deployment.reason ?? position.at}`,
      };
    case 'superseded':
      return leftAlone(rolled);
    case 'gone':
      return { is: 'stuck', why: `${service} was deleted by somebody else` };
  }
}

/** The pause to continue at a barrier: not answered yet, or answered so long ago that the answer must have been lost. */
function pauseAt(
  { service, position }: Located,
  barrier: Barrier,
  record: DeploymentRecord,
  moment: Moment,
): readonly PauseAnswer[] {
  if (position.at === 'paused' && position.barrier === barrier)
    return [pauseAnswer(service, position, 'CONTINUE')];
  if (position.at !== 'answered') return [];
  const { deployment } = position;
  const hookId = deployment.pause?.hookId;
  const answer = hookId === undefined ? undefined : record.answers[hookId];
  if (hookId === undefined || answer?.barrier !== barrier || moment.now - answer.at <= moment.patience.act)
    return [];
  return [{ service: service.service, deployment: deployment.id, hookId, barrier, action: answer.action }];
}

function pauseAnswer(
  { service }: RolloutService,
  { deployment, hookId, barrier }: Extract<Position, { at: 'paused' }>,
  action: Answer,
): PauseAnswer {
  return { service, deployment: deployment.id, hookId, barrier, action };
}

function lost(position: Position, moment: Moment): boolean {
  return position.at === 'requested' && moment.now - position.since > moment.patience.act;
}
