import type {
  ListTagsForResourceRequest,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-application-auto-scaling';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';

const mostTags = 50;

export function putTags(core: Core, arn: string, added: Readonly<Record<string, string>>): void {
  const before = core.tables.tags.get(arn) ?? [];
  const tags = new Map([
    ...before.map((tag) => [tag.key ?? '', tag.value ?? ''] as const),
    ...Object.entries(added),
  ]);
  if (tags.size === 0) return;
  if (tags.size > mostTags)
    throw new ApiError('TooManyTagsException', `A scalable target can have at most ${mostTags} tags.`);
  core.tables.tags.put(
    arn,
    Array.from(tags, ([key, value]) => ({ key, value })),
  );
}

export function tagResource(core: Core, input: TagResourceRequest) {
  putTags(core, existing(core, input.ResourceARN), input.Tags ?? {});
  return {};
}

export function untagResource(core: Core, input: UntagResourceRequest) {
  const arn = existing(core, input.ResourceARN);
  const removed = new Set<string | undefined>(input.TagKeys);
  core.tables.tags.put(
    arn,
    (core.tables.tags.get(arn) ?? []).filter((tag) => !removed.has(tag.key)),
  );
  return {};
}

export function listTagsForResource(core: Core, input: ListTagsForResourceRequest) {
  const tags = core.tables.tags.get(existing(core, input.ResourceARN)) ?? [];
  return { Tags: Object.fromEntries(tags.map((tag) => [tag.key ?? '', tag.value ?? ''])) };
}

function existing(core: Core, arn = ''): string {
  for (const target of core.tables.scalableTargets.all()) if (target.arn === arn) return arn;
  throw new ApiError('ResourceNotFoundException', `There is no resource with the ARN ${arn}.`, {
    fields: { ResourceName: arn },
  });
}
