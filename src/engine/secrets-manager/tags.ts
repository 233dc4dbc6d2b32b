import type { Tag, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-secrets-manager';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { invalidParameter } from './failures.ts';
import { livingSecret } from './names.ts';

const mostTags = 50;

export const tagsOf = (core: Core, arn: string): Tag[] =>
  (core.tables.tags.get(arn) ?? []).map((tag) => ({ Key: tag.key, Value: tag.value }));

/** Adds tags; a later one replaces an earlier one of the same key. */
export function putTags(core: Core, arn: string, added: readonly Tag[]): void {
  if (added.length === 0) return;
  const tags = new Map((core.tables.tags.get(arn) ?? []).map((tag) => [tag.key, tag]));
  for (const { Key: key = '', Value: value = '' } of added) {
    if (key.startsWith('aws:')) throw invalidParameter('Tag keys that begin with aws: are reserved.');
    tags.set(key, { key, value });
  }
  if (tags.size > mostTags) throw invalidParameter(`A secret can have at most ${mostTags} tags.`);
  core.tables.tags.put(arn, [...tags.values()]);
}

export function tagResource(core: Core, input: TagResourceRequest, { now }: RequestContext) {
  putTags(core, livingSecret(core, input.SecretId ?? '', now).arn, input.Tags ?? []);
  return {};
}

export function untagResource(core: Core, input: UntagResourceRequest, { now }: RequestContext) {
  const { arn } = livingSecret(core, input.SecretId ?? '', now);
  const removed = new Set<string | undefined>(input.TagKeys);
  const left = (core.tables.tags.get(arn) ?? []).filter((tag) => !removed.has(tag.key));
  if (left.length === 0) core.tables.tags.delete(arn);
  else core.tables.tags.put(arn, left);
  return {};
}
