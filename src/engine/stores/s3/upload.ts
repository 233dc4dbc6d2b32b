import { header } from './call.ts';
import type { Call } from './call.ts';
import { checksumNames, isChecksumName } from './checksum.ts';
import type { ChecksumName } from './checksum.ts';
import { S3Error } from './failure.ts';
import type { WrittenPiece } from './pieces.ts';

/** The largest that one request may bring, in bytes. */
const largest = 5 * 1024 ** 3;

/** Headers of an upload that come back with the object. */
const kept = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/** Takes the body of a request, checked against every checksum that came with it, before or after it. */
export async function receive(call: Call): Promise<WrittenPiece> {
  const length = Number(header(call, 'x-amz-decoded-content-length') ?? header(call, 'content-length') ?? 0);
  if (length > largest) throw new S3Error('EntityTooLarge');
  const names = namesOf(call);
  const written = await call.pieces.write(call.body.chunks, names);
  try {
    verify(call, names, written);
    return written;
  } catch (error) {
    call.pieces.remove([written.piece]);
    throw error;
  }
}

/** The checksums that the client announces. */
function namesOf(call: Call): readonly ChecksumName[] {
  const trailers = (header(call, 'x-amz-trailer') ?? '').toLowerCase().split(/\s*,\s*/);
  const announced = checksumNames.filter(
    (name) => header(call, `x-amz-checksum-${name}`) !== null || trailers.includes(`x-amz-checksum-${name}`),
  );
  const asked = (header(call, 'x-amz-sdk-checksum-algorithm') ?? '').toLowerCase();
  return isChecksumName(asked) && !announced.includes(asked) ? [...announced, asked] : announced;
}

function verify(call: Call, names: readonly ChecksumName[], written: WrittenPiece): void {
  const md5 = header(call, 'content-md5');
  if (md5 !== null && Buffer.from(md5, 'base64').toString('hex') !== written.md5)
    throw new S3Error('BadDigest');
  for (const name of names) {
    const title = `x-amz-checksum-${name}`;
    const said = header(call, title) ?? call.body.trailers.get(title);
    if (said !== undefined && said !== written.checksums[name]) {
      throw new S3Error(
        'BadDigest',
        {},
        `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    }
  }
}

export function checksumHeaders(checksums: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(checksums).map(
    ([name, value]) => [`x-amz-checksum-${name}`, value] as const,
  );
  return entries.length === 0 ? {} : { ...Object.fromEntries(entries), 'x-amz-checksum-type': 'FULL_OBJECT' };
}

/** What an object keeps of the headers that it comes with. */
export function headersToKeep(call: Call): Readonly<Record<string, string>> {
  refuseUnknown(call);
  const headers: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of Object.keys(call.request.headers)) {
    const value = header(call, name);
    if (value === null) continue;
    if (kept.includes(name) || name.startsWith('x-amz-meta-')) headers[name] = value;
  }
  // How it travelled is no property of the object.
  const encoding = headers['content-encoding']?.split(/\s*,\s*/).filter((each) => each !== 'aws-chunked');
  if (encoding !== undefined) {
    if (encoding.length === 0) delete headers['content-encoding'];
    else headers['content-encoding'] = encoding.join(',');
  }
  return headers;
}

/** What would silently not be done is refused. */
const unheeded = [
  'x-amz-tagging',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-legal-hold',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-website-redirect-location',
];

function refuseUnknown(call: Call): void {
  for (const name of unheeded)
    if (header(call, name) !== null) throw new S3Error('NotImplemented', { Header: name });
  const acl = header(call, 'x-amz-acl');
  if (acl !== null && acl !== 'bucket-owner-full-control' && acl !== 'private')
    throw new S3Error('AccessControlListNotSupported');
}
