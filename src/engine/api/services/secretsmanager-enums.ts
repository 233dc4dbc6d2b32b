import { FilterNameStringType, SortByType, SortOrderType } from '@aws-sdk/client-secrets-manager';
import type { EnumMembers } from '../shape.ts';

/** The members of inputs that have a fixed set of values, by structure. A test holds this against the SDK's types. */
export const secretsManagerEnums: EnumMembers = {
  Filter: { Key: FilterNameStringType },
  ListSecretsRequest: { SortOrder: SortOrderType, SortBy: SortByType },
};
