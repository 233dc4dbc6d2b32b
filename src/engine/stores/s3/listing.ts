import { bucketOf, parameter, wholeNumber } from './call.ts';
import type { Call, S3Answer } from './call.ts';
import { S3Error } from './failure.ts';
import type { ObjectRecord } from './records.ts';
import { document } from './xml.ts';
import type { Tree } from './xml.ts';

interface Page {
  readonly objects: readonly ObjectRecord[];
  /** What keys between `prefix` and `delimiter` are rolled up in. */
  readonly prefixes: readonly string[];
  /** The last that was told, key or prefix; null when there is nothing behind it. */
  readonly next: string | null;
}

export async function listObjectsV2(call: Call): Promise<S3Answer> {
  const token = parameter(call, 'continuation-token');
  const startAfter = parameter(call, 'start-after');
  if (token === '') throw new S3Error('InvalidArgument', {}, 'The continuation token provided is incorrect');
  const { page, most, named } = listed(call, token === null ? startAfter : fromToken(token));
  const owner = parameter(call, 'fetch-owner') === 'true';
  return {
    status: 200,
    body: document('ListBucketResult', {
      ...named,
      StartAfter: startAfter === null ? null : name(call, startAfter),
      ContinuationToken: token,
      NextContinuationToken: page.next === null ? null : toToken(page.next),
      KeyCount: page.objects.length + page.prefixes.length,
      MaxKeys: most,
      IsTruncated: page.next !== null,
      ...contents(call, page, owner),
    }),
  };
}

/** The first version of the same: pages go on from a key. */
export async function listObjects(call: Call): Promise<S3Answer> {
  const marker = parameter(call, 'marker');
  const { page, most, named } = listed(call, marker);
  return {
    status: 200,
    body: document('ListBucketResult', {
      ...named,
      Marker: name(call, marker ?? ''),
      NextMarker: page.next === null || parameter(call, 'delimiter') === null ? null : name(call, page.next),
      MaxKeys: most,
      IsTruncated: page.next !== null,
      ...contents(call, page, true),
    }),
  };
}

function listed(
  call: Call,
  after: string | null,
): { readonly page: Page; readonly most: number; readonly named: Tree } {
  const bucket = bucketOf(call);
  const prefix = parameter(call, 'prefix') ?? '';
  const delimiter = parameter(call, 'delimiter');
  const most = wholeNumber(call, 'max-keys', 1000, 1000);
  const encoding = parameter(call, 'encoding-type');
  if (encoding !== null && encoding !== 'url')
    throw new S3Error('InvalidArgument', {}, 'Invalid Encoding Method specified in Request');
  const page = pageOf(call, {
    bucket: bucket.name,
    prefix,
    delimiter: delimiter === '' ? null : delimiter,
    after,
    most,
  });
  const named = {
    Name: bucket.name,
    Prefix: name(call, prefix),
    Delimiter: delimiter === null ? null : name(call, delimiter),
    EncodingType: encoding,
  };
  return { page, most, named };
}

interface Asked {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string | null;
  readonly after: string | null;
  readonly most: number;
}

/** How many are read from the catalog at once. */
const stride = 1000;

function pageOf({ catalog }: Call, { bucket, prefix, delimiter, after, most }: Asked): Page {
  const start = Buffer.from(prefix);
  const objects: ObjectRecord[] = [];
  const prefixes: string[] = [];
  let from: Buffer = start;
  if (after !== null) {
    const rolled = rolledUp(after, prefix, delimiter);
    // Behind everything that a prefix that was told stands for.
    const behind = rolled === after ? behindAll(Buffer.from(rolled)) : Buffer.from(`${after}\0`);
    if (behind === null) return { objects, prefixes, next: null };
    if (Buffer.compare(behind, from) > 0) from = behind;
  }
  if (most === 0) return { objects, prefixes, next: null };
  let last: string | null = null;
  for (;;) {
    const found = catalog.objectsFrom(bucket, from, stride);
    let jump: Buffer | null | undefined;
    for (const object of found) {
      if (!object.key.startsWith(prefix)) return { objects, prefixes, next: null };
      if (objects.length + prefixes.length === most) return { objects, prefixes, next: last };
      const rolled = rolledUp(object.key, prefix, delimiter);
      last = rolled ?? object.key;
      if (rolled === null) objects.push(object);
      else {
        prefixes.push(rolled);
        jump = behindAll(Buffer.from(rolled));
        break;
      }
    }
    if (jump === null || (jump === undefined && found.length < stride))
      return { objects, prefixes, next: null };
    from = jump ?? Buffer.from(`${found.at(-1)?.key ?? ''}\0`);
  }
}

/** `photos/2024/a.jpg` → `photos/2024/` below `photos/` with `/`; null for a key that is told itself. */
function rolledUp(key: string, prefix: string, delimiter: string | null): string | null {
  if (delimiter === null || !key.startsWith(prefix)) return null;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? null : key.slice(0, at + delimiter.length);
}

/** The first key that does not begin with these bytes and comes after all that do; null where there is none. */
function behindAll(bytes: Buffer): Buffer | null {
  const copy = Buffer.from(bytes);
  for (let length = copy.length; length > 0; length -= 1) {
    const last = copy[length - 1] ?? 0;
    if (last === 0xff) continue;
    copy[length - 1] = last + 1;
    return copy.subarray(0, length);
  }
  return null;
}

function contents(call: Call, { objects, prefixes }: Page, owner: boolean): Tree {
  return {
    Contents: objects.map((object) => ({
      Key: name(call, object.key),
      LastModified: new Date(object.modified).toISOString(),
      ETag: `"${object.etag}"`,
      Size: object.size,
      StorageClass: 'STANDARD',
      ...(owner ? { Owner: ownerTree } : {}),
    })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: name(call, prefix) })),
  };
}

export const ownerTree = { ID: '0'.repeat(64), DisplayName: 'owner' };

/** Keys may hold what XML cannot: a client can have them encoded. */
function name(call: Call, key: string): string {
  if (parameter(call, 'encoding-type') !== 'url') return key;
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}

const toToken = (key: string): string => Buffer.from(key).toString('base64url');
const fromToken = (token: string): string => Buffer.from(token, 'base64url').toString();
