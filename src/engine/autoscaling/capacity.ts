import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { updateService } from '../ecs/services.ts';
import type { ScalableTargetRow, ScalingActivityEntry } from '../model/autoscaling.ts';
import { serviceOf } from './resource.ts';

const mostActivities = 100;

export const within = (target: ScalableTargetRow, capacity: number): number =>
  Math.min(Math.max(capacity, target.minCapacity), target.maxCapacity);

/** Sets the desired count as UpdateService does, and writes down why. To be called in a transaction. */
export function scale(
  core: Core,
  { resourceId }: ScalableTargetRow,
  desired: number,
  cause: string,
  now: number,
): void {
  const service = serviceOf(core, resourceId);
  if (service === undefined || service.desiredCount === desired) return;
  const entry = { id: core.ids.uuid(), desired, cause, startedAt: now };
  try {
    const context = { requestId: entry.id, ...core.account, now };
    updateService(
      core,
      { cluster: service.clusterName, service: service.name, desiredCount: desired },
      context,
    );
    begin(core, resourceId, {
      ...entry,
      endedAt: null,
      status: 'InProgress',
      message: `Successfully set desired count to ${desired}. Waiting for change to be fulfilled by ecs.`,
    });
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    begin(core, resourceId, {
      ...entry,
      endedAt: now,
      status: 'Failed',
      message: `Failed to set desired count to ${desired}. Reason: ${failure.message}`,
    });
  }
}

/** One activity at a time: the next overrides what is still under way. */
function begin(core: Core, resourceId: string, entry: ScalingActivityEntry): void {
  const before = core.tables.scalingActivities.get(resourceId)?.items ?? [];
  const items = [
    entry,
    ...before.map((each): ScalingActivityEntry =>
      each.endedAt === null
        ? {
            ...each,
            endedAt: entry.startedAt,
            status: 'Overridden',
            message: `Successfully set desired count to ${each.desired}. Overridden by a newer scaling activity.`,
          }
        : each,
    ),
  ];
  core.tables.scalingActivities.put(resourceId, { resourceId, items: items.slice(0, mostActivities) });
}

/** Ends the activity under way once the service has the tasks that it asked for. */
export function settle(core: Core, target: ScalableTargetRow, now: number): void {
  const row = core.tables.scalingActivities.get(target.resourceId);
  const service = serviceOf(core, target.resourceId);
  const [latest, ...before] = row?.items ?? [];
  if (latest === undefined || latest.endedAt !== null || service === undefined) return;
  const running = core.tables.tasks
    .in(service.arn)
    .filter((task) => task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING').length;
  if (running !== latest.desired) return;
  const done: ScalingActivityEntry = {
    ...latest,
    endedAt: now,
    status: 'Successful',
    message: `Successfully set desired count to ${latest.desired}. Change successfully fulfilled by ecs.`,
  };
  core.state.transaction(() =>
    core.tables.scalingActivities.put(target.resourceId, {
      resourceId: target.resourceId,
      items: [done, ...before],
    }),
  );
}
