import { request as httpRequest } from 'node:http';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { CREDENTIALS } from './endpoint.ts';

/** A request as HTTP has it, for what no SDK would send. */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export const ECS_JSON = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters',
};

export const ELB_FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** The headers with which the SDK's own signer would have this sent. */
export async function signedHeaders(
  port: number,
  service: string,
  { method = 'POST', path = '/', query = {}, headers = {}, body = '' }: RawRequest,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    service,
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    sha256: Sha256,
  });
  const signed = await signer.sign({
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    method,
    path,
    query: Object.fromEntries(Object.entries(query)),
    headers: { host: `127.0.0.1:${port}`, ...headers },
    body,
  });
  return signed.headers;
}

export async function sendSigned(port: number, service: string, request: RawRequest): Promise<RawAnswer> {
  return sendRaw(port, { ...request, headers: await signedHeaders(port, service, request) });
}

export function sendRaw(
  port: number,
  { method = 'POST', path = '/', query = {}, headers = {}, body }: RawRequest,
) {
  const search = Object.entries(query)
    .flatMap(([name, values]) => [values].flat().map((value) => `${escape(name)}=${escape(value)}`))
    .join('&');
  return new Promise<RawAnswer>((resolve, reject) => {
    const sent = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path: search === '' ? path : `${path}?${search}`,
        headers,
        agent: false,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** As RFC 3986 has it. */
function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
