import type { DeploymentReading, ServiceReading } from '../ecs/state.ts';
import type { Barrier } from '../journal/barrier.ts';
import { barriersOf, type RolloutService } from '../journal/rollout.ts';
import type { DeploymentRecord, Intent } from '../journal/fold.ts';

/**
 * Where one service stands on its way from blue to green: its journal (what we asked for) held against the engine's
 * reading (what it says is true). The journal alone is never believed, and neither is a single reading.
 */
export type Position =
  /** No reading to go by. Wait and read again. */
  | { readonly at: 'unknown' }
  /** Nothing was asked for yet. */
  | { readonly at: 'untouched' }
  /** An update was asked for and no deployment of ours is to be seen: on its way, or lost. */
  | { readonly at: 'requested'; readonly since: number }
  | { readonly at: 'moving'; readonly deployment: DeploymentReading }
  | {
      readonly at: 'paused';
      readonly deployment: DeploymentReading;
      readonly hookId: string;
      readonly barrier: Barrier;
    }
  /** Our answer to its pause has not taken effect yet. */
  | { readonly at: 'answered'; readonly deployment: DeploymentReading }
  | { readonly at: 'arrived'; readonly deployment: DeploymentReading }
  | { readonly at: 'returning'; readonly deployment: DeploymentReading }
  | { readonly at: 'returned'; readonly deployment: DeploymentReading }
  | { readonly at: 'return-failed'; readonly deployment: DeploymentReading }
  | { readonly at: 'stopped'; readonly deployment: DeploymentReading }
  /** A deployment that is not ours took the place of ours. */
  | { readonly at: 'superseded'; readonly by: DeploymentReading }
  /** Ours was asked for and seen before; now the engine knows no such service. */
  | { readonly at: 'gone' };

export function positionOf(
  service: RolloutService,
  record: DeploymentRecord,
  reading: ServiceReading | undefined,
): Position {
  const intent = record.updates[service.service];
  if (!intent) return { at: 'untouched' };
  if (!reading || reading.kind === 'unknown') return { at: 'unknown' };
  if (reading.kind === 'absent') {
    // A first deployment creates the service; a read may be older than the creation.
    return service.previous === null ? { at: 'requested', since: intent.at } : { at: 'gone' };
  }
  return along(service, service.target, intent, record, reading.deployment);
}

/** The same for the way back: the deployment that `restore` asked for. Null when none was asked for. */
export function restorePosition(
  service: RolloutService,
  record: DeploymentRecord,
  reading: ServiceReading | undefined,
): Position | null {
  const intent = record.restores[service.service];
  if (!intent) return null;
  if (!reading || reading.kind === 'unknown') return { at: 'unknown' };
  if (reading.kind === 'absent') return { at: 'gone' };
  return along(service, intent.revision, intent, record, reading.deployment);
}

function along(
  service: RolloutService,
  target: string,
  intent: Intent,
  record: DeploymentRecord,
  deployment: DeploymentReading | null,
): Position {
  if (!deployment || deployment.id === intent.previousDeployment)
    return { at: 'requested', since: intent.at };
  if (deployment.target === null) return { at: 'unknown' };
  if (deployment.target !== target) {
    // While it is being undone, a reading may still show the deployment that is undone.
    return deployment.target === service.target
      ? { at: 'requested', since: intent.at }
      : { at: 'superseded', by: deployment };
  }
  switch (deployment.status) {
    case 'successful':
      return { at: 'arrived', deployment };
    case 'rollback-requested':
    case 'rolling-back':
      return { at: 'returning', deployment };
    case 'rolled-back':
      return { at: 'returned', deployment };
    case 'rollback-failed':
      return { at: 'return-failed', deployment };
    case 'stop-requested':
    case 'stopped':
      return { at: 'stopped', deployment };
    case 'pending':
    case 'in-progress':
      return pauseOf(service, record, deployment);
  }
}

/**
 * The engine reports a pause without its stage. The hooks of a deployment come in a fixed order and each has an id of
 * its own, so a new pause is the first barrier at which the service was not told to go on.
 */
function pauseOf(service: RolloutService, record: DeploymentRecord, deployment: DeploymentReading): Position {
  const hookId = deployment.pause?.hookId;
  if (hookId === undefined) return { at: 'moving', deployment };
  if (record.answers[hookId]) return { at: 'answered', deployment };
  const passed = new Set(
    Object.values(record.answers).flatMap((answer) =>
      answer.service === service.service && answer.action === 'CONTINUE' ? [answer.barrier] : [],
    ),
  );
  const barrier = barriersOf(service).find((one) => !passed.has(one)) ?? 'B';
  return { at: 'paused', deployment, hookId, barrier };
}
