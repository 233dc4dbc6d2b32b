import type {
  DescribeSecretRequest,
  ListSecretsRequest,
  ListSecretVersionIdsRequest,
  SecretListEntry,
} from '@aws-sdk/client-secrets-manager';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import type { SecretRow } from '../model/secrets.ts';
import { page } from '../paging.ts';
import { invalidToken } from './failures.ts';
import { matching } from './filters.ts';
import { existingSecret, forgetGone } from './names.ts';
import { tagsOf } from './tags.ts';
import { stagesById } from './versions.ts';

export function describeSecret(core: Core, input: DescribeSecretRequest, { now }: RequestContext) {
  const row = existingSecret(core, input.SecretId ?? '', now);
  const tags = tagsOf(core, row.arn);
  return {
    ...about(row),
    VersionIdsToStages: stagesById(row),
    ...(tags.length === 0 ? {} : { Tags: tags }),
  };
}

export function listSecrets(core: Core, input: ListSecretsRequest, { now }: RequestContext) {
  forgetGone(core, now);
  const rows = matching(core, input.Filters ?? [])
    .filter((row) => input.IncludePlannedDeletion === true || row.deletedAt === null)
    .sort((a, b) => order(input.SortBy ?? 'created-date', a, b));
  if (input.SortOrder === 'desc') rows.reverse();
  const { items, nextToken } = page(rows, input.NextToken, input.MaxResults ?? 100, invalidToken);
  return {
    SecretList: items.map((row): SecretListEntry => ({
      ...about(row),
      SecretVersionsToStages: stagesById(row),
      Tags: tagsOf(core, row.arn),
    })),
    NextToken: nextToken,
  };
}

function order(by: NonNullable<ListSecretsRequest['SortBy']>, a: SecretRow, b: SecretRow): number {
  switch (by) {
    case 'created-date':
      return a.createdAt - b.createdAt;
    case 'last-changed-date':
      return a.changedAt - b.changedAt;
    case 'last-accessed-date':
      return (accessedAt(a) ?? 0) - (accessedAt(b) ?? 0);
    case 'name':
      return a.name < b.name ? -1 : 1;
  }
}

export function listSecretVersionIds(
  core: Core,
  input: ListSecretVersionIdsRequest,
  { now }: RequestContext,
) {
  const row = existingSecret(core, input.SecretId ?? '', now);
  const versions = row.versions
    .filter((version) => input.IncludeDeprecated === true || version.stages.length > 0)
    .toReversed();
  const { items, nextToken } = page(versions, input.NextToken, input.MaxResults ?? 100, invalidToken);
  return {
    ARN: row.arn,
    Name: row.name,
    Versions: items.map((version) => ({
      VersionId: version.id,
      VersionStages: [...version.stages],
      CreatedDate: new Date(version.createdAt),
      ...(version.accessedAt === null ? {} : { LastAccessedDate: new Date(version.accessedAt) }),
      KmsKeyIds: [row.kmsKeyId ?? 'DefaultEncryptionKey'],
    })),
    NextToken: nextToken,
  };
}

function about(row: SecretRow) {
  const accessed = accessedAt(row);
  return {
    ARN: row.arn,
    Name: row.name,
    ...(row.description === null ? {} : { Description: row.description }),
    ...(row.kmsKeyId === null ? {} : { KmsKeyId: row.kmsKeyId }),
    CreatedDate: new Date(row.createdAt),
    LastChangedDate: new Date(row.changedAt),
    ...(accessed === null ? {} : { LastAccessedDate: new Date(accessed) }),
    ...(row.deletedAt === null ? {} : { DeletedDate: new Date(row.deletedAt) }),
  };
}

function accessedAt(row: SecretRow): number | null {
  const times = row.versions.flatMap((version) => (version.accessedAt === null ? [] : [version.accessedAt]));
  return times.length === 0 ? null : Math.max(...times);
}
