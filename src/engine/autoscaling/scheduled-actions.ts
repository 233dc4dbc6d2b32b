import type {
  DeleteScheduledActionRequest,
  DescribeScheduledActionsRequest,
  PutScheduledActionRequest,
  ScheduledAction,
} from '@aws-sdk/client-application-auto-scaling';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { onResource } from '../model/autoscaling.ts';
import type { ScheduledActionRow } from '../model/autoscaling.ts';
import { page } from '../paging.ts';
import { invalidToken, objectNotFound, validation } from './failures.ts';
import { asNamed, checkNamespace, registeredTarget } from './resource.ts';
import { readSchedule } from './schedule.ts';

export function putScheduledAction(core: Core, input: PutScheduledActionRequest, { now }: RequestContext) {
  const { resourceId } = registeredTarget(core, input, 'registered');
  const name = input.ScheduledActionName ?? '';
  const key = onResource(resourceId, name);
  const before = core.tables.scheduledActions.get(key);
  const schedule = input.Schedule ?? before?.schedule;
  if (schedule === undefined) throw validation('You must specify a Schedule.');
  const timezone = input.Timezone ?? before?.timezone ?? null;
  readSchedule(schedule, timezone);
  const row: ScheduledActionRow = {
    arn: before?.arn ?? newArn(core, resourceId, name),
    name,
    resourceId,
    schedule,
    timezone,
    startAt: input.StartTime?.getTime() ?? before?.startAt ?? null,
    endAt: input.EndTime?.getTime() ?? before?.endAt ?? null,
    minCapacity: input.ScalableTargetAction?.MinCapacity ?? before?.minCapacity ?? null,
    maxCapacity: input.ScalableTargetAction?.MaxCapacity ?? before?.maxCapacity ?? null,
    createdAt: before?.createdAt ?? now,
    doneAt: before === undefined || before.schedule !== schedule ? now : before.doneAt,
  };
  core.tables.scheduledActions.put(key, row);
  return {};
}

const newArn = (core: Core, resourceId: string, name: string): string => {
  const { region, accountId } = core.account;
  return `arn:aws:autoscaling:${region}:${accountId}:scheduledAction:${core.ids.uuid()}:resource/ecs/${resourceId}:scheduledActionName/${name}`;
};

export function describeScheduledActions(core: Core, input: DescribeScheduledActionsRequest) {
  checkNamespace(input);
  const rows = [...core.tables.scheduledActions.all()]
    .filter((row) => input.ResourceId === undefined || row.resourceId === input.ResourceId)
    .filter(
      (row) => input.ScheduledActionNames === undefined || input.ScheduledActionNames.includes(row.name),
    );
  const { items, nextToken } = page(rows, input.NextToken, input.MaxResults ?? 50, invalidToken);
  return {
    ScheduledActions: items.map((row): ScheduledAction => ({
      ...asNamed(row.resourceId),
      ScheduledActionName: row.name,
      ScheduledActionARN: row.arn,
      Schedule: row.schedule,
      ...(row.timezone === null ? {} : { Timezone: row.timezone }),
      ...(row.startAt === null ? {} : { StartTime: new Date(row.startAt) }),
      ...(row.endAt === null ? {} : { EndTime: new Date(row.endAt) }),
      ScalableTargetAction: {
        ...(row.minCapacity === null ? {} : { MinCapacity: row.minCapacity }),
        ...(row.maxCapacity === null ? {} : { MaxCapacity: row.maxCapacity }),
      },
      CreationTime: new Date(row.createdAt),
    })),
    NextToken: nextToken,
  };
}

export function deleteScheduledAction(core: Core, input: DeleteScheduledActionRequest) {
  checkNamespace(input);
  const key = onResource(input.ResourceId ?? '', input.ScheduledActionName ?? '');
  if (core.tables.scheduledActions.get(key) === undefined) {
    throw objectNotFound(
      `No scheduled action found for service namespace: ecs, resource ID: ${input.ResourceId}, scalable dimension: ecs:service:DesiredCount, scheduled action name: ${input.ScheduledActionName}`,
    );
  }
  core.tables.scheduledActions.delete(key);
  return {};
}
