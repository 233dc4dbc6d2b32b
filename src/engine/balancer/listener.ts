import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { ConnectionHost } from './client-connection.ts';
import { ClientConnection } from './client-connection.ts';
import type { Clock } from './clock.ts';
import type { ListenerStatus } from './status.ts';
import type { HeaderRules, ListenerConfig, Timeouts } from './wanted.ts';
import type { ResponseFields } from './response-fields.ts';
import { responseFields } from './response-fields.ts';
import type { Routes } from './routes.ts';

export interface ListenerContext {
  readonly clock: Clock;
  readonly timeouts: () => Timeouts;
  /** Bound, or not for another reason than before. */
  readonly changed: (listener: Listener) => void;
  readonly bug: (error: unknown) => void;
}

/** A port that is taken may come free: after a kill, within moments. */
const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 1000;
const BACKLOG = 4096;

const standardHeaders: HeaderRules = { forwardedFor: 'append', clientPort: false, dropInvalid: false };

/** A port and the connections that came through it. Its routes are swapped beneath them. */
export class Listener implements ConnectionHost {
  routes: Routes;
  closing = false;
  timeouts: Timeouts;
  responseFields: ResponseFields;
  readonly clock: Clock;
  #config: ListenerConfig;
  #server: Server | null = null;
  #port: number;
  #error: { readonly code: string; readonly message: string } | null = null;
  #opening: Promise<void> | null = null;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #requests = 0;
  #elb4xx = 0;
  #elb5xx = 0;
  readonly #connections = new Set<ClientConnection>();
  readonly #context: ListenerContext;

  constructor(config: ListenerConfig, routes: Routes, context: ListenerContext) {
    this.#config = config;
    this.#port = config.port;
    this.routes = routes;
    this.clock = context.clock;
    this.#context = context;
    this.timeouts = this.#ownTimeouts();
    this.responseFields = responseFields(config.responseHeaders);
  }

  get port(): number {
    return this.#port;
  }

  get maxRequestBodyBytes(): number {
    return this.#config.maxRequestBodyBytes ?? Number.POSITIVE_INFINITY;
  }

  get connectionAgeMs(): number {
    return this.#config.connectionAgeMs ?? Number.POSITIVE_INFINITY;
  }

  get headers(): HeaderRules {
    return this.#config.headers ?? standardHeaders;
  }

  get connections(): number {
    return this.#connections.size;
  }

  configure(config: ListenerConfig, routes: Routes): void {
    this.#config = config;
    this.routes = routes;
    this.timeouts = this.#ownTimeouts();
    this.responseFields = responseFields(config.responseHeaders);
  }

  #ownTimeouts(): Timeouts {
    const { idleMs } = this.#config;
    const common = this.#context.timeouts();
    return idleMs === undefined ? common : { ...common, clientIdleMs: idleMs, targetIdleMs: idleMs };
  }

  /** Resolves once it has bound or failed to; having failed, it goes on trying by itself. */
  open(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#server !== null || this.closing) return Promise.resolve();
    // One attempt at a time: of two, the later would find the port taken by the earlier.
    this.#opening ??= this.#listen().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  #listen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    server.once('error', (error: NodeJS.ErrnoException) => {
      this.#failed({ code: error.code ?? 'UNKNOWN', message: error.message });
      resolve();
    });
    server.listen({ host: this.#config.host, port: this.#config.port, backlog: BACKLOG }, () => {
      server.removeAllListeners('error').on('error', this.#context.bug);
      if (this.closing) server.close();
      else this.#bound(server);
      resolve();
    });
    return promise;
  }

  #bound(server: Server): void {
    this.#server = server;
    this.#port = portOf(server.address()) ?? this.#port;
    this.#error = null;
    this.#retryMs = FIRST_RETRY_MS;
    this.#context.changed(this);
  }

  #failed(error: { code: string; message: string }): void {
    if (this.closing) return;
    const news = this.#error?.code !== error.code;
    this.#error = error;
    this.#retry = setTimeout(() => void this.open(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
    if (news) this.#context.changed(this);
  }

  #accept(socket: Socket): void {
    this.#connections.add(new ClientConnection(socket, this));
  }

  counted(): void {
    this.#requests += 1;
  }

  answered(status: number): void {
    if (status >= 500) this.#elb5xx += 1;
    else if (status >= 400) this.#elb4xx += 1;
  }

  left(connection: ClientConnection): void {
    this.#connections.delete(connection);
  }

  bug(error: unknown): void {
    this.#context.bug(error);
  }

  sweep(now: number): void {
    for (const connection of this.#connections) connection.checkTime(now);
  }

  /** Accepts no more; idle connections close, busy ones after their response. */
  close(): void {
    this.closing = true;
    clearTimeout(this.#retry);
    this.#server?.close();
    this.#server = null;
    for (const connection of this.#connections) connection.retire();
  }

  /** Ends even what is busy. */
  destroy(): void {
    this.close();
    for (const connection of this.#connections) connection.destroy();
  }

  status(): ListenerStatus {
    return {
      arn: this.#config.arn,
      host: this.#config.host,
      port: this.#port,
      bound: this.#server !== null,
      error: this.#error ?? undefined,
      connections: this.#connections.size,
      requests: this.#requests,
      elb4xx: this.#elb4xx,
      elb5xx: this.#elb5xx,
    };
  }
}

function portOf(address: AddressInfo | string | null): number | null {
  return typeof address === 'object' && address !== null ? address.port : null;
}
