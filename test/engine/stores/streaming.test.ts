import { describe, expect, it } from 'vitest';
import { authenticate } from '../../../src/engine/stores/s3/authentication.ts';
import { bodyOf, readAll } from '../../../src/engine/stores/s3/body.ts';
import { checksum, checksumNames } from '../../../src/engine/stores/s3/checksum.ts';
import type { S3Request } from '../../../src/engine/stores/s3/request.ts';

/**
 * The example of AWS's documentation, to the byte.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const now = Date.parse('2013-05-24T00:00:00Z');
const chunks = [
  ['ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648', 65_536],
  ['0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497', 1024],
  ['b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9', 0],
] as const;

function example(spoil: (text: string) => string = (text) => text): S3Request {
  const framed = chunks.map(
    ([signature, size]) => `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}\r\n`,
  );
  const text = spoil(framed.join(''));
  const headers = {
    host: 's3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'content-length': '66824',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  };
  return {
    method: 'PUT',
    path: '/examplebucket/chunkObject.txt',
    query: new URLSearchParams(),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    bucket: 'examplebucket',
    key: 'chunkObject.txt',
    body: pieces(Buffer.from(text)),
  };
}

/** As the wire may deliver it: cut anywhere. */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 999) yield bytes.subarray(at, at + 999);
}

const received = (request: S3Request): Promise<Buffer> =>
  readAll(bodyOf(request, authenticate(request, credentials, now)), 1e6);

describe('a stream of signed chunks', () => {
  it('is taken as its signatures say', async () => {
    expect((await received(example())).equals(Buffer.alloc(66_560, 'a'))).toBe(true);
  });

  it.each([
    ['changed on the way', (text: string) => text.replace('aaaa', 'aaba'), 'SignatureDoesNotMatch'],
    ['cut off', (text: string) => text.slice(0, 66_000), 'IncompleteBody'],
    [
      'without its last chunk',
      (text: string) => text.slice(0, text.lastIndexOf('0;chunk')),
      'InvalidChunkSizeError',
    ],
  ])('is refused when it was %s', async (_, spoil, code) => {
    await expect(received(example(spoil))).rejects.toMatchObject({ code });
  });

  it('is refused where the head was signed with another key, or long ago', () => {
    const other = { ...credentials, secretAccessKey: 'another' };
    expect(() => authenticate(example(), other, now)).toThrow(/does not match/);
    expect(() => authenticate(example(), credentials, now + 3_600_000)).toThrow(/too large/);
  });
});

describe('checksums', () => {
  /** Of "123456789": https://reveng.sourceforge.io/crc-catalogue/ and FIPS 180. */
  const known = {
    crc32: Buffer.from('cbf43926', 'hex'),
    crc32c: Buffer.from('e3069283', 'hex'),
    crc64nvme: Buffer.from('ae8b14860a799888', 'hex'),
    sha1: Buffer.from('f7c3bc1d808e04732adf679965ccc34ca7ae3441', 'hex'),
    sha256: Buffer.from('15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225', 'hex'),
  };
  it.each(checksumNames)('%s is as its catalogue has it, whatever the chunks', (name) => {
    const sum = checksum(name);
    for (const chunk of ['1234', '', '56789']) sum.update(Buffer.from(chunk));
    expect(sum.digest()).toBe(known[name].toString('base64'));
  });
});
