import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Applied, BalancerEvent, BalancerStatus } from './status.ts';

/** What can be asked of the balancer. */
export interface Controlled {
  /** Throws ControlFault where the config is refused. */
  apply(config: unknown): Promise<Applied>;
  status(): BalancerStatus;
  /** Calls for each event until the function returned is called. */
  subscribe(listener: (event: BalancerEvent) => void): () => void;
  stop(graceMs: number): void;
}

/** An error answer, with the code that its reader goes by. */
export class ControlFault extends Error {
  override readonly name = 'ControlFault';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const CONFIG_LIMIT = 64 * 1024 * 1024;

/** The control door: loopback, a port of its own, a bearer token. */
export class ControlServer {
  readonly #server: Server;
  readonly #token: Buffer;
  readonly #controlled: Controlled;
  readonly #bug: (error: unknown) => void;

  constructor(token: string, controlled: Controlled, bug: (error: unknown) => void) {
    this.#token = Buffer.from(`Bearer ${token}`);
    this.#controlled = controlled;
    this.#bug = bug;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** The port. */
  async open(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    await promise;
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the control server has no port');
    return address.port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (!this.#isAllowed(request)) throw new ControlFault(401, 'unauthorized', 'no or wrong bearer token');
      await this.#route(request, response);
    } catch (error) {
      const fault = error instanceof ControlFault ? error : new ControlFault(500, 'internal', String(error));
      if (fault.status === 500) this.#bug(error);
      answer(response, fault.status, { code: fault.code, message: fault.message });
    }
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    const given = Buffer.from(headers.authorization ?? '');
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    switch (`${request.method} ${url.pathname}`) {
      case 'PUT /config':
        return answer(response, 200, await this.#controlled.apply(await readJson(request)));
      case 'GET /status':
        return answer(response, 200, this.#controlled.status());
      case 'GET /events':
        return this.#stream(response);
      case 'POST /stop': {
        const graceMs = Number(url.searchParams.get('graceMs') ?? 30_000);
        if (!Number.isFinite(graceMs) || graceMs < 0)
          throw new ControlFault(400, 'invalid-request', 'graceMs: a number from 0');
        answer(response, 202, { stopping: true });
        return this.#controlled.stop(graceMs);
      }
      default:
        throw new ControlFault(404, 'not-found', `${request.method} ${url.pathname} is not served`);
    }
  }

  /** The snapshot and the subscription are taken in one turn, so that nothing falls between. */
  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const unsubscribe = this.#controlled.subscribe((event) => response.write(`${JSON.stringify(event)}\n`));
    response.on('close', unsubscribe);
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    if (!Buffer.isBuffer(piece)) continue;
    size += piece.length;
    if (size > CONFIG_LIMIT) throw new ControlFault(413, 'too-large', 'the config is too large');
    pieces.push(piece);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
    return value;
  } catch {
    throw new ControlFault(400, 'invalid-config', 'the config is not JSON');
  }
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  if (response.headersSent) return void response.end();
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
}
