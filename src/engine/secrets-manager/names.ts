import type { Core } from '../core.ts';
import { isArn } from '../model/arn.ts';
import type { SecretRow } from '../model/secrets.ts';
import { invalidRequest, notFound, validation } from './failures.ts';

export function checkName(name: string): void {
  if (!/^[a-zA-Z0-9/_+=.@!-]{1,512}$/.test(name)) {
    throw validation(
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
  }
}

/**
 * By name, by ARN, or by an ARN without its six random characters. What ends in a hyphen and six characters is taken for a
 * whole ARN, as AWS takes it: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
export function findSecret(core: Core, id: string, now: number): SecretRow | undefined {
  const row = core.tables.secrets.get(isArn(id) ? nameInArn(core, id) : id);
  if (row === undefined || isGone(row, now)) return undefined;
  return isArn(id) && endsAsArn(id) && row.arn !== id ? undefined : row;
}

/** Also one that is marked for deletion. */
export function existingSecret(core: Core, id: string, now: number): SecretRow {
  const row = findSecret(core, id, now);
  if (row === undefined) throw notFound();
  return row;
}

export function livingSecret(core: Core, id: string, now: number): SecretRow {
  const row = existingSecret(core, id, now);
  if (row.deletedAt !== null) {
    throw invalidRequest(
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }
  return row;
}

export const isGone = (row: SecretRow, now: number): boolean =>
  row.deletedAt !== null && row.deletedAt <= now;

export function forgetSecret(core: Core, row: SecretRow): void {
  core.tables.secrets.delete(row.name);
  core.tables.tags.delete(row.arn);
}

/** What waited out its recovery window is removed, value and all. */
export function forgetGone(core: Core, now: number): void {
  for (const row of core.tables.secrets.all()) if (isGone(row, now)) forgetSecret(core, row);
}

const endsAsArn = (arn: string): boolean => /-[A-Za-z0-9]{6}$/.test(arn);

function nameInArn(core: Core, arn: string): string {
  const { region, accountId } = core.account;
  const prefix = `arn:aws:secretsmanager:${region}:${accountId}:secret:`;
  if (!arn.startsWith(prefix)) return '';
  return arn.slice(prefix.length, endsAsArn(arn) ? -7 : undefined);
}
