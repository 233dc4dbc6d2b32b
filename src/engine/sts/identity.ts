import { createHash } from 'node:crypto';
import type { AssumeRoleRequest, GetSessionTokenRequest } from '@aws-sdk/client-sts';
import { ApiError } from '../api/operations.ts';
import type { Caller, RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { base32, newSession } from './session.ts';
import type { SessionWithToken } from './session.ts';

const validation = (message: string): ApiError => new ApiError('ValidationError', message);

export async function getCallerIdentity(core: Core, { caller }: RequestContext) {
  const { accountId } = core.account;
  return {
    UserId: caller?.userId ?? accountId,
    Account: accountId,
    Arn: caller?.arn ?? `arn:aws:iam::${accountId}:root`,
  };
}

/** There are no roles here to look up: whoever may ask the engine may be any role of its account. */
export async function assumeRole(core: Core, input: AssumeRoleRequest, { now, caller }: RequestContext) {
  const { RoleArn: arn = '', RoleSessionName: name = '' } = input;
  const role = /^arn:aws:iam::(\d{12}):role\/(?:[!-~]+\/)?([\w+=,.@-]{1,64})$/.exec(arn);
  if (role === null) throw validation(`${arn} is invalid`);
  const [, account = '', roleName = ''] = role;
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
    throw validation(
      `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  }
  if (account !== core.account.accountId) {
    throw new ApiError(
      'AccessDenied',
      `User: ${caller?.arn ?? `arn:aws:iam::${core.account.accountId}:root`} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      { status: 403 },
    );
  }
  const seconds = duration(input.DurationSeconds, 3600, 43_200);
  if (caller !== undefined && seconds > 3600) {
    throw validation(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  const assumed: Caller = {
    arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${name}`,
    userId: `${roleId(arn)}:${name}`,
  };
  const session = newSession(core.vault, assumed, now + seconds * 1000);
  return {
    Credentials: credentials(session),
    AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
    ...(input.SourceIdentity === undefined ? {} : { SourceIdentity: input.SourceIdentity }),
  };
}

export async function getSessionToken(
  core: Core,
  input: GetSessionTokenRequest,
  { now, caller }: RequestContext,
) {
  if (caller !== undefined) {
    throw new ApiError('AccessDenied', 'Cannot call GetSessionToken with session credentials', {
      status: 403,
    });
  }
  const seconds = duration(input.DurationSeconds, 43_200, 129_600);
  return { Credentials: credentials(newSession(core.vault, null, now + seconds * 1000)) };
}

const credentials = (session: SessionWithToken) => ({
  AccessKeyId: session.accessKeyId,
  SecretAccessKey: session.secretAccessKey,
  SessionToken: session.token,
  Expiration: new Date(session.expiresAt),
});

function duration(asked: number | undefined, usual: number, most: number): number {
  const seconds = asked ?? usual;
  const problem = (bound: string): ApiError =>
    validation(
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${bound}`,
    );
  if (seconds < 900) throw problem('greater than or equal to 900');
  if (seconds > most) throw problem(`less than or equal to ${most}`);
  return seconds;
}

/** A role's id is not its name; here it follows from the ARN, so that it stays the same. */
const roleId = (arn: string): string =>
  `AROA${base32(createHash('sha256').update(arn).digest().subarray(0, 17))}`;
