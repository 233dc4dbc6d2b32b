import { createHash, timingSafeEqual } from 'node:crypto';
import { hmac, scopeText, sha256 } from '../../api/canonical.ts';
import type { Signed } from './authentication.ts';
import { S3Error } from './failure.ts';
import { headerOf } from './request.ts';
import type { S3Request } from './request.ts';

/** The content that a client sends, without the frames of chunks, checked against what it signed as it passes by. */
export interface Body {
  readonly chunks: AsyncIterable<Buffer>;
  /** Headers that came after the content, once it has been read. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** The largest chunk that is read, in bytes: each is held as a whole. */
const largestChunk = 16 * 1024 * 1024;
const longestLine = 16 * 1024;

/** A body that nobody signed is anybody's: such a request changes nothing. */
export function bodyOf(request: S3Request, signed: Signed | null): Body {
  const trailers = new Map<string, string>();
  const payload = signed?.payload ?? 'UNSIGNED-PAYLOAD';
  if (payload.startsWith('STREAMING-')) {
    const keeper = payload.includes('AWS4-HMAC-SHA256') && signed !== null ? chainOf(signed) : null;
    return { chunks: framed(request, keeper, trailers), trailers };
  }
  const chunks =
    payload === 'UNSIGNED-PAYLOAD'
      ? counted(request, request.body)
      : hashed(counted(request, request.body), payload);
  return { chunks, trailers };
}

/** Reads all of it. Fails with an `S3Error` where it is larger than `limit` bytes. */
export async function readAll({ chunks }: Body, limit: number): Promise<Buffer> {
  const all: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw new S3Error('EntityTooLarge');
    all.push(chunk);
  }
  return Buffer.concat(all);
}

async function* counted(request: S3Request, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const said = headerOf(request, 'content-length');
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    yield chunk;
  }
  if (said !== null && size !== Number(said)) throw new S3Error('IncompleteBody');
}

async function* hashed(chunks: AsyncIterable<Buffer>, expected: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== expected.toLowerCase()) throw new S3Error('XAmzContentSHA256Mismatch');
}

/** Signatures of chunks, each of which is made over the one before. */
interface Chain {
  check(kind: 'PAYLOAD' | 'TRAILER', content: Buffer, signature: string): void;
}

function chainOf({ signedAt, scope, key, signature }: Signed): Chain {
  let last = signature;
  return {
    check(kind, content, given) {
      const parts = [`AWS4-HMAC-SHA256-${kind}`, signedAt, scopeText(scope), last];
      if (kind === 'PAYLOAD') parts.push(sha256(''));
      const expected = hmac(key, [...parts, sha256(content)].join('\n'));
      const bytes = Buffer.from(given, 'hex');
      if (bytes.length !== expected.length || !timingSafeEqual(bytes, expected))
        throw new S3Error('SignatureDoesNotMatch');
      last = expected.toString('hex');
    },
  };
}

/**
 * `aws-chunked`: `<size in hex>[;chunk-signature=…]`, the chunk, and so on to one of size 0, then the trailers.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
async function* framed(
  request: S3Request,
  chain: Chain | null,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const source = reader(request.body);
  let size = 0;
  for (;;) {
    const head = await source.line();
    const [, digits = '', signature = ''] =
      /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(head) ?? [];
    const length = Number.parseInt(digits, 16);
    if (Number.isNaN(length) || length > largestChunk) throw new S3Error('InvalidChunkSizeError');
    const content = await source.take(length);
    chain?.check('PAYLOAD', content, signature);
    if (length === 0) break;
    yield content;
    size += length;
    if ((await source.line()) !== '') throw new S3Error('IncompleteBody');
  }
  await readTrailers(source, chain, trailers);
  const said = headerOf(request, 'x-amz-decoded-content-length');
  if (said !== null && Number(said) !== size) throw new S3Error('IncompleteBody');
}

async function readTrailers(
  source: Reader,
  chain: Chain | null,
  trailers: Map<string, string>,
): Promise<void> {
  let text = '';
  for (let line = await source.line(); line !== ''; line = await source.line()) {
    const at = line.indexOf(':');
    const [name, value] = [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    if (name === 'x-amz-trailer-signature') chain?.check('TRAILER', Buffer.from(text), value);
    else {
      text += `${name}:${value}\n`;
      trailers.set(name, value);
    }
  }
}

interface Reader {
  /** Up to the next line's end, without it; an empty one at the end of all. */
  line(): Promise<string>;
  take(length: number): Promise<Buffer>;
}

function reader(chunks: AsyncIterable<Buffer>): Reader {
  const source = chunks[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);
  let pending: Buffer[] = [];
  let held = 0;
  const more = async (): Promise<boolean> => {
    const { done, value } = await source.next();
    if (done === true) return false;
    pending.push(value);
    held += value.length;
    return true;
  };
  const gather = (): void => {
    rest = Buffer.concat([rest, ...pending]);
    pending = [];
    held = 0;
  };
  return {
    async line() {
      for (;;) {
        gather();
        const end = rest.indexOf('\r\n');
        if (end >= 0) {
          const text = rest.toString('latin1', 0, end);
          rest = rest.subarray(end + 2);
          return text;
        }
        if (rest.length > longestLine) throw new S3Error('InvalidChunkSizeError');
        if (!(await more())) {
          if (rest.length > 0) throw new S3Error('IncompleteBody');
          return '';
        }
      }
    },
    async take(length) {
      while (rest.length + held < length) if (!(await more())) throw new S3Error('IncompleteBody');
      gather();
      const content = rest.subarray(0, length);
      rest = rest.subarray(length);
      return content;
    },
  };
}
