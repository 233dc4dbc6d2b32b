import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { answer, answerFault } from './dispatch.ts';
import type { Endpoint } from './dispatch.ts';
import { Fault } from './fault.ts';
import type { Operations } from './operations.ts';
import { headOf, readRequest } from './request.ts';
import type { WireAnswer } from './request.ts';
import { everyday, servicesFor } from './services.ts';
import type { Credentials, OpenSession } from './signature.ts';

export interface ServeOptions {
  readonly host: '127.0.0.1';
  /** 0 for any that is free. */
  readonly port: number;
  readonly credentials: Credentials;
  /** What credentials beside those are taken; none unless it is given. */
  readonly sessions?: OpenSession;
  readonly region: string;
  readonly accountId: string;
  /** Milliseconds since the epoch; signatures are judged and answers dated by it. */
  readonly clock: () => number;
  /** Hears what the client does not: the error behind an internal failure. */
  readonly onInternalError: (error: unknown, requestId: string) => void;
}

export interface ServedApi {
  readonly port: number;
  /** Loads what the first requests would wait for, one service after the other. */
  warmUp(): Promise<void>;
  /** Takes no more requests, lets those begun be answered for up to five seconds, and frees the port. */
  close(): Promise<void>;
}

/** How long requests begun may take once the server is to close, in milliseconds. */
const CLOSING_GRACE = 5_000;

/** Longer than SDK clients keep a connection unused, so that none sends into one that closes; in milliseconds. */
const IDLE_LIMIT = 75_000;

/** How long a client may take to send one request, in milliseconds. */
const SENDING_LIMIT = 30_000;

/**
 * Serves the AWS API on loopback, every service at one endpoint. Fails with the system's error when the port cannot be
 * had (`EADDRINUSE`).
 */
export async function serveApi(operations: Operations, options: ServeOptions): Promise<ServedApi> {
  const endpoint: Endpoint = {
    sessions: () => null,
    ...options,
    services: servicesFor(operations),
  };
  const server = createServer({
    keepAliveTimeout: IDLE_LIMIT,
    headersTimeout: SENDING_LIMIT,
    requestTimeout: SENDING_LIMIT,
    noDelay: true,
  });
  const port = await listen(server, options);
  const hosts = hostsOf(port);
  const closing = new AbortController();
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    void respond(endpoint, hosts, closing.signal, incoming, outgoing);
  });
  return {
    port,
    warmUp: () => warmUp(endpoint),
    close() {
      closing.abort();
      return close(server);
    },
  };
}

function listen(server: Server, { host, port }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** The names a client on this machine may know us by. Any other is a page that made its name point here. */
function hostsOf(port: number): ReadonlySet<string> {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  return new Set([...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])]);
}

async function respond(
  endpoint: Endpoint,
  hosts: ReadonlySet<string>,
  closing: AbortSignal,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  let reply: WireAnswer;
  let whole = true;
  try {
    refuseUnwelcome(incoming, hosts);
    reply = await answer(endpoint, await readRequest(incoming), requestId);
  } catch (error) {
    // Anything but a fault is a connection that broke off before the request was whole: nobody is left to answer.
    if (!(error instanceof Fault)) return;
    whole = false;
    reply = answerFault(error, headOf(incoming), requestId);
  }
  if (outgoing.destroyed) return;
  outgoing.sendDate = false;
  const { body } = reply;
  const streamed = typeof body !== 'string' && !(body instanceof Uint8Array);
  outgoing.writeHead(reply.status, {
    ...reply.headers,
    date: new Date(endpoint.clock()).toUTCString(),
    'x-amzn-requestid': requestId,
    ...(streamed ? {} : { 'content-length': Buffer.byteLength(body) }),
    ...(whole && !closing.aborted ? {} : { connection: 'close' }),
    ...(incoming.method === 'POST' ? {} : { allow: 'POST' }),
  });
  if (!streamed) return void outgoing.end(body);
  // A stream has no end of its own: the client leaves it, or the server that closes cuts it off.
  outgoing.flushHeaders();
  await pipeline(body, outgoing, { signal: closing }).catch((error: unknown) => {
    if (!hasLeft(error)) endpoint.onInternalError(error, requestId);
  });
}

function hasLeft(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return (
    code === 'ABORT_ERR' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE'
  );
}

function refuseUnwelcome(incoming: IncomingMessage, hosts: ReadonlySet<string>): void {
  if (!hosts.has((incoming.headers.host ?? '').toLowerCase())) {
    throw new Fault('host refused', 'This endpoint answers to its loopback address only.');
  }
  if (incoming.method !== 'POST') throw new Fault('method refused', 'Only POST is accepted.');
}

async function warmUp({ services }: Endpoint): Promise<void> {
  for (const name of everyday) {
    // Requests that are there already go first.
    await setImmediate();
    await services(name);
  }
}

async function close(server: Server): Promise<void> {
  const overdue = setTimeout(() => server.closeAllConnections(), CLOSING_GRACE);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearTimeout(overdue);
}
