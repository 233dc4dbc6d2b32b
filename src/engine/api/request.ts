import type { IncomingMessage } from 'node:http';
import { Fault } from './fault.ts';

/** A request as it came: nothing in it is believed yet. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** By name in lower case, with the values each was sent with, in order. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** What can be known of a request before its body. */
export type RequestHead = Pick<WireRequest, 'method' | 'target' | 'headers'>;

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** In pieces where it is a stream: those that come to nothing any more end it as they end the connection. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** The largest body read, in bytes. */
export const BODY_LIMIT = 1024 * 1024;

/**
 * A batch of log events is measured by what its messages are: 1 MiB of them, of which JSON may make six times as much, and a
 * frame around each of 10,000.
 */
const LOGS_BODY_LIMIT = 8 * BODY_LIMIT;

/** Up to here, in bytes, what is too large is still taken off the wire, so that the client hears the answer. */
const DRAIN_LIMIT = 16 * BODY_LIMIT;

export function header({ headers }: Pick<WireRequest, 'headers'>, name: string): string | undefined {
  return headers.get(name)?.join(',');
}

/** The media type of the body, without its parameters. */
export function contentType(request: Pick<WireRequest, 'headers'>): string {
  const [type = ''] = (header(request, 'content-type') ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

/** As the signature names the service; what is not signed is read as little of as can be. */
function bodyLimitOf({ headers: { authorization = '' } }: IncomingMessage): number {
  return /Credential=[^,]*\/logs\/aws4_request/.test(authorization) ? LOGS_BODY_LIMIT : BODY_LIMIT;
}

/** Reads a whole request. Fails with a `Fault` when its body is too large, and with the socket's error when it breaks off. */
export async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const limit = bodyLimitOf(incoming);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
    if (size > DRAIN_LIMIT) break;
  }
  if (size > limit) throw new Fault('body too large', `Request body is larger than ${limit} bytes.`);
  return { ...headOf(incoming), body: Buffer.concat(chunks, size) };
}

export function headOf(incoming: IncomingMessage): RequestHead {
  const headers = new Map<string, readonly string[]>();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) headers.set(name, values ?? []);
  return { method: incoming.method ?? '', target: incoming.url ?? '/', headers };
}
