import { createHash, createHmac } from 'node:crypto';
import type { CredentialScope } from './authorization.ts';

/**
 * The parts of AWS Signature Version 4 that all services have in common.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export interface CanonicalRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** In the order of their names, each with its value as it is signed. */
  readonly headers: readonly (readonly [string, string])[];
  readonly payload: string;
}

/** What the signature of a request is made over. */
export function stringToSign(
  { method, path, query, headers, payload }: CanonicalRequest,
  signedAt: string,
  scope: CredentialScope,
): string {
  const canonical = [
    method,
    path,
    query,
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    headers.map(([name]) => name).join(';'),
    payload,
  ].join('\n');
  return ['AWS4-HMAC-SHA256', signedAt, scopeText(scope), sha256(canonical)].join('\n');
}

export function scopeText({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/aws4_request`;
}

export function canonicalQuery(parameters: Iterable<readonly [string, string]>): string {
  return [...parameters]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** As RFC 3986 has it: all but letters, digits, `-`, `.`, `_` and `~` is encoded. */
export function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The values of a header as they are signed. */
export function canonicalValue(values: readonly string[]): string {
  return values.map((value) => value.trim().replaceAll(/\s+/g, ' ')).join(',');
}

export function signingKey(secret: string, { date, region, service }: CredentialScope): Buffer {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Milliseconds since the epoch of `YYYYMMDDTHHMMSSZ`; NaN where it is none. */
export function timeOf(basic: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(basic);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
