import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Authorization, CredentialScope } from './authorization.ts';
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
  const payload = payloadHash(request);
  const canonical = [
    request.method,
    canonicalPath(request.target),
    canonicalQuery(request.target),
    ...signedHeaders.map((name) => `${name}:${canonicalHeader(request, name)}`),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n');
  const toSign = [
    'AWS4-HMAC-SHA256',
    signedAt,
    `${scope.date}/${scope.region}/${scope.service}/aws4_request`,
    sha256(canonical),
  ].join('\n');
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

function timeOf(basic: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(basic);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
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

function canonicalQuery(target: string): string {
  const at = target.indexOf('?');
  if (at < 0) return '';
  return [...new URLSearchParams(target.slice(at + 1))]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalHeader(request: WireRequest, name: string): string {
  const values = request.headers.get(name);
  if (values === undefined) {
    throw new Fault('signature wrong', `The signed header '${name}' is not in the request.`);
  }
  return values.map((value) => value.trim().replaceAll(/\s+/g, ' ')).join(',');
}

function signingKey(secret: string, { date, region, service }: CredentialScope): Buffer {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
