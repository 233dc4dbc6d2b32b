import {
  ParametersFilterKey,
  ParameterTier,
  ParameterType,
  ResourceTypeForTagging,
} from '@aws-sdk/client-ssm';
import type { EnumMembers } from '../shape.ts';

/** The members of inputs that have a fixed set of values, by structure. A test holds this against the SDK's types. */
export const ssmEnums: EnumMembers = {
  PutParameterRequest: { Type: ParameterType, Tier: ParameterTier },
  ParametersFilter: { Key: ParametersFilterKey },
  AddTagsToResourceRequest: { ResourceType: ResourceTypeForTagging },
  RemoveTagsFromResourceRequest: { ResourceType: ResourceTypeForTagging },
  ListTagsForResourceRequest: { ResourceType: ResourceTypeForTagging },
};
