import { createHash } from 'node:crypto';
import { valueAt } from './http/fields.ts';
import type { RequestHead } from './http/request-head.ts';
import type { ResponseHead } from './http/response-head.ts';
import type { TargetStickinessConfig } from './wanted.ts';

/** How a group or a target is named in a cookie. */
export function stickyKey(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 24);
}

/** A cookie that keeps a client where it is, until its time is up. */
class StickyCookie {
  readonly #name: string;
  readonly #pattern: RegExp;

  constructor(name: string) {
    this.#name = name;
    this.#pattern = new RegExp(`(?:^|;\\s*)${name}=([0-9a-f]{24})\\.([0-9a-z]{1,11})(?:;|$)`);
  }

  /** The key that the client still holds; null where none, or it has expired. */
  keyOf({ text, fields }: RequestHead, date: number): string | null {
    for (let index = 0; index < fields.names.length; index++) {
      if (fields.names[index] !== 'cookie') continue;
      const [, key, expires] = this.#pattern.exec(valueAt(text, fields, index)) ?? [];
      if (key !== undefined && expires !== undefined && Number.parseInt(expires, 36) > date) return key;
    }
    return null;
  }

  /** The header line that keeps the client from now on. */
  line(key: string, durationMs: number, date: number): string {
    const expires = date + durationMs;
    return `Set-Cookie: ${this.#name}=${key}.${expires.toString(36)}; Expires=${new Date(expires).toUTCString()}; Path=/\r\n`;
  }
}

/** ALB's names for them. */
export const groupCookie = new StickyCookie('AWSALBTG');
const targetCookie = new StickyCookie('AWSALB');
const appTargetCookie = new StickyCookie('AWSALBAPP-0');

/** How a group keeps its clients at its targets. */
export interface TargetStickiness {
  /** The key of the target that the client has been with; null where none. */
  keyOf(request: RequestHead, date: number): string | null;
  /** The header line that goes with a target's response; empty where none does. */
  line(key: string, response: ResponseHead, date: number): string;
}

export function targetStickiness({ durationMs, appCookie }: TargetStickinessConfig): TargetStickiness {
  if (appCookie === undefined) {
    return {
      keyOf: (request, date) => targetCookie.keyOf(request, date),
      line: (key, _, date) => targetCookie.line(key, durationMs, date),
    };
  }
  const isSet = (line: string) => line.startsWith(`${appCookie}=`);
  const isSent = (line: string) => line.split(';').some((pair) => isSet(pair.trim()));
  return {
    keyOf: (request, date) => (has(request, 'cookie', isSent) ? appTargetCookie.keyOf(request, date) : null),
    line: (key, response, date) =>
      has(response, 'set-cookie', isSet) ? appTargetCookie.line(key, durationMs, date) : '',
  };
}

function has(
  { text, fields }: Pick<RequestHead, 'text' | 'fields'>,
  name: string,
  matches: (value: string) => boolean,
): boolean {
  return fields.names.some((field, index) => field === name && matches(valueAt(text, fields, index)));
}
