import { createHash } from 'node:crypto';
import { valueAt } from './http/fields.ts';
import type { RequestHead } from './http/request-head.ts';

/** ALB's name for the cookie that keeps a client at a target group. */
const COOKIE = 'AWSALBTG';

/** How a group is named in a cookie. */
export function stickyKey(groupArn: string): string {
  return createHash('sha256').update(groupArn).digest('hex').slice(0, 24);
}

/** The group key that the client still holds; null where none, or it has expired. */
export function stickyKeyOf({ text, fields }: RequestHead, date: number): string | null {
  for (let index = 0; index < fields.names.length; index++) {
    if (fields.names[index] !== 'cookie') continue;
    const value = new RegExp(`(?:^|;\\s*)${COOKIE}=([0-9a-f]{24})\\.([0-9a-z]{1,11})(?:;|$)`).exec(
      valueAt(text, fields, index),
    );
    const [, key, expires] = value ?? [];
    if (key !== undefined && expires !== undefined && Number.parseInt(expires, 36) > date) return key;
  }
  return null;
}

/** The header line that keeps the client at the group from now on. */
export function stickyLine(key: string, durationMs: number, date: number): string {
  const expires = date + durationMs;
  return `Set-Cookie: ${COOKIE}=${key}.${expires.toString(36)}; Expires=${new Date(expires).toUTCString()}; Path=/\r\n`;
}
