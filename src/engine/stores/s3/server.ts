import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { answer } from './answer.ts';
import type { AnswerOptions } from './answer.ts';
import type { S3Answer } from './call.ts';
import { S3Error } from './failure.ts';
import { requestOf } from './request.ts';
import { document } from './xml.ts';

export interface ServedS3 {
  readonly port: number;
  /** Takes no more requests, lets those begun be answered for up to five seconds, and frees the port. */
  close(): Promise<void>;
}

/** In milliseconds. An upload may take as long as its bytes keep coming. */
const idleLimit = 60_000;
const closingGrace = 5_000;

/** Serves S3 on loopback. Fails with the system's error when the port cannot be had. */
export async function serveS3(port: number, options: AnswerOptions): Promise<ServedS3> {
  const server = createServer({
    headersTimeout: 30_000,
    requestTimeout: 0,
    keepAliveTimeout: idleLimit,
    noDelay: true,
  });
  server.setTimeout(idleLimit);
  const taken = await listen(server, port);
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // What fails here is a connection that broke off.
    respond(options, taken, incoming, outgoing).catch(() => outgoing.destroy());
  });
  return { port: taken, close: () => close(server) };
}

async function respond(
  options: AnswerOptions,
  port: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  const reply = await replyTo(options, port, incoming, requestId);
  const { body } = reply;
  outgoing.sendDate = false;
  outgoing.setHeader('date', new Date(options.library.clock()).toUTCString());
  outgoing.setHeader('server', 'AmazonS3');
  outgoing.setHeader('x-amz-request-id', requestId);
  if (typeof body === 'string') outgoing.setHeader('content-type', 'application/xml');
  for (const [name, value] of Object.entries(reply.headers ?? {}))
    if (value !== undefined) outgoing.setHeader(name, value);
  // What is left of the request would be taken for the next one.
  if (!incoming.complete) outgoing.setHeader('connection', 'close');
  outgoing.statusCode = reply.status;
  if (body === undefined) outgoing.end();
  else if (typeof body === 'string') outgoing.end(body);
  else await pipeline(body, outgoing);
}

async function replyTo(
  options: AnswerOptions,
  port: number,
  incoming: IncomingMessage,
  requestId: string,
): Promise<S3Answer> {
  try {
    return await answer(options, requestOf(incoming, bucketIn(incoming, port)), requestId);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    const content = { Code: error.code, Message: error.message, RequestId: requestId };
    return { status: error.status, body: document('Error', content) };
  }
}

/** The last is what containers call this machine. */
const ownNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]', 'host.docker.internal'];

/** The bucket in a name such as `photos.localhost`; null for the server's own names. Any other is a page that made its name point here. */
function bucketIn(incoming: IncomingMessage, port: number): string | null {
  const [, name = '', given] = /^(.*?)(?::(\d+))?$/.exec((incoming.headers.host ?? '').toLowerCase()) ?? [];
  if (Number(given ?? 80) !== port) throw elsewhere();
  if (ownNames.includes(name)) return null;
  const own = ownNames.find((one) => name.endsWith(`.${one}`));
  if (own === undefined) throw elsewhere();
  return name.slice(0, -own.length - 1);
}

const elsewhere = (): S3Error =>
  new S3Error('InvalidRequest', {}, 'This endpoint answers to its loopback address only.');

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function close(server: Server): Promise<void> {
  const overdue = setTimeout(() => server.closeAllConnections(), closingGrace);
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  await closed;
  clearTimeout(overdue);
}
