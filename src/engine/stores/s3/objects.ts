import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { bucketOf, header, keyOf, parameter, xmlOf } from './call.ts';
import type { Call, S3Answer } from './call.ts';
import { mayWrite, readCondition } from './conditions.ts';
import { S3Error } from './failure.ts';
import type { ObjectRecord, Piece } from './records.ts';
import { checksumHeaders, headersToKeep, receive } from './upload.ts';
import { childrenOf, document, textOf } from './xml.ts';

export async function putObject(call: Call): Promise<S3Answer> {
  const bucket = bucketOf(call);
  const key = keyOf(call);
  const headers = headersToKeep(call);
  // Before its bytes are taken; again when they are there.
  if (!mayWrite(call, call.catalog.object(bucket.name, key))) throw new S3Error('PreconditionFailed');
  const { piece, md5, checksums } = await receive(call);
  const object = {
    key,
    size: piece.size,
    etag: md5,
    modified: call.clock(),
    headers,
    checksums,
    pieces: [piece],
  };
  keep(call, bucket.name, object);
  return { status: 200, headers: { etag: `"${md5}"`, ...checksumHeaders(checksums) } };
}

/** Puts an object in its place, and removes the bytes of the one before it. */
export function keep(call: Call, bucket: string, object: ObjectRecord): void {
  const { catalog, pieces } = call;
  const put =
    catalog.bucket(bucket) === null
      ? null
      : catalog.putObject(bucket, object, (present) => mayWrite(call, present));
  if (put === null || put === false) {
    pieces.remove(object.pieces);
    throw put === null
      ? new S3Error('NoSuchBucket', { BucketName: bucket })
      : new S3Error('PreconditionFailed');
  }
  pieces.remove(put.replaced?.pieces ?? []);
}

export async function copyObject(call: Call): Promise<S3Answer> {
  const bucket = bucketOf(call);
  const key = keyOf(call);
  const source = sourceOf(call);
  const replace = header(call, 'x-amz-metadata-directive') === 'REPLACE';
  if (source.bucket === bucket.name && source.object.key === key && !replace) {
    throw new S3Error(
      'InvalidRequest',
      {},
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const object = {
    ...source.object,
    key,
    modified: call.clock(),
    headers: replace ? headersToKeep(call) : source.object.headers,
    pieces: source.object.pieces.map((piece) => call.pieces.share(piece)),
  };
  keep(call, bucket.name, object);
  const content = { LastModified: new Date(object.modified).toISOString(), ETag: `"${object.etag}"` };
  return { status: 200, body: document('CopyObjectResult', content) };
}

/** The object that `x-amz-copy-source` names. Fails with `NoSuchKey` and with `PreconditionFailed`. */
export function sourceOf(call: Call): { readonly bucket: string; readonly object: ObjectRecord } {
  const [path = '', version] = (header(call, 'x-amz-copy-source') ?? '').split('?');
  if (version !== undefined && !version.endsWith('=null')) throw new S3Error('NotImplemented');
  const [, bucket = '', key = ''] = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(path)) ?? [];
  if (call.catalog.bucket(bucket) === null) throw new S3Error('NoSuchBucket', { BucketName: bucket });
  const object = call.catalog.object(bucket, key);
  if (object === null) throw new S3Error('NoSuchKey', { Key: key });
  if (readCondition(call, object, 'x-amz-copy-source-') === 304) throw new S3Error('PreconditionFailed');
  return { bucket, object };
}

/** GET and HEAD. */
export async function readObject(call: Call): Promise<S3Answer> {
  const bucket = bucketOf(call);
  const key = keyOf(call);
  for (let attempt = 1; ; attempt += 1) {
    const object = call.catalog.object(bucket.name, key);
    if (object === null) throw new S3Error('NoSuchKey', { Key: key });
    try {
      return await answerWith(call, object);
    } catch (error) {
      // Replaced between the look into the catalog and the opening of its bytes.
      const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!gone || attempt === 3) throw error;
    }
  }
}

async function answerWith(call: Call, object: ObjectRecord): Promise<S3Answer> {
  const common = {
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.modified).toUTCString(),
    'accept-ranges': 'bytes',
  };
  if (readCondition(call, object) === 304) return { status: 304, headers: common };
  const range = rangeIn(header(call, 'range'), object.size);
  const [start, end] = range ?? [0, object.size - 1];
  const wantsChecksums = header(call, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && range === null;
  const answer = {
    status: range === null ? 200 : 206,
    headers: {
      ...object.headers,
      ...common,
      ...(wantsChecksums ? checksumHeaders(object.checksums) : {}),
      ...overrides(call),
      'content-length': String(end - start + 1),
      ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${object.size}` }),
    },
  };
  if (call.request.method === 'HEAD') return answer;
  return { ...answer, body: await bytes(call, object.pieces, start, end) };
}

/** `bytes=0-99`, `bytes=100-`, `bytes=-100`; null for all, as for what is not understood. Fails with `InvalidRange`. */
function rangeIn(said: string | null, size: number): readonly [number, number] | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(said ?? '') ?? [];
  if (first === '' && last === '') return null;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < start) return null;
  if (start >= size || (first === '' && Number(last) === 0))
    throw new S3Error('InvalidRange', { ActualObjectSize: String(size), RangeRequested: said ?? '' });
  return [start, end];
}

/** Bytes of several pieces one after the other. All are opened first: what is removed meanwhile can still be read. */
async function bytes(call: Call, pieces: readonly Piece[], start: number, end: number): Promise<Readable> {
  const parts: Readable[] = [];
  let at = 0;
  for (const piece of pieces) {
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, piece.size - 1)];
    if (from <= to) parts.push(await call.pieces.read(piece, from, to));
    at += piece.size;
  }
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const joined = new PassThrough();
  void pipeline(async function* () {
    for (const part of parts) yield* part;
  }, joined).catch(() => {
    for (const part of parts) part.destroy();
  });
  return joined;
}

/** A signed client may choose the headers of the answer, as for the name of a download. */
function overrides(call: Call): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of call.request.query) {
    if (!name.startsWith('response-')) continue;
    if (call.signed === null)
      throw new S3Error(
        'InvalidRequest',
        {},
        'Request specific response headers cannot be used for anonymous GET requests.',
      );
    found[name.slice('response-'.length).toLowerCase()] = value;
  }
  return found;
}

export async function deleteObject(call: Call): Promise<S3Answer> {
  const bucket = bucketOf(call);
  remove(call, bucket.name, keyOf(call));
  return { status: 204 };
}

function remove(call: Call, bucket: string, key: string): void {
  call.pieces.remove(call.catalog.deleteObject(bucket, key)?.pieces ?? []);
}

/** Up to a thousand at once. */
export async function deleteObjects(call: Call): Promise<S3Answer> {
  const bucket = bucketOf(call);
  const asked = await xmlOf(call);
  const keys = childrenOf(asked, 'Object').map((object) => textOf(object, 'Key') ?? '');
  if (keys.length === 0 || keys.length > 1000 || keys.includes('')) throw new S3Error('MalformedXML');
  for (const key of keys) remove(call, bucket.name, key);
  const quiet = textOf(asked, 'Quiet') === 'true';
  return {
    status: 200,
    body: document('DeleteResult', { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) }),
  };
}

/** Whether a parameter that only versioned buckets have is asked for. */
export function refuseVersions(call: Call): void {
  const version = parameter(call, 'versionId');
  if (version !== null && version !== 'null') throw new S3Error('NotImplemented', { Parameter: 'versionId' });
}
