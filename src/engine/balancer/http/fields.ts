import { COLON, CR, FIELD_VALUE, SPACE, TAB, TOKEN } from './characters.ts';

/** More fields than this is an attack on whoever keeps them in a list. */
export const FIELD_LIMIT = 200;

/** The fields of a head, each where it stands in the head's text. Names are lower case. */
export interface Fields {
  readonly names: string[];
  readonly lineStarts: number[];
  readonly lineEnds: number[];
  readonly valueStarts: number[];
  readonly valueEnds: number[];
}

/**
 * Reads `name: value CRLF` lines from `at` (an offset into the head, which starts at `start` of `bytes`) to the empty line.
 * Returns what is wrong, or null. Folded lines, empty names and a space before the colon are all bad names here.
 */
export function readFields(
  bytes: Uint8Array,
  start: number,
  text: string,
  at: number,
  into: Fields,
): string | null {
  const end = text.length - 2;
  while (at < end) {
    const lineStart = at;
    while (TOKEN[bytes[start + at] ?? 0] === 1) at++;
    if (at === lineStart || bytes[start + at] !== COLON) return 'bad field name';
    const nameEnd = at++;
    while (isBlank(bytes[start + at])) at++;
    const valueStart = at;
    while (FIELD_VALUE[bytes[start + at] ?? 0] === 1) at++;
    if (bytes[start + at] !== CR || bytes[start + at + 1] !== 10) return 'bad field value';
    let valueEnd = at;
    while (valueEnd > valueStart && isBlank(bytes[start + valueEnd - 1])) valueEnd--;
    at += 2;
    into.names.push(text.slice(lineStart, nameEnd).toLowerCase());
    into.lineStarts.push(lineStart);
    into.lineEnds.push(at);
    into.valueStarts.push(valueStart);
    into.valueEnds.push(valueEnd);
    if (into.names.length > FIELD_LIMIT) return 'too many fields';
  }
  return null;
}

export function noFields(): Fields {
  return { names: [], lineStarts: [], lineEnds: [], valueStarts: [], valueEnds: [] };
}

export function valueAt(text: string, fields: Fields, index: number): string {
  return text.slice(fields.valueStarts[index], fields.valueEnds[index]);
}

/** The members of a comma-separated value, lower case. */
export function members(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

/** The value of a Content-Length: digits only, and few enough to count with. Null where it is none. */
export function contentLength(value: string): number | null {
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** Field names that belong to one connection only (RFC 9110 §7.6.1, and what RFC 2616 counted among them). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'upgrade',
  'http2-settings',
]);

/** What `Connection` may not nominate away: the message would come to mean something else. */
const END_TO_END = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'authorization',
  'cookie',
  'set-cookie',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-port',
]);

export function isHopByHop(name: string, nominated: readonly string[]): boolean {
  return HOP_BY_HOP.has(name) || (nominated.length > 0 && nominated.includes(name) && !END_TO_END.has(name));
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}
