import type {
  DeleteRetentionPolicyRequest,
  PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Core } from '../core.ts';
import { streamKey } from '../model/logs.ts';
import { existingGroup, groupName, invalid } from './names.ts';

const allowedDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export function putRetentionPolicy(core: Core, input: PutRetentionPolicyRequest) {
  const group = existingGroup(core, groupName(input.logGroupName));
  const days = input.retentionInDays ?? 0;
  if (!allowedDays.includes(days))
    throw invalid(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${allowedDays.join(', ')}]`,
    );
  core.tables.logGroups.put(group.name, { ...group, retentionInDays: days });
  return {};
}

export function deleteRetentionPolicy(core: Core, input: DeleteRetentionPolicyRequest) {
  const { retentionInDays: _, ...group } = existingGroup(core, groupName(input.logGroupName));
  core.tables.logGroups.put(group.name, group);
  return {};
}

/** A day of the engine: as long as 1440 of its minutes. */
export const dayMs = (core: Core): number => 1440 * core.settings.minuteMs;

/** Events of a group that are older than this are not told of any more. */
export function horizon(core: Core, group: string, now: number): number {
  const days = core.tables.logGroups.get(group)?.retentionInDays;
  return days === undefined ? 0 : now - days * dayMs(core);
}

/** What clients put and no group keeps any longer; a task's log goes by its own size and with its task. */
export function forgetExpiredEvents(core: Core, now: number): void {
  for (const group of core.tables.logGroups.all()) {
    if (group.retentionInDays === undefined) continue;
    for (const stream of core.tables.logStreams.in(group.name))
      if (stream.runtimeId === null)
        core.telemetry.events.forget(streamKey(group.name, stream.name), horizon(core, group.name, now));
  }
}
