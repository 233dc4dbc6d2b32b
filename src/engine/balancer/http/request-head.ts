import type { HeaderRules } from '../wanted.ts';
import { HOST, SPACE, TARGET, TOKEN } from './characters.ts';
import type { Fields } from './fields.ts';
import { FIELD_LIMIT, contentLength, isHopByHop, members, noFields, readFields, valueAt } from './fields.ts';
import { BARE_LF, FIELD_TOO_LONG, FIRST_LINE_TOO_LONG, HEAD_TOO_LONG } from './head-scan.ts';

/** Body lengths that are no number of bytes. */
export const CHUNKED = -1;

/** A request head that has passed every check. `text` is the head as it came, with its empty line, as latin1. */
export interface RequestHead {
  readonly kind: 'head';
  readonly text: string;
  readonly method: string;
  /** Always in origin form (or `*`). */
  readonly target: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** As sent, with its port; of an absolute target, that one's. Empty where an HTTP/1.0 client sent none. */
  readonly host: string;
  readonly minor: 0 | 1;
  readonly fields: Fields;
  /** Bytes, or CHUNKED. */
  readonly bodyLength: number;
  /** Whether the client wants to keep the connection. */
  readonly keepAlive: boolean;
  /** What `Connection` named, lower case. */
  readonly nominated: readonly string[];
  /** The protocol asked for; null where none is, or one that is not passed on. */
  readonly upgrade: string | null;
  readonly expectsContinue: boolean;
}

/** Why a request is refused. The connection is closed after the answer: where the next request begins is unknown. */
export interface HeadFault {
  readonly kind: 'fault';
  readonly status: 400 | 405 | 414 | 417 | 431 | 505;
  readonly reason: string;
}

export type RequestHeadResult = RequestHead | HeadFault;

const bad = (reason: string): HeadFault => ({ kind: 'fault', status: 400, reason });

/** The fault that a code of the head scan stands for. */
export function scanFault(code: number): HeadFault {
  switch (code) {
    case FIRST_LINE_TOO_LONG:
      return { kind: 'fault', status: 414, reason: 'request line too long' };
    case FIELD_TOO_LONG:
    case HEAD_TOO_LONG:
      return { kind: 'fault', status: 431, reason: 'header too large' };
    case BARE_LF:
      return bad('bare line feed');
    default:
      return bad('bad head');
  }
}

/** Reads the head at `bytes[start, start + length)`, whose end the scan has found. */
export function parseRequestHead(bytes: Buffer, start: number, length: number): RequestHeadResult {
  const text = bytes.toString('latin1', start, start + length);
  let at = 0;
  while (TOKEN[bytes[start + at] ?? 0] === 1) at++;
  if (at === 0 || bytes[start + at] !== SPACE) return bad('bad method');
  const method = text.slice(0, at);
  const targetStart = ++at;
  while (TARGET[bytes[start + at] ?? 0] === 1) at++;
  if (at === targetStart || bytes[start + at] !== SPACE) return bad('bad request target');
  const rawTarget = text.slice(targetStart, at);
  const version = text.slice(at + 1, at + 11);
  if (version !== 'HTTP/1.1\r\n' && version !== 'HTTP/1.0\r\n') {
    return /^HTTP\/[0-9.]+\r?\n?$/.test(version)
      ? { kind: 'fault', status: 505, reason: 'HTTP version not supported' }
      : bad('bad request line');
  }
  const minor = version === 'HTTP/1.1\r\n' ? 1 : 0;
  const fields = noFields();
  const fault = readFields(bytes, start, text, at + 11, fields);
  if (fault !== null) {
    return fields.names.length > FIELD_LIMIT ? { kind: 'fault', status: 431, reason: fault } : bad(fault);
  }
  return judge({ text, method, rawTarget, minor, fields });
}

interface Raw {
  readonly text: string;
  readonly method: string;
  readonly rawTarget: string;
  readonly minor: 0 | 1;
  readonly fields: Fields;
}

