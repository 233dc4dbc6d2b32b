import type {
  CreateSecretRequest,
  DeleteSecretRequest,
  PutSecretValueRequest,
  RestoreSecretRequest,
  UpdateSecretRequest,
  UpdateSecretVersionStageRequest,
} from '@aws-sdk/client-secrets-manager';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { secretArn } from '../model/secrets.ts';
import type { SecretRow } from '../model/secrets.ts';
import { alreadyExists, invalidParameter, invalidRequest, notFound } from './failures.ts';
import { checkName, existingSecret, findSecret, forgetGone, forgetSecret, livingSecret } from './names.ts';
import { putTags } from './tags.ts';
import { current, givenValue, holds, withStage, withVersion } from './versions.ts';
import type { SecretValue } from './versions.ts';

export function createSecret(core: Core, input: CreateSecretRequest, { now }: RequestContext) {
  const name = input.Name ?? '';
  checkName(name);
  forgetGone(core, now);
  const value = givenValue(input);
  const id = versionId(core, input.ClientRequestToken);
  const existing = core.tables.secrets.get(name);
  if (existing !== undefined) return createdBefore(core, existing, id, value);
  const row: SecretRow = {
    name,
    arn: secretArn(core.account, name, core.ids.uuid()),
    description: input.Description ?? null,
    kmsKeyId: input.KmsKeyId ?? null,
    createdAt: now,
    changedAt: now,
    deletedAt: null,
    versions: [],
  };
  putTags(core, row.arn, input.Tags ?? []);
  core.tables.secrets.put(
    name,
    value === null
      ? row
      : { ...row, versions: withVersion(core, row, { id, value, stages: [current] }, now) },
  );
  return { ARN: row.arn, Name: name, ...(value === null ? {} : { VersionId: id }) };
}

/** A client that asks twice with one token is told the same twice. */
function createdBefore(core: Core, row: SecretRow, id: string, value: SecretValue | null) {
  if (row.deletedAt !== null) {
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  const version = row.versions.find((each) => each.id === id);
  if (version === undefined || value === null || !holds(core, version, value))
    throw alreadyExists(`The operation failed because the secret ${row.name} already exists.`);
  return { ARN: row.arn, Name: row.name, VersionId: id };
}

export function putSecretValue(core: Core, input: PutSecretValueRequest, { now }: RequestContext) {
  const row = livingSecret(core, input.SecretId ?? '', now);
  const value = givenValue(input);
  if (value === null) throw invalidRequest('You must provide either SecretString or SecretBinary.');
  if (input.VersionStages?.length === 0)
    throw invalidParameter("The parameter VersionStages can't be empty.");
  const id = versionId(core, input.ClientRequestToken);
  const stages = input.VersionStages ?? [current];
  const changed = added(core, row, id, value, stages, now);
  core.tables.secrets.put(row.name, changed);
  const version = changed.versions.find((each) => each.id === id);
  return { ARN: row.arn, Name: row.name, VersionId: id, VersionStages: [...(version?.stages ?? [])] };
}

export function updateSecret(core: Core, input: UpdateSecretRequest, { now }: RequestContext) {
  const row = livingSecret(core, input.SecretId ?? '', now);
  const value = givenValue(input);
  const described: SecretRow = {
    ...row,
    description: input.Description ?? row.description,
    kmsKeyId: input.KmsKeyId ?? row.kmsKeyId,
    changedAt: now,
  };
  if (value === null) {
    core.tables.secrets.put(row.name, described);
    return { ARN: row.arn, Name: row.name };
  }
  const id = versionId(core, input.ClientRequestToken);
  core.tables.secrets.put(row.name, added(core, described, id, value, [current], now));
  return { ARN: row.arn, Name: row.name, VersionId: id };
}

function added(
  core: Core,
  row: SecretRow,
  id: string,
  value: SecretValue,
  stages: readonly string[],
  now: number,
): SecretRow {
  const before = row.versions.find((version) => version.id === id);
  if (before === undefined)
    return { ...row, changedAt: now, versions: withVersion(core, row, { id, value, stages }, now) };
  if (holds(core, before, value)) return row;
  throw alreadyExists(
    `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${row.arn}.`,
  );
}

export function updateSecretVersionStage(
  core: Core,
  input: UpdateSecretVersionStageRequest,
  { now }: RequestContext,
) {
  const row = livingSecret(core, input.SecretId ?? '', now);
  const stage = input.VersionStage ?? '';
  const { MoveToVersionId: to, RemoveFromVersionId: from } = input;
  const holder = row.versions.find((version) => version.stages.includes(stage))?.id;
  for (const id of [to, from]) {
    if (id !== undefined && !row.versions.some((version) => version.id === id))
      throw notFound(`the specified secret value for VersionId: ${id}`);
  }
  if (from !== undefined && from !== holder)
    throw invalidParameter(
      `The parameter RemoveFromVersionId ${from} does not have the staging label ${stage}.`,
    );
  if (from === undefined && holder !== undefined && holder !== to) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (stage === current && to === undefined)
    throw invalidParameter(
      `You can only move staging label ${current} to a different secret version. It can’t be completely removed.`,
    );
  core.tables.secrets.put(row.name, {
    ...row,
    changedAt: now,
    versions: withStage(row.versions, stage, to ?? null),
  });
  return { ARN: row.arn, Name: row.name };
}

export function deleteSecret(core: Core, input: DeleteSecretRequest, { now }: RequestContext) {
  const { SecretId: id = '', RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force = false } = input;
  if (force && days !== undefined)
    throw invalidParameter(
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  if (days !== undefined && (days < 7 || days > 30))
    throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  const row = findSecret(core, id, now);
  if (row === undefined) {
    // Forced, it is enough that there is none.
    if (!force) throw notFound();
    return { ARN: secretArn(core.account, id, core.ids.uuid()), Name: id, DeletionDate: new Date(now) };
  }
  if (force) {
    forgetSecret(core, row);
    return { ARN: row.arn, Name: row.name, DeletionDate: new Date(now) };
  }
  if (row.deletedAt !== null)
    throw invalidRequest("You tried to perform the operation on a secret that's currently marked deleted.");
  const deletedAt = now + (days ?? 30) * dayInMinutes * core.settings.minuteMs;
  core.tables.secrets.put(row.name, { ...row, deletedAt });
  return { ARN: row.arn, Name: row.name, DeletionDate: new Date(deletedAt) };
}

const dayInMinutes = 24 * 60;

export function restoreSecret(core: Core, input: RestoreSecretRequest, { now }: RequestContext) {
  const row = existingSecret(core, input.SecretId ?? '', now);
  core.tables.secrets.put(row.name, { ...row, deletedAt: null });
  return { ARN: row.arn, Name: row.name };
}

/** SDKs send a token always; it becomes the version's id. */
function versionId(core: Core, token: string | undefined): string {
  if (token !== undefined && (token.length < 32 || token.length > 64))
    throw invalidParameter('ClientRequestToken must be 32-64 characters long.');
  return token ?? core.ids.uuid();
}
