import type { DeploymentReading, ServiceReading } from '../ecs/state.ts';
import type { Cause } from '../journal/cause.ts';
import type { RolloutService } from '../journal/rollout.ts';
import type { DeploymentRecord } from '../journal/fold.ts';
import {
  endDeadline,
  pauseAnswer,
  type Decision,
  type Located,
  type Moment,
  type UndoAct,
} from './decision.ts';
import { restorePosition, type Position } from './position.ts';

/** Whether one service is back where it was, still on the way, or past helping. */
type Return =
  | { readonly is: 'back' }
  | { readonly is: 'on-the-way' }
  | { readonly is: 'to-do'; readonly act: UndoAct }
  | { readonly is: 'stuck'; readonly why: string };

/** All services together, until each serves what it served before, or a person is needed. */
export function wayBack(
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
