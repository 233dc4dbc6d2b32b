import type {
  AddTagsToResourceRequest,
  ListTagsForResourceRequest,
  RemoveTagsFromResourceRequest,
} from '@aws-sdk/client-ssm';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { parameterArn } from '../model/arn.ts';
import { findParameter } from './find.ts';

const mostTags = 50;

export function addTagsToResource(core: Core, input: AddTagsToResourceRequest) {
  const arn = taggable(core, input.ResourceType, input.ResourceId);
  const tags = new Map((core.tables.tags.get(arn) ?? []).map((tag) => [tag.key, tag]));
  for (const { Key: key, Value: value } of input.Tags ?? []) tags.set(key, { key, value });
  if (tags.size > mostTags) {
    throw new ApiError('TooManyTagsError', `A parameter can have at most ${mostTags} tags.`);
  }
  core.tables.tags.put(arn, [...tags.values()]);
  return {};
}

export function removeTagsFromResource(core: Core, input: RemoveTagsFromResourceRequest) {
  const arn = taggable(core, input.ResourceType, input.ResourceId);
  const removed = new Set<string | undefined>(input.TagKeys);
  const left = (core.tables.tags.get(arn) ?? []).filter((tag) => !removed.has(tag.key));
  if (left.length === 0) core.tables.tags.delete(arn);
  else core.tables.tags.put(arn, left);
  return {};
}

export function listTagsForResource(core: Core, input: ListTagsForResourceRequest) {
  const tags = core.tables.tags.get(taggable(core, input.ResourceType, input.ResourceId)) ?? [];
  return { TagList: tags.map((tag) => ({ Key: tag.key, Value: tag.value })) };
}

function taggable(core: Core, type: string | undefined, id = ''): string {
  if (type !== 'Parameter')
    throw new ApiError('InvalidResourceType', `This engine has no resources of type ${type}.`);
  const row = findParameter(core, id);
  if (row === undefined) {
    throw new ApiError(
      'InvalidResourceId',
      `The resource ID "${id}" is not valid. Verify the ID and try again.`,
    );
  }
  return parameterArn(core.account, row.name);
}
