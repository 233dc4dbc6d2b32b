import { timingSafeEqual } from 'node:crypto';
import type { Authorization } from './authorization.ts';
import {
  canonicalQuery,
  canonicalValue,
  encode,
  hmac,
  sha256,
  signingKey,
  stringToSign,
  timeOf,
} from './canonical.ts';
import { Fault } from './fault.ts';
import type { Caller } from './operations.ts';
import type { WireRequest } from './request.ts';
import { header } from './request.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Temporary credentials: what a session token stands for. */
export interface Session extends Credentials {
  readonly expiresAt: number;
  /** Null: the account itself. */
  readonly caller: Caller | null;
}

/** Null when the token is none of ours. */
export type OpenSession = (token: string) => Session | null;

/** How far a client's clock may be from ours, in milliseconds. */
const SKEW = 5 * 60_000;

/** Headers that say what is asked and when: unsigned, they could be changed on the way. */
const MUST_BE_SIGNED = ['host', 'x-amz-date', 'x-amz-target'];

/**
 * Checks AWS Signature Version 4 over a request. `now` is in milliseconds since the epoch. Fails with a `Fault`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export function verifySignature(
  request: WireRequest,
  authorization: Authorization,
  credentials: Credentials,
  now: number,
): void {
  const { scope, signedHeaders } = authorization;
  const signedAt = signingTime(request);
  for (const name of MUST_BE_SIGNED) {
    if (request.headers.has(name) && !signedHeaders.includes(name)) {
      throw new Fault('signature wrong', `'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
  if (authorization.accessKeyId !== credentials.accessKeyId) {
    throw new Fault('key unknown', 'The security token included in the request is invalid.');
  }
  if (!signedAt.startsWith(scope.date)) {
    throw new Fault(
      'signature wrong',
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.',
    );
  }
  const toSign = stringToSign(
    {
      method: request.method,
      path: canonicalPath(request.target),
      query: canonicalQuery(parametersOf(request.target)),
      headers: signedHeaders.map((name) => [name, canonicalHeader(request, name)]),
      payload: payloadHash(request),
    },
    signedAt,
    scope,
  );
  const expected = hmac(signingKey(credentials.secretAccessKey, scope), toSign);
  const given = Buffer.from(authorization.signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Fault(
      'signature wrong',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  refuseSkew(signedAt, now);
}

/**
 * Checks the signature by the engine's own credentials or, where the key is another, by those of the session whose token
 * comes with it. Gives the session. Fails with a `Fault`.
 */
export function authenticate(
  request: WireRequest,
  authorization: Authorization,
  keys: { readonly credentials: Credentials; readonly sessions: OpenSession },
  now: number,
): Session | null {
  const token = header(request, 'x-amz-security-token');
  const session =
    token === undefined || authorization.accessKeyId === keys.credentials.accessKeyId
      ? null
      : keys.sessions(token);
  verifySignature(request, authorization, session ?? keys.credentials, now);
  if (session !== null && session.expiresAt <= now)
    throw new Fault('token expired', 'The security token included in the request is expired');
  return session;
}

/** The time the client signed with, as `YYYYMMDDTHHMMSSZ`. */
function signingTime(request: WireRequest): string {
  const given = header(request, 'x-amz-date');
  if (given === undefined) {
    throw new Fault(
      'signature incomplete',
      "Authorization header requires existence of a 'X-Amz-Date' header.",
    );
  }
  if (Number.isNaN(timeOf(given))) {
    throw new Fault('signature incomplete', 'Date must be in ISO-8601 basic format, YYYYMMDDTHHMMSSZ.');
  }
  return given;
}

function refuseSkew(signedAt: string, now: number): void {
  const signed = timeOf(signedAt);
  const [here, earliest, latest] = [basicTime(now), basicTime(now - SKEW), basicTime(now + SKEW)];
  if (signed < now - SKEW) {
    throw new Fault(
      'signature wrong',
      `Signature expired: ${signedAt} is now earlier than ${earliest} (${here} - 5 min.)`,
    );
  }
  if (signed > now + SKEW) {
    throw new Fault(
      'signature wrong',
      `Signature not yet current: ${signedAt} is still later than ${latest} (${here} + 5 min.)`,
    );
  }
}

function basicTime(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

/** Our own hash of the body, so that a client's claim about it holds only if it is true. */
function payloadHash(request: WireRequest): string {
  const unsigned = 'UNSIGNED-PAYLOAD';
  return header(request, 'x-amz-content-sha256') === unsigned ? unsigned : sha256(request.body);
}

/** Every part encoded once more than it was sent, as all services but S3 have it. */
function canonicalPath(target: string): string {
  const [path = '/'] = target.split('?', 1);
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(encode(part));
  }
  const end = path.endsWith('/') && parts.length > 0 ? '/' : '';
  return `/${parts.join('/')}${end}`;
}

function parametersOf(target: string): Iterable<readonly [string, string]> {
  const at = target.indexOf('?');
  return at < 0 ? [] : new URLSearchParams(target.slice(at + 1));
}

function canonicalHeader(request: WireRequest, name: string): string {
  const values = request.headers.get(name);
  if (values === undefined) {
    throw new Fault('signature wrong', `The signed header '${name}' is not in the request.`);
  }
  return canonicalValue(values);
}
