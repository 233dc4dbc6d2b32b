import { timingSafeEqual } from 'node:crypto';
import { parseAuthorization } from '../../api/authorization.ts';
import type { CredentialScope } from '../../api/authorization.ts';
import {
  canonicalQuery,
  canonicalValue,
  encode,
  hmac,
  signingKey,
  stringToSign,
  timeOf,
} from '../../api/canonical.ts';
import { Fault } from '../../api/fault.ts';
import type { Credentials } from '../../api/signature.ts';
import { S3Error } from './failure.ts';
import { headerOf } from './request.ts';
import type { S3Request } from './request.ts';

/** A request that was signed with the key. What of its body was signed is checked as the body is read. */
export interface Signed {
  /** What the client said of the body: a SHA-256 in hex, `UNSIGNED-PAYLOAD` or `STREAMING-…`. */
  readonly payload: string;
  readonly signedAt: string;
  readonly scope: CredentialScope;
  readonly key: Buffer;
  readonly signature: string;
}

const skewMs = 15 * 60_000;
const longestExpiry = 7 * 24 * 3600;

/**
 * Checks Signature Version 4 in the header or, of a presigned URL, in the query. Null for a request that has none.
 * Fails with an `S3Error`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
export function authenticate(request: S3Request, credentials: Credentials, now: number): Signed | null {
  if (request.query.has('X-Amz-Signature') || request.query.has('X-Amz-Algorithm'))
    return presigned(request, credentials, now);
  const authorization = headerOf(request, 'authorization');
  // Version 2, which AWS takes for no bucket made since 2020 either.
  if (authorization?.startsWith('AWS ') === true || request.query.has('AWSAccessKeyId')) {
    throw new S3Error(
      'InvalidRequest',
      {},
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    );
  }
  if (authorization === null) return null;
  return inHeader(request, credentials, now);
}

function inHeader(request: S3Request, credentials: Credentials, now: number): Signed {
  const { accessKeyId, scope, signedHeaders, signature } = parsed(request);
  const signedAt = headerOf(request, 'x-amz-date') ?? '';
  const time = timeOf(signedAt);
  if (Number.isNaN(time))
    throw new S3Error('AccessDenied', {}, 'AWS authentication requires a valid Date or x-amz-date header');
  const payload = headerOf(request, 'x-amz-content-sha256');
  if (payload === null)
    throw new S3Error('InvalidRequest', {}, 'Missing required header for this request: x-amz-content-sha256');
  const signed = { payload, signedAt, scope, signature, signedHeaders, parameters: request.query };
  const result = check(request, signed, accessKeyId, credentials);
  if (Math.abs(now - time) > skewMs) throw new S3Error('RequestTimeTooSkewed');
  return result;
}

function parsed(request: S3Request): ReturnType<typeof parseAuthorization> {
  try {
    return parseAuthorization(headerOf(request, 'authorization') ?? undefined);
  } catch (error) {
    if (error instanceof Fault) throw new S3Error('AuthorizationHeaderMalformed', {}, error.message);
    throw error;
  }
}

function presigned(request: S3Request, credentials: Credentials, now: number): Signed {
  const { query } = request;
  const said = (name: string): string => query.get(`X-Amz-${name}`) ?? '';
  const [accessKeyId = '', date = '', region = '', service = '', end = ''] = said('Credential').split('/');
  const [signedAt, expires] = [said('Date'), Number(said('Expires'))];
  const time = timeOf(signedAt);
  const wellFormed =
    said('Algorithm') === 'AWS4-HMAC-SHA256' &&
    end === 'aws4_request' &&
    signedAt.startsWith(date) &&
    !Number.isNaN(time) &&
    said('Expires') !== '' &&
    Number.isInteger(expires) &&
    expires >= 0 &&
    expires <= longestExpiry;
  if (!wellFormed) throw new S3Error('AuthorizationQueryParametersError');
  const signed = {
    payload: headerOf(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD',
    signedAt,
    scope: { date, region, service },
    signature: said('Signature'),
    signedHeaders: said('SignedHeaders').toLowerCase().split(';'),
    parameters: [...query].filter(([name]) => name !== 'X-Amz-Signature'),
  };
  if (!signed.signedHeaders.includes('host')) throw new S3Error('AuthorizationQueryParametersError');
  const result = check(request, signed, accessKeyId, credentials);
  if (now > time + expires * 1000) throw new S3Error('AccessDenied', {}, 'Request has expired');
  if (time > now + skewMs) throw new S3Error('AccessDenied', {}, 'Request is not valid yet');
  return result;
}

interface Claim extends Omit<Signed, 'key'> {
  readonly signedHeaders: readonly string[];
  readonly parameters: Iterable<readonly [string, string]>;
}

function check(request: S3Request, claim: Claim, accessKeyId: string, credentials: Credentials): Signed {
  if (accessKeyId !== credentials.accessKeyId)
    throw new S3Error('InvalidAccessKeyId', { AWSAccessKeyId: accessKeyId });
  // All that S3 goes by has to be signed: what is not could be changed on the way.
  const must = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = must.filter((name) => !claim.signedHeaders.includes(name));
  if (unsigned.length > 0)
    throw new S3Error(
      'AccessDenied',
      { HeadersNotSigned: unsigned.join(', ') },
      'There were headers present in the request which were not signed',
    );
  const { payload, signedAt, scope, signature } = claim;
  const toSign = stringToSign(
    {
      method: request.method,
      path: canonicalPath(request.path),
      query: canonicalQuery(claim.parameters),
      headers: claim.signedHeaders.map((name) => [name, canonicalValue(request.headers[name] ?? [])]),
      payload,
    },
    signedAt,
    scope,
  );
  const key = signingKey(credentials.secretAccessKey, scope);
  const expected = hmac(key, toSign);
  const given = Buffer.from(signature, 'hex');
  if (
    given.length !== expected.length ||
    !timingSafeEqual(given, expected) ||
    !signedAt.startsWith(scope.date)
  )
    throw new S3Error('SignatureDoesNotMatch');
  return { payload, signedAt, scope, key, signature };
}

/** Every part encoded once, whatever it was sent as. */
function canonicalPath(path: string): string {
  return path
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/');
}
