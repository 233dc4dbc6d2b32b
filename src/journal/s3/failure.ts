import { Refusal, type Problem } from '../../refusal.ts';

/** Where a call went, for people. */
export interface Asked {
  readonly bucket: string;
  /** `s3://deployments/shop/production`. */
  readonly place: string;
}

/** Another write was there first, or is just in the way; or what should have been there is not. */
export function isConflict(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || status === 409 || nameOf(error) === 'NoSuchKey';
}

export function isMissing(error: unknown): boolean {
  return nameOf(error) === 'NoSuchKey';
}

/**
 * What S3 says no to, or that it does not answer, as what a user can mend; anything else as it is. What was sent is never
 * in it, only what S3 says of it.
 */
export function refusalOf(error: unknown, asked: Asked): unknown {
  if (!(error instanceof Error) || error instanceof Refusal) return error;
  const problem = problemOf(error, asked);
  return problem === null ? error : new Refusal(problem, { cause: error });
}

function problemOf(error: Error, { bucket, place: where }: Asked): Problem | null {
  const name = nameOf(error) ?? '';
  const status = statusOf(error);
  const says = `S3 says ${name}: ${error.message}`;
  if (name === 'NoSuchBucket')
    return {
      code: 'journal-bucket-missing',
      what: `there is no bucket ${bucket} to keep the journal in`,
      where,
      why: 'the credentials that are used, or the endpoint, know none of that name',
      next: `make it (\`aws s3 mb s3://${bucket}\`), or name another with \`journal\` in fairway.config.ts`,
    };
  if (credentialNames.includes(name))
    return {
      code: 'aws-credentials',
      what: 'the AWS credentials do not open the journal',
      where,
      why: name.endsWith('ProviderError') ? error.message : says,
      next: 'sign in anew (`aws sso login`, or what you use); `aws sts get-caller-identity` shows who you are then',
    };
  if (name === 'RequestTimeTooSkewed')
    return {
      code: 'clock-wrong',
      what: 'the clock of this machine is wrong by more than S3 takes a signature from',
      where,
      why: says,
      next: 'set the clock, and try again',
    };
  if (status === 403 || name === 'AccessDenied')
    return {
      code: 'journal-access-denied',
      what: 'S3 does not let these credentials use the journal',
      where,
      why: says,
      next: `allow s3:GetObject and s3:PutObject on arn:aws:s3:::${bucket}/* and s3:ListBucket on arn:aws:s3:::${bucket}, and its KMS key where it has one`,
    };
  if (regionNames.includes(name) || status === 301)
    return {
      code: 'journal-wrong-region',
      what: `the bucket ${bucket} is in another region than it was asked for in`,
      where,
      why: says,
      next: `set AWS_REGION to its region: \`aws s3api get-bucket-location --bucket ${bucket}\``,
    };
  if (error.message === 'Region is missing')
    return {
      code: 'region-missing',
      what: 'it is not said in which AWS region the journal is',
      where,
      next: 'set AWS_REGION, or `region` of your AWS profile',
    };
  if (isAway(error, name, status))
    return {
      code: 'journal-unreachable',
      what: `the journal in S3 cannot be reached: ${error.message || name}`,
      where,
      why: unwritten,
      next: 'try again once S3 can be reached; `fairway resume` ends what was begun',
    };
  if (status >= 400)
    return {
      code: 'journal-refused',
      what: 'S3 refuses what the journal asks of it',
      where,
      why: says,
      next: 'see what AWS says about it, or name another place with `journal` in fairway.config.ts',
    };
  return null;
}

const unwritten = 'an act that is not in the journal could not be undone after a crash, so it is not done';

const credentialNames = [
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidToken',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
];

const regionNames = [
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'IncorrectEndpoint',
];

/** Nobody answered, or not now. */
function isAway(error: Error, name: string, status: number): boolean {
  if ((status >= 500 && status !== 501) || status === 429) return true;
  if (['TimeoutError', 'AbortError', 'SlowDown', 'Throttling', 'RequestTimeout'].includes(name)) return true;
  return 'code' in error && typeof error.code === 'string' && connectionCodes.test(error.code);
}

/** Of a connection that broke or never was, or whose certificate is not trusted. */
const connectionCodes =
  /^(ECONN|EPIPE|EPROTO|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ERR_(TLS|SSL)|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;

function nameOf(error: unknown): string | null {
  return error instanceof Error ? error.name : null;
}

/** 0 where nobody answered. */
function statusOf(error: unknown): number {
  if (!(error instanceof Error) || !('$metadata' in error)) return 0;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return 0;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : 0;
}

/** What stands there is no journal of ours. */
export function damaged(where: string, what: string): Refusal {
  return new Refusal({
    code: 'journal-damaged',
    what: `${what} is damaged`,
    where,
    why: 'S3 keeps an object whole or not at all: something else wrote to it',
    next: 'restore the object from an earlier version or a backup, or move it away to go on without what it holds',
  });
}

export function laterVersion(where: string): Refusal {
  return new Refusal({
    code: 'journal-of-later-version',
    what: 'a later version of Fairway writes this journal',
    where,
    why: 'this version does not understand all that stands in it',
    next: 'use the version of Fairway that the others use',
  });
}

export function inTheWay(where: string, tries: number): Refusal {
  return new Refusal({
    code: 'journal-unreachable',
    what: `S3 kept answering that another write to the journal is in the way, ${tries} times`,
    where,
    why: unwritten,
    next: 'try again; `fairway resume` ends what was begun',
  });
}
