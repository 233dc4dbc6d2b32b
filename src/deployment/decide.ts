import type { AppState } from '../ecs/state.ts';
import type { Cause } from '../journal/cause.ts';
import type { Barrier } from '../journal/barrier.ts';
import { barriersIn, barriersOf, type Rollout, type RolloutService } from '../journal/rollout.ts';
import type { DeploymentRecord } from '../journal/fold.ts';
import {
  endDeadline,
  patienceWithEcs,
  pauseAnswer,
  type Decision,
  type Located,
  type Moment,
  type Patience,
  type PauseAnswer,
} from './decision.ts';
import { positionOf, type Position } from './position.ts';
import { wayBack } from './way-back.ts';

/** Green tasks that ended before any was healthy: more tries would end the same. */
const failedTasksLimit = 3;

/**
 * What to do next with a rollout: a pure function of what was planned, what the journal remembers and what the engine
 * says. It is asked again after every act and every reading, by a deployer that may have been started a moment ago, so
 * it must come to the right answer from any point.
 *
 * The way forward: update everything → barrier A (all of green up, no user on it) → judge → continue → each step of the
 * traffic → judge → continue → barrier B (all traffic on green, every blue warm) → judge (bake) → commit → continue → all
 * arrived.
 * The way back, for all services together, starts at the first sign of trouble and ends with what ran before.
 */
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
  return trouble ? { do: 'roll-back', cause: trouble } : wayForward(located, rollout, record, moment);
}

function wayForward(
  located: readonly Located[],
  rollout: Rollout,
  record: DeploymentRecord,
  moment: Moment,
): Decision {
  const toUpdate = located.filter(({ position }) => position.at === 'untouched' || lost(position, moment));
  if (toUpdate.length > 0) return { do: 'update', services: toUpdate.map(({ service }) => service) };

  for (const barrier of barriersIn(rollout)) {
    if (!record.judged[barrier])
      return located.every((one) => standsAt(one, barrier))
        ? { do: 'judge', barrier }
        : { do: 'watch', for: barrier === 'A' ? 'green to stand' : 'traffic to move to green' };
    if (barrier === 'B' && record.committedAt === null) return { do: 'commit' };
    const pauses = located.flatMap((one) => pauseAt(one, barrier, record, moment));
    if (pauses.length > 0) return { do: 'answer', pauses };
  }
  if (located.every(({ position }) => position.at === 'arrived'))
    return { do: 'conclude', verdict: 'succeeded', cause: null };
  if (record.committedAt === null || moment.now - record.committedAt <= endDeadline)
    return { do: 'watch', for: 'blue to be cleaned up' };
  return { do: 'conclude', verdict: 'needs-attention', cause: cleanUpStuck(located) };
}

/** A service without steps waits for those that have them behind its own shift. */
function standsAt({ service, position }: Located, barrier: Barrier): boolean {
  if (position.at === 'arrived') return true;
  if (position.at !== 'paused') return false;
  return position.barrier === barrier || (position.barrier === 'B' && !barriersOf(service).includes(barrier));
}

/** The first sign, in the order of the services, that this release will not go through. */
function troubleIn(
  located: readonly Located[],
  rollout: Rollout,
  record: DeploymentRecord,
  now: number,
): Cause | null {
  for (const barrier of barriersIn(rollout)) {
    const cause = record.judged[barrier]?.cause;
    if (cause) return cause;
  }
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
      return cause('task-exited', `${failed} tasks of the new ${service} failed before one was healthy`);
    }
    case 'returning':
    case 'returned':
    case 'return-failed': {
      const { reason, green } = position.deployment;
      const rolledBack = `the engine rolled ${service} back: ${reason?.replace(/\.$/, '') ?? 'it gives no reason'}`;
      if (green.failed === 0) return cause('engine-rolled-back', rolledBack);
      return record.judged.A
        ? cause('failed-during-bake', `the new ${service} failed while it served; ${rolledBack}`)
        : cause('task-exited', `the new ${service} failed before it was healthy; ${rolledBack}`);
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
  const answered = Object.values(record.answers).flatMap((answer) =>
    answer.service === service ? [answer.at] : [],
  );
  return answered.length === 0 ? null : Math.max(...answered);
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

function lost(position: Position, moment: Moment): boolean {
  return position.at === 'requested' && moment.now - position.since > moment.patience.act;
}
