import type { Core } from '../core.ts';
import { streamKey } from '../model/logs.ts';
import type { TaskRow } from '../model/ecs.ts';

/** Stopped tasks whose time is over: old, and not among the latest of their service. */
export function expiredTasks(core: Core, now: number): readonly TaskRow[] {
  const stopped = [...core.tables.tasks.all()].filter((task) => task.lastStatus === 'STOPPED');
  const kept = new Map<string, number>();
  const expired: TaskRow[] = [];
  for (const task of stopped.toSorted((a, b) => (b.stoppedAt ?? 0) - (a.stoppedAt ?? 0))) {
    const rank = kept.get(task.group) ?? 0;
    kept.set(task.group, rank + 1);
    const latest =
      task.serviceArn !== null &&
      rank < core.settings.keepStoppedPerService &&
      serviceLives(core, task.serviceArn);
    if (!latest && now - (task.stoppedAt ?? now) > core.settings.keepStoppedMs) expired.push(task);
  }
  return expired;
}

const serviceLives = (core: Core, arn: string): boolean => core.tables.services.get(arn)?.status === 'ACTIVE';

/** Forgets a task with all that belongs to it in the model; its log goes with the runtime's own folder of it. */
export function forgetTask(core: Core, task: TaskRow): void {
  core.tables.tasks.delete(task.arn);
  core.tables.tags.delete(task.arn);
  for (const { logStream } of task.containers) {
    if (logStream !== null) core.tables.logStreams.delete(streamKey(logStream.group, logStream.stream));
  }
}

/** Services that were deleted long ago go with their history. */
export function forgetServices(core: Core, now: number): void {
  for (const service of core.tables.services.all()) {
    if (service.status !== 'INACTIVE' || now - (service.inactiveAt ?? now) <= core.settings.keepStoppedMs)
      continue;
    if (core.tables.tasks.in(service.arn).length > 0) continue;
    for (const deployment of core.tables.serviceDeployments.in(service.arn))
      core.tables.serviceDeployments.delete(deployment.arn);
    for (const revision of core.tables.serviceRevisions.in(service.arn))
      core.tables.serviceRevisions.delete(revision.arn);
    core.tables.serviceEvents.delete(service.arn);
    core.tables.tags.delete(service.arn);
    core.tables.services.delete(service.arn);
  }
}
