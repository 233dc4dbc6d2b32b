import { createHash, randomBytes } from 'node:crypto';
import { bucketOf, header, keyOf, parameter, wholeNumber, xmlOf } from './call.ts';
import type { Call, S3Answer } from './call.ts';
import { mayWrite } from './conditions.ts';
import { S3Error } from './failure.ts';
import { sourceOf } from './objects.ts';
import type { PartRecord, UploadRecord } from './records.ts';
import { checksumHeaders, headersToKeep, receive } from './upload.ts';
import { childrenOf, document, textOf } from './xml.ts';

/** Of every part but the last, in bytes. */
const leastPart = 5 * 1024 * 1024;
const mostParts = 10_000;

export async function createUpload(call: Call): Promise<S3Answer> {
  const bucket = bucketOf(call);
  const key = keyOf(call);
  const started = call.clock();
  // In the order in which they begin.
  const id = `${started.toString(36).padStart(9, '0')}${randomBytes(24).toString('hex')}`;
  call.catalog.startUpload({ id, bucket: bucket.name, key, started, headers: headersToKeep(call) });
  return {
    status: 200,
    body: document('InitiateMultipartUploadResult', { Bucket: bucket.name, Key: key, UploadId: id }),
  };
}

export async function uploadPart(call: Call): Promise<S3Answer> {
  const upload = uploadOf(call);
  const number = numberOf(call);
  const { piece, md5, checksums } = await receive(call);
  keepPart(call, upload, { number, etag: md5, modified: call.clock(), piece });
  return {
    status: 200,
    headers: { etag: `"${md5}"`, ...checksumHeaders(checksums), 'x-amz-checksum-type': undefined },
  };
}

export async function copyPart(call: Call): Promise<S3Answer> {
  const upload = uploadOf(call);
  const number = numberOf(call);
  const { object } = sourceOf(call);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header(call, 'x-amz-copy-source-range') ?? '') ?? [];
  const [start, end] = first === undefined ? [0, object.size - 1] : [Number(first), Number(last)];
  if (start > end + 1 || end >= object.size) throw new S3Error('InvalidRange');
  const { pieces } = call;
  const written = await pieces.write(
    (async function* () {
      let at = 0;
      for (const piece of object.pieces) {
        const [from, to] = [Math.max(start - at, 0), Math.min(end - at, piece.size - 1)];
        if (from <= to) yield* await pieces.read(piece, from, to);
        at += piece.size;
      }
    })(),
    [],
  );
  const part = { number, etag: written.md5, modified: call.clock(), piece: written.piece };
  keepPart(call, upload, part);
  const content = { LastModified: new Date(part.modified).toISOString(), ETag: `"${part.etag}"` };
  return { status: 200, body: document('CopyPartResult', content) };
}

function keepPart(call: Call, { id }: UploadRecord, part: PartRecord): void {
  const replaced = call.catalog.together(() =>
    // It may have been completed or aborted while the bytes came.
    call.catalog.upload(id) === null ? undefined : call.catalog.putPart(id, part),
  );
  if (replaced === undefined) {
    call.pieces.remove([part.piece]);
    throw new S3Error('NoSuchUpload', { UploadId: id });
  }
  if (replaced !== null) call.pieces.remove([replaced.piece]);
}