/** The checks that make the message mean one thing only, to us and to whoever reads it after us. */
function judge({ text, method, rawTarget, minor, fields }: Raw): RequestHeadResult {
  let host: string | null = null;
  let length: number | null = null;
  let chunked = false;
  let nominated: string[] = [];
  let upgradeField: string | null = null;
  let expectsContinue = false;
  for (let index = 0; index < fields.names.length; index++) {
    switch (fields.names[index] ?? '') {
      case 'host': {
        if (host !== null) return bad('more than one Host');
        host = valueAt(text, fields, index);
        if (!isHost(host)) return bad('bad Host');
        break;
      }
      case 'content-length': {
        if (length !== null) return bad('more than one Content-Length');
        length = contentLength(valueAt(text, fields, index));
        if (length === null) return bad('bad Content-Length');
        break;
      }
      case 'transfer-encoding': {
        if (chunked) return bad('more than one Transfer-Encoding');
        if (valueAt(text, fields, index).toLowerCase() !== 'chunked') return bad('bad Transfer-Encoding');
        chunked = true;
        break;
      }
      case 'connection':
        nominated = [...nominated, ...members(valueAt(text, fields, index))];
        break;
      case 'upgrade':
        upgradeField =
          upgradeField === null
            ? valueAt(text, fields, index)
            : `${upgradeField}, ${valueAt(text, fields, index)}`;
        break;
      case 'expect': {
        if (valueAt(text, fields, index).toLowerCase() !== '100-continue') {
          return { kind: 'fault', status: 417, reason: 'unknown expectation' };
        }
        expectsContinue = true;
        break;
      }
      default:
        break;
    }
  }
  if (chunked && length !== null) return bad('both Content-Length and Transfer-Encoding');
  if (chunked && minor === 0) return bad('Transfer-Encoding in HTTP/1.0');
  if (host === null && minor === 1) return bad('no Host');
  if (method === 'CONNECT') return bad('CONNECT is for proxies');
  // ALB answers 405 to TRACE: it would show its own headers to whoever asks.
  if (method === 'TRACE') return { kind: 'fault', status: 405, reason: 'TRACE is not supported' };
  const place = locate(rawTarget, method, host ?? '');
  if (place === null) return bad('bad request target');
  const question = place.target.indexOf('?');
  return {
    kind: 'head',
    text,
    method,
    target: place.target,
    path: question < 0 ? place.target : place.target.slice(0, question),
    query: question < 0 ? '' : place.target.slice(question + 1),
    host: place.host,
    minor,
    fields,
    bodyLength: chunked ? CHUNKED : (length ?? 0),
    keepAlive:
      minor === 1
        ? !nominated.includes('close')
        : nominated.includes('keep-alive') && !nominated.includes('close'),
    nominated,
    upgrade:
      upgradeField !== null && minor === 1 && nominated.includes('upgrade')
        ? passableUpgrade(upgradeField)
        : null,
    expectsContinue: expectsContinue && minor === 1,
  };
}

/** Origin form passes; an absolute target is taken apart, and its host wins over the field (RFC 9112 §3.2.2). */
function locate(target: string, method: string, host: string): { target: string; host: string } | null {
  if (target.startsWith('/')) return { target, host };
  if (target === '*') return method === 'OPTIONS' ? { target, host } : null;
  const absolute = /^https?:\/\/([^/?]+)(.*)$/i.exec(target);
  const authority = absolute?.[1];
  const rest = absolute?.[2] ?? '';
  if (authority === undefined || !isHost(authority)) return null;
  return { target: rest.startsWith('/') ? rest : `/${rest}`, host: authority };
}

/** HTTP/2 through an upgrade would pass requests that no rule here has seen. */
function passableUpgrade(value: string): string | null {
  const protocols = members(value);
  return protocols.length === 0 || protocols.some((protocol) => protocol.startsWith('h2c')) ? null : value;
}

function isHost(host: string): boolean {
  for (let at = 0; at < host.length; at++) if (HOST[host.charCodeAt(at)] !== 1) return false;
  return true;
}

/** What a target is told of the client. */
export interface Forwarded {
  readonly clientIp: string;
  /** The port of the listener. */
  readonly port: number;
  /** For a client of HTTP/1.0 that names no host. */
  readonly fallbackHost: string;
  readonly rules: Pick<HeaderRules, 'forwardedFor' | 'dropInvalid'>;
}

/** The head as the target gets it: always HTTP/1.1, hop-by-hop fields out, X-Forwarded-* in; all else as it came. */
export function forwardedRequest(
  head: RequestHead,
  { clientIp, port, fallbackHost, rules: { forwardedFor: mode, dropInvalid } }: Forwarded,
): string {
  const { text, fields } = head;
  const host = head.host === '' ? fallbackHost : head.host;
  let out = `${head.method} ${head.target} HTTP/1.1\r\nHost: ${host}\r\n`;
  let forwardedFor = '';
  let keptFrom = fields.lineStarts[0] ?? 0;
  let keptTo = keptFrom;
  for (let index = 0; index < fields.names.length; index++) {
    const name = fields.names[index] ?? '';
    if (name === 'x-forwarded-for' && mode !== 'remove') {
      const value = valueAt(text, fields, index);
      if (value !== '') forwardedFor += forwardedFor === '' ? value : `, ${value}`;
    }
    if (isReplaced(name) || isHopByHop(name, head.nominated) || (dropInvalid && !PLAIN_NAME.test(name))) {
      out += text.slice(keptFrom, keptTo);
      keptFrom = fields.lineEnds[index] ?? 0;
    }
    keptTo = fields.lineEnds[index] ?? 0;
  }
  out += text.slice(keptFrom, keptTo);
  if (mode === 'append') forwardedFor += forwardedFor === '' ? clientIp : `, ${clientIp}`;
  if (forwardedFor !== '') out += `X-Forwarded-For: ${forwardedFor}\r\n`;
  out += `X-Forwarded-Proto: http\r\nX-Forwarded-Port: ${port}\r\n`;
  if (head.upgrade !== null) out += `Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n`;
  return `${out}\r\n`;
}

/** The names that ALB calls valid; a token may have more. */
const PLAIN_NAME = /^[-a-z0-9]+$/;

/** Expect is answered here (ALB: at once, and it is not forwarded). */
function isReplaced(name: string): boolean {
  switch (name) {
    case 'host':
    case 'expect':
    case 'x-forwarded-for':
    case 'x-forwarded-proto':
    case 'x-forwarded-port':
      return true;
    default:
      return false;
  }
}
