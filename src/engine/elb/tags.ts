import type {
  AddTagsInput,
  DescribeTagsInput,
  RemoveTagsInput,
  Tag,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Core } from '../core.ts';
import { merged } from '../ecs/tags.ts';
import { listenerNotFound, loadBalancerNotFound, ruleNotFound, targetGroupNotFound } from './failures.ts';

export function storeTags(core: Core, arn: string, tags: readonly Tag[] | undefined): void {
  if (tags === undefined || tags.length === 0) return;
  const added = tags.map((tag) => ({ key: tag.Key, value: tag.Value ?? '' }));
  core.tables.tags.put(arn, merged(core.tables.tags.get(arn) ?? [], added));
}

export function addTags(core: Core, input: AddTagsInput) {
  for (const arn of input.ResourceArns ?? []) {
    mustExist(core, arn);
    storeTags(core, arn, input.Tags);
  }
  return {};
}

export function removeTags(core: Core, input: RemoveTagsInput) {
  for (const arn of input.ResourceArns ?? []) {
    mustExist(core, arn);
    const kept = (core.tables.tags.get(arn) ?? []).filter(({ key = '' }) => !input.TagKeys?.includes(key));
    core.tables.tags.put(arn, kept);
  }
  return {};
}

export function describeTags(core: Core, input: DescribeTagsInput) {
  const descriptions = (input.ResourceArns ?? []).map((arn) => {
    mustExist(core, arn);
    return {
      ResourceArn: arn,
      Tags: (core.tables.tags.get(arn) ?? []).map((tag) => ({ Key: tag.key, Value: tag.value })),
    };
  });
  return { TagDescriptions: descriptions };
}

function mustExist(core: Core, arn: string): void {
  const { loadBalancers, listeners, rules, targetGroups } = core.tables;
  if (arn.includes(':targetgroup/')) {
    if (targetGroups.get(arn) === undefined) throw targetGroupNotFound(arn);
  } else if (arn.includes(':listener/')) {
    if (listeners.get(arn) === undefined) throw listenerNotFound(arn);
  } else if (arn.includes(':listener-rule/')) {
    if (rules.get(arn) === undefined) throw ruleNotFound(arn);
  } else if (loadBalancers.get(arn) === undefined) throw loadBalancerNotFound(arn);
}
