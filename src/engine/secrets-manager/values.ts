import type {
  BatchGetSecretValueRequest,
  GetSecretValueRequest,
  GetSecretValueResponse,
} from '@aws-sdk/client-secrets-manager';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import type { SecretRow, SecretVersion } from '../model/secrets.ts';
import { page } from '../paging.ts';
import { invalidParameter, invalidRequest, invalidToken, notFound } from './failures.ts';
import { matching } from './filters.ts';
import { livingSecret } from './names.ts';
import { current, valueOf } from './versions.ts';

const dayMs = 86_400_000;

export function getSecretValue(core: Core, input: GetSecretValueRequest, context: RequestContext) {
  return readSecret(core, input, context.now);
}

/** Reads one version of a secret, and writes down the day. */
function readSecret(core: Core, input: GetSecretValueRequest, now: number): GetSecretValueResponse {
  const { row, version, value } = secretValue(core, input, now);
  accessed(core, row, version, now);
  return {
    ARN: row.arn,
    Name: row.name,
    VersionId: version.id,
    ...(value.kind === 'string' ? { SecretString: value.text } : { SecretBinary: value.bytes }),
    VersionStages: [...version.stages],
    CreatedDate: new Date(version.createdAt),
  };
}

/** One version of a secret, opened; writes nothing. Throws what GetSecretValue throws. */
export function secretValue(core: Core, input: GetSecretValueRequest, now: number) {
  const row = livingSecret(core, input.SecretId ?? '', now);
  const version = wantedVersion(row, input);
  return { row, version, value: valueOf(core, version) };
}

function wantedVersion(row: SecretRow, { VersionId: id, VersionStage: stage }: GetSecretValueRequest) {
  if (id === undefined) {
    const label = stage ?? current;
    const found = row.versions.find((version) => version.stages.includes(label));
    if (found === undefined) throw notFound(`the specified secret value for staging label: ${label}`);
    return found;
  }
  const found = row.versions.find((version) => version.id === id);
  if (found === undefined) throw notFound(`the specified secret value for VersionId: ${id}`);
  if (stage !== undefined && !found.stages.includes(stage))
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  return found;
}

function accessed(core: Core, row: SecretRow, version: SecretVersion, now: number): void {
  const today = now - (now % dayMs);
  if (version.accessedAt === today) return;
  core.tables.secrets.put(row.name, {
    ...row,
    versions: row.versions.map((each) => (each === version ? { ...each, accessedAt: today } : each)),
  });
}

export function batchGetSecretValue(core: Core, input: BatchGetSecretValueRequest, context: RequestContext) {
  const ids = input.SecretIdList ?? [];
  const filters = input.Filters ?? [];
  if ((ids.length === 0) === (filters.length === 0))
    throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  if (ids.length > 0 && input.MaxResults !== undefined)
    throw invalidParameter(
      "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    );
  const found =
    ids.length > 0
      ? ids
      : matching(core, filters)
          .filter((row) => row.deletedAt === null)
          .map((row) => row.arn);
  const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 20, invalidToken);
  const SecretValues: GetSecretValueResponse[] = [];
  const Errors: { SecretId: string; ErrorCode: string; Message: string }[] = [];
  for (const id of items) {
    try {
      SecretValues.push(readSecret(core, { SecretId: id }, context.now));
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      Errors.push({ SecretId: id, ErrorCode: failure.code, Message: failure.message });
    }
  }
  return { SecretValues, Errors, NextToken: nextToken };
}
