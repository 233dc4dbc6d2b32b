import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Properties } from './customers.ts';

/** Asks S3 for one object as an SDK signs it; the body of its answer. Fails with S3's error. */
export async function signedRequest(
  { endpoint = '', bucket = '', region = '', accessKeyId = '', secretAccessKey = '' }: Properties,
  method: 'GET' | 'PUT',
  key: string,
  body = '',
): Promise<string> {
  const { hostname, port, host } = new URL(endpoint);
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
    uriEscapePath: false,
  });
  const signed = await signer.sign({
    method,
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: `/${bucket}/${key}`,
    query: {},
    headers: { host, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
    body,
  });
  const { host: _, ...headers } = signed.headers;
  const response = await fetch(`${endpoint}${signed.path}`, {
    method,
    headers,
    ...(method === 'PUT' ? { body } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return text;
}

class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
