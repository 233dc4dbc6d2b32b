import type {
  ListTagsForResourceRequest,
  ListTagsLogGroupRequest,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Core } from '../core.ts';
import type { LogGroupRow } from '../model/logs.ts';
import { existingGroup, groupName, invalid } from './names.ts';

/** Tags are on the group's ARN without the `:*` that stands for its streams. */
export const tagsArn = (group: LogGroupRow): string => group.arn.replace(/:\*$/, '');

type Tags = Readonly<Record<string, string>>;

function tagsOf(core: Core, group: LogGroupRow): Record<string, string> {
  const tags = core.tables.tags.get(tagsArn(group)) ?? [];
  return Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]));
}

export function putTags(core: Core, group: LogGroupRow, added: Tags): void {
  store(core, group, { ...tagsOf(core, group), ...added });
}

function removeTags(core: Core, group: LogGroupRow, keys: readonly string[]): void {
  const left = Object.entries(tagsOf(core, group)).filter(([key]) => !keys.includes(key));
  store(core, group, Object.fromEntries(left));
}

function store(core: Core, group: LogGroupRow, tags: Tags): void {
  const all = Object.entries(tags).map(([key, value]) => ({ key, value }));
  if (all.length > 50) throw invalid('A log group can have at most 50 tags.');
  if (all.length === 0) core.tables.tags.delete(tagsArn(group));
  else core.tables.tags.put(tagsArn(group), all);
}

function byArn(core: Core, arn: string | undefined): LogGroupRow {
  if (arn?.includes(':log-group:') !== true) throw invalid('The ARN must be that of a log group.');
  return existingGroup(core, groupName(arn));
}

export function tagResource(core: Core, input: TagResourceRequest) {
  putTags(core, byArn(core, input.resourceArn), input.tags ?? {});
  return {};
}

export function untagResource(core: Core, input: UntagResourceRequest) {
  removeTags(core, byArn(core, input.resourceArn), input.tagKeys ?? []);
  return {};
}

export function listTagsForResource(core: Core, input: ListTagsForResourceRequest) {
  return { tags: tagsOf(core, byArn(core, input.resourceArn)) };
}

export function tagLogGroup(core: Core, input: TagLogGroupRequest) {
  putTags(core, existingGroup(core, input.logGroupName ?? ''), input.tags ?? {});
  return {};
}

export function untagLogGroup(core: Core, input: UntagLogGroupRequest) {
  removeTags(core, existingGroup(core, input.logGroupName ?? ''), input.tags ?? []);
  return {};
}

export function listTagsLogGroup(core: Core, input: ListTagsLogGroupRequest) {
  return { tags: tagsOf(core, existingGroup(core, input.logGroupName ?? '')) };
}
