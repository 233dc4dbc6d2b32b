import type {
  ListTagsForResourceInput,
  Tag,
  TagResourceInput,
  UntagResourceInput,
} from '@aws-sdk/client-cloudwatch';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';

export function storeTags(core: Core, arn: string, added: readonly Tag[]): void {
  const tags = new Map((core.tables.tags.get(arn) ?? []).map(({ key, value }) => [key, value]));
  for (const { Key, Value } of added) tags.set(Key, Value);
  if (tags.size > 0)
    core.tables.tags.put(
      arn,
      [...tags].map(([key, value]) => ({ key, value })),
    );
}

export function tagResource(core: Core, input: TagResourceInput) {
  storeTags(core, existing(core, input.ResourceARN), input.Tags ?? []);
  return {};
}

export function untagResource(core: Core, input: UntagResourceInput) {
  const arn = existing(core, input.ResourceARN);
  const left = (core.tables.tags.get(arn) ?? []).filter(
    ({ key }) => key === undefined || !(input.TagKeys ?? []).includes(key),
  );
  core.tables.tags.put(arn, left);
  return {};
}

export function listTagsForResource(core: Core, input: ListTagsForResourceInput) {
  const tags = core.tables.tags.get(existing(core, input.ResourceARN)) ?? [];
  return { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
}

/** Alarms have tags here, and nothing else of CloudWatch. */
function existing(core: Core, arn = ''): string {
  const name = /:alarm:(.+)$/.exec(arn)?.[1] ?? '';
  if (core.tables.alarms.get(name)?.arn !== arn)
    throw new ApiError('ResourceNotFoundException', `The resource ${arn} does not exist.`, { status: 404 });
  return arn;
}
