import type {
  ListTagsForResourceRequest,
  Tag,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import { clientException, invalidParameter } from './failures.ts';

export const tagsOf = (core: Core, arn: string): Tag[] => [...(core.tables.tags.get(arn) ?? [])];

/** Later tags replace earlier ones of the same key. */
export function merged(before: readonly Tag[], added: readonly Tag[]): Tag[] {
  const byKey = new Map(before.map((tag) => [tag.key, tag]));
  for (const tag of added) byKey.set(tag.key, tag);
  return [...byKey.values()];
}

export function tagResource(core: Core, input: TagResourceRequest) {
  const arn = existing(core, input.resourceArn);
  const tags = merged(tagsOf(core, arn), input.tags ?? []);
  if (tags.length > 50) throw clientException('The maximum number of tags per resource is 50.');
  core.tables.tags.put(arn, tags);
  return {};
}

export function untagResource(core: Core, input: UntagResourceRequest) {
  const arn = existing(core, input.resourceArn);
  core.tables.tags.put(
    arn,
    tagsOf(core, arn).filter((tag) => tag.key === undefined || !(input.tagKeys ?? []).includes(tag.key)),
  );
  return {};
}

export function listTagsForResource(core: Core, input: ListTagsForResourceRequest) {
  return { tags: tagsOf(core, existing(core, input.resourceArn)) };
}

function existing(core: Core, arn: string | undefined): string {
  const { clusters, services, taskDefinitions, tasks } = core.tables;
  if (arn === undefined || !arn.startsWith('arn:aws:ecs:')) throw invalidParameter('Invalid ARN.');
  const found = [clusters, services, taskDefinitions, tasks].some((table) => table.get(arn) !== undefined);
  if (!found) throw invalidParameter('The specified resource was not found.');
  return arn;
}
