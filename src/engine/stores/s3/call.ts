import type { Readable } from 'node:stream';
import type { Signed } from './authentication.ts';
import type { Body } from './body.ts';
import type { Catalog } from './catalog.ts';
import { S3Error } from './failure.ts';
import type { Pieces } from './pieces.ts';
import type { BucketRecord } from './records.ts';
import { headerOf } from './request.ts';
import type { S3Request } from './request.ts';
import { readAll } from './body.ts';
import { parseXml } from './xml.ts';
import type { Node } from './xml.ts';

/** What the operations work on. */
export interface Library {
  readonly catalog: Catalog;
  readonly pieces: Pieces;
  readonly region: string;
  /** ms since 1970 */
  readonly clock: () => number;
}

/** One request, as the operations see it. */
export interface Call extends Library {
  readonly request: S3Request;
  /** null: of somebody without the key. */
  readonly signed: Signed | null;
  readonly body: Body;
}

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** XML or JSON as text; bytes as they are read, with their number in `content-length`. */
  readonly body?: string | Readable;
}

/** In bytes. */
const largestDocument = 2 * 1024 * 1024;

/** The bucket that the request names. Fails with `NoSuchBucket`. */
export function bucketOf({ request, catalog }: Call): BucketRecord {
  const found = request.bucket === null ? null : catalog.bucket(request.bucket);
  if (found === null) throw new S3Error('NoSuchBucket', { BucketName: request.bucket ?? '' });
  return found;
}

export function keyOf({ request: { key } }: Call): string {
  if (key === null) throw new S3Error('InvalidRequest', {}, 'A key is missing.');
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError');
  return key;
}

export async function xmlOf({ body }: Call): Promise<Node> {
  return parseXml((await readAll(body, largestDocument)).toString());
}

export async function textOfBody({ body }: Call): Promise<string> {
  return (await readAll(body, largestDocument)).toString();
}

export function parameter({ request }: Call, name: string): string | null {
  return request.query.get(name);
}

export function header({ request }: Call, name: string): string | null {
  return headerOf(request, name);
}

/** A whole number in the query. Fails with `InvalidArgument`. */
export function wholeNumber(call: Call, name: string, usual: number, most: number): number {
  const said = parameter(call, name);
  if (said === null || said === '') return usual;
  const number = Number(said);
  if (!/^\d{1,10}$/.test(said))
    throw new S3Error('InvalidArgument', { ArgumentName: name, ArgumentValue: said });
  return Math.min(number, most);
}
