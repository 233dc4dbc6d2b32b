import type { IncomingMessage } from 'node:http';
import { S3Error } from './failure.ts';

/** A request to S3, taken apart; its body is still to be read. Nothing in it is believed yet. */
export interface S3Request {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The last value of each; names in lower case. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** null: the service itself. */
  readonly bucket: string | null;
  /** null: the bucket itself. */
  readonly key: string | null;
  readonly body: AsyncIterable<Buffer>;
}

/** A bucket in the host name goes before one in the path: `photos.localhost`. */
export function requestOf(incoming: IncomingMessage, host: string | null): S3Request {
  const target = incoming.url ?? '/';
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const decoded = decode(path.replace(/^\//, ''));
  const whole = host === null ? decoded : `${host}/${decoded}`;
  const end = whole.indexOf('/');
  const bucket = end < 0 ? whole : whole.slice(0, end);
  const key = end < 0 ? '' : whole.slice(end + 1);
  return {
    method: incoming.method ?? '',
    path,
    query: new URLSearchParams(at < 0 ? '' : target.slice(at + 1)),
    headers: Object.fromEntries(
      Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values ?? []]),
    ),
    bucket: bucket === '' ? null : bucket,
    key: key === '' ? null : key,
    body: incoming,
  };
}

export function headerOf({ headers }: Pick<S3Request, 'headers'>, name: string): string | null {
  return headers[name]?.at(-1) ?? null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidArgument', {}, 'The path is not UTF-8.');
  }
}
