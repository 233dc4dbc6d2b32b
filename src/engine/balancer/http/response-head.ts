import type { Fields } from './fields.ts';
import { contentLength, isHopByHop, members, noFields, readFields, valueAt } from './fields.ts';
import { CHUNKED } from './request-head.ts';

/** A body without a length: it ends with the connection. */
export const UNTIL_CLOSE = -2;

export interface ResponseHead {
  readonly kind: 'head';
  readonly text: string;
  readonly status: number;
  readonly fields: Fields;
  /** Bytes, CHUNKED or UNTIL_CLOSE. */
  readonly bodyLength: number;
  /** Whether the target keeps the connection. */
  readonly keepAlive: boolean;
  /** From `Keep-Alive: timeout=N`, milliseconds. */
  readonly keepAliveMs: number | null;
  readonly nominated: readonly string[];
  readonly upgrade: string | null;
}

export interface ResponseFault {
  readonly kind: 'fault';
  readonly reason: string;
}

const bad = (reason: string): ResponseFault => ({ kind: 'fault', reason });

/** Reads the head at `bytes[start, start + length)`. Whether it has a body depends on the method it answers. */
export function parseResponseHead(
  bytes: Buffer,
  start: number,
  length: number,
  method: string,
): ResponseHead | ResponseFault {
  const text = bytes.toString('latin1', start, start + length);
  const lineEnd = text.indexOf('\r\n');
  if (!/^HTTP\/1\.[01] [1-5]\d\d( [\t\x20-\x7e\x80-\xff]*)?$/.test(text.slice(0, lineEnd)))
    return bad('bad status line');
  const minor = text.charCodeAt(7) - 48;
  const status = Number(text.slice(9, 12));
  const fields = noFields();
  const fault = readFields(bytes, start, text, lineEnd + 2, fields);
  if (fault !== null) return bad(fault);
  let bodyLength: number | null = null;
  let chunked = false;
  let nominated: string[] = [];
  let keepAliveMs: number | null = null;
  let upgrade: string | null = null;
  for (let index = 0; index < fields.names.length; index++) {
    switch (fields.names[index] ?? '') {
      case 'content-length': {
        const value = contentLength(valueAt(text, fields, index));
        if (value === null || (bodyLength !== null && bodyLength !== value)) return bad('bad Content-Length');
        bodyLength = value;
        break;
      }
      case 'transfer-encoding': {
        if (chunked || valueAt(text, fields, index).toLowerCase() !== 'chunked')
          return bad('bad Transfer-Encoding');
        chunked = true;
        break;
      }
      case 'connection':
        nominated = [...nominated, ...members(valueAt(text, fields, index))];
        break;
      case 'keep-alive': {
        const seconds = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(valueAt(text, fields, index))?.[1];
        if (seconds !== undefined) keepAliveMs = Number(seconds) * 1000;
        break;
      }
      case 'upgrade':
        upgrade = valueAt(text, fields, index);
        break;
      default:
        break;
    }
  }
  if (chunked && bodyLength !== null) return bad('both Content-Length and Transfer-Encoding');
  if (chunked && minor === 0) return bad('Transfer-Encoding in HTTP/1.0');
  const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  return {
    kind: 'head',
    text,
    status,
    fields,
    bodyLength: bodiless ? 0 : chunked ? CHUNKED : (bodyLength ?? UNTIL_CLOSE),
    keepAlive: minor === 1 ? !nominated.includes('close') : nominated.includes('keep-alive'),
    keepAliveMs,
    nominated,
    upgrade,
  };
}

/** How the client gets a response. */
export interface Delivery {
  /** Of the request. */
  readonly minor: 0 | 1;
  readonly close: boolean;
  /** The body came unframed and goes on in chunks. */
  readonly addChunked: boolean;
  /** The body came in chunks and goes on bare, for a client of HTTP/1.0. */
  readonly dropChunked: boolean;
  /** Whole lines. */
  readonly extra: string;
  /** Names, lower case, of fields that stay behind. */
  readonly dropped: ReadonlySet<string>;
}

export function forwardedResponse(
  head: ResponseHead,
  { minor, close, addChunked, dropChunked, extra, dropped }: Delivery,
): string {
  const { text, fields } = head;
  let out = 'HTTP/1.1';
  let keptFrom = 8;
  let keptTo = fields.lineStarts[0] ?? text.length - 2;
  for (let index = 0; index < fields.names.length; index++) {
    const name = fields.names[index] ?? '';
    if (
      isHopByHop(name, head.nominated) ||
      (dropChunked && name === 'transfer-encoding') ||
      (dropped.size > 0 && dropped.has(name))
    ) {
      out += text.slice(keptFrom, keptTo);
      keptFrom = fields.lineEnds[index] ?? 0;
    }
    keptTo = fields.lineEnds[index] ?? 0;
  }
  out += text.slice(keptFrom, keptTo);
  if (addChunked) out += 'Transfer-Encoding: chunked\r\n';
  if (head.status === 101) out += `Connection: Upgrade\r\nUpgrade: ${head.upgrade ?? ''}\r\n`;
  else if (close) out += 'Connection: close\r\n';
  else if (minor === 0) out += 'Connection: keep-alive\r\n';
  return `${out}${extra}\r\n`;
}