export async function completeUpload(call: Call): Promise<S3Answer> {
  const { catalog, pieces } = call;
  const upload = uploadOf(call);
  const named = childrenOf(await xmlOf(call), 'Part').map((part) => ({
    number: Number(textOf(part, 'PartNumber')),
    etag: (textOf(part, 'ETag') ?? '').replaceAll('"', ''),
  }));
  if (named.length === 0) throw new S3Error('MalformedXML');
  const there = new Map(catalog.parts(upload.id).map((part) => [part.number, part]));
  const chosen = named.map(({ number, etag }, index) => {
    if (index > 0 && number <= (named[index - 1]?.number ?? 0)) throw new S3Error('InvalidPartOrder');
    const part = there.get(number);
    if (part === undefined || part.etag !== etag)
      throw new S3Error('InvalidPart', { PartNumber: String(number) });
    if (part.piece.size < leastPart && index < named.length - 1)
      throw new S3Error('EntityTooSmall', { PartNumber: String(number) });
    return part;
  });
  const md5s = Buffer.concat(chosen.map(({ etag }) => Buffer.from(etag, 'hex')));
  const etag = `${createHash('md5').update(md5s).digest('hex')}-${chosen.length}`;
  const object = {
    key: upload.key,
    size: chosen.reduce((sum, { piece }) => sum + piece.size, 0),
    etag,
    modified: call.clock(),
    headers: upload.headers,
    checksums: {},
    pieces: chosen.map(({ piece }) => piece),
  };
  const done = catalog.together(() => {
    if (catalog.upload(upload.id) === null) throw new S3Error('NoSuchUpload', { UploadId: upload.id });
    const put = catalog.putObject(upload.bucket, object, (present) => mayWrite(call, present));
    if (put !== false) catalog.endUpload(upload.id);
    return put;
  });
  if (done === false) throw new S3Error('PreconditionFailed');
  const left = [...there.values()].filter((part) => !chosen.includes(part)).map(({ piece }) => piece);
  pieces.remove([...left, ...(done.replaced?.pieces ?? [])]);
  const location = `http://${header(call, 'host') ?? ''}/${upload.bucket}/${encodeURIComponent(upload.key)}`;
  return {
    status: 200,
    body: document('CompleteMultipartUploadResult', {
      Location: location,
      Bucket: upload.bucket,
      Key: upload.key,
      ETag: `"${etag}"`,
    }),
  };
}

export async function abortUpload(call: Call): Promise<S3Answer> {
  const upload = uploadOf(call);
  const parts = call.catalog.parts(upload.id);
  call.catalog.endUpload(upload.id);
  call.pieces.remove(parts.map(({ piece }) => piece));
  return { status: 204 };
}

export async function listParts(call: Call): Promise<S3Answer> {
  const upload = uploadOf(call);
  const after = wholeNumber(call, 'part-number-marker', 0, mostParts);
  const most = wholeNumber(call, 'max-parts', 1000, 1000);
  const rest = call.catalog.parts(upload.id).filter(({ number }) => number > after);
  const shown = rest.slice(0, most);
  return {
    status: 200,
    body: document('ListPartsResult', {
      Bucket: upload.bucket,
      Key: upload.key,
      UploadId: upload.id,
      PartNumberMarker: after,
      NextPartNumberMarker: shown.at(-1)?.number ?? after,
      MaxParts: most,
      IsTruncated: shown.length < rest.length,
      Part: shown.map((part) => ({
        PartNumber: part.number,
        LastModified: new Date(part.modified).toISOString(),
        ETag: `"${part.etag}"`,
        Size: part.piece.size,
      })),
    }),
  };
}

export async function listUploads(call: Call): Promise<S3Answer> {
  const bucket = bucketOf(call);
  const prefix = parameter(call, 'prefix') ?? '';
  const most = wholeNumber(call, 'max-uploads', 1000, 1000);
  const marker = parameter(call, 'upload-id-marker') ?? '';
  const rest = call.catalog
    .uploads(bucket.name)
    .filter(({ key, id }) => key.startsWith(prefix) && id > marker);
  const shown = rest.slice(0, most);
  const truncated = shown.length < rest.length;
  return {
    status: 200,
    body: document('ListMultipartUploadsResult', {
      Bucket: bucket.name,
      Prefix: prefix,
      MaxUploads: most,
      IsTruncated: truncated,
      NextKeyMarker: truncated ? shown.at(-1)?.key : null,
      NextUploadIdMarker: truncated ? shown.at(-1)?.id : null,
      Upload: shown.map(({ key, id, started }) => ({
        Key: key,
        UploadId: id,
        Initiated: new Date(started).toISOString(),
        StorageClass: 'STANDARD',
      })),
    }),
  };
}

function uploadOf(call: Call): UploadRecord {
  const bucket = bucketOf(call);
  const key = keyOf(call);
  const id = parameter(call, 'uploadId') ?? '';
  const upload = call.catalog.upload(id);
  if (upload === null || upload.bucket !== bucket.name || upload.key !== key)
    throw new S3Error('NoSuchUpload', { UploadId: id });
  return upload;
}

function numberOf(call: Call): number {
  const number = Number(parameter(call, 'partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > mostParts)
    throw new S3Error('InvalidArgument', {}, 'Part number must be an integer between 1 and 10000, inclusive');
  return number;
}
