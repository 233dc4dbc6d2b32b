import http from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { addressOf } from './address.ts';
import { dueBy, type Pace } from './pace.ts';
import type { TrafficOptions, TrafficRequest } from './words.ts';

/** How one request ended. It failed unless a complete answer with a status of 200 to 399 came. */
export interface Result {
  readonly request: TrafficRequest;
  /** When it was due, on the clock of `performance.now()`. */
  readonly due: number;
  readonly milliseconds: number;
  readonly failed: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly version: string | null;
  readonly reused: boolean;
}

export interface Load {
  /** Sends nothing new; resolves when everything that was due has ended. */
  stop(): Promise<void>;
  /** Drops everything at once; what was open is reported to nobody. */
  abort(): void;
  readonly missed: () => number;
}

/** A timer is this coarse: lateness below it is the client's, above it the request has waited. Milliseconds. */
const timerGrain = 2;
const sweepEvery = 100;

/**
 * Sends requests at a constant rate, as users do: when one is due does not depend on the answers before it, and its
 * latency counts from when it was due, so a stalled server is charged for everybody who waited.
 *
 * What counts as a failure: anything but a complete answer of 2xx or 3xx in time. Nothing is ever sent twice. What a
 * server closed *before* a request was written costs nothing, as for every client: connections are chosen right after
 * the event loop has read what the kernel knows, `Connection: close` and `Keep-Alive: timeout` are obeyed, and a closed
 * one is replaced. From the first byte written it is a failure, though a browser would try again: it would hide losses.
 */
export function startLoad(options: TrafficOptions, onResult: (result: Result) => void): Load {
  const secure = options.url.startsWith('https:');
  // Used in turn, every connection stays warm and each of them meets every change behind the balancer.
  const settings = { keepAlive: true, maxSockets: options.connections, scheduling: 'fifo' as const };
  const agent = secure ? new https.Agent(settings) : new http.Agent(settings);
  const prepared = options.requests.map((request) => prepare(options, request, agent));
  const send = secure ? https.request : http.request;

  let pace: Pace = { start: performance.now(), rate: options.rate, made: 0, missed: 0 };
  let turn = 0;
  let draining = false;
  let stopping = false;
  let ticker: NodeJS.Timeout | undefined;
  const stopped = Promise.withResolvers<void>();
  const waiting = new Queue<Prepared & { readonly due: number }>();
  const open = new Map<http.ClientRequest, { readonly due: number; readonly expire: () => void }>();
  const sweeper = setInterval(sweep, sweepEvery);
  tick();

  function tick(): void {
    const nextAt = takeDue();
    ticker = setTimeout(tick, Math.max(1, Math.floor(nextAt - performance.now())));
  }

  /** Returns when the next one is due. */
  function takeDue(): number {
    const now = performance.now();
    const next = dueBy(pace, now);
    pace = next.pace;
    for (const due of next.due) {
      const chosen = prepared[turn++ % prepared.length];
      if (chosen) waiting.push({ ...chosen, due: now - due <= timerGrain ? now : due });
    }
    drainSoon();
    return next.nextAt;
  }

  function drainSoon(): void {
    if (draining) return;
    draining = true;
    setImmediate(() => {
      draining = false;
      drain();
    });
  }

  function drain(): void {
    while (open.size < options.connections) {
      const next = waiting.shift();
      if (!next) break;
      make(next);
    }
    if (stopping && open.size === 0 && waiting.size === 0) finish();
  }

  function make({ request, settings: wire, due }: Prepared & { readonly due: number }): void {
    let status: number | null = null;
    let version: string | null = null;
    const sent = attempt(() => send(wire));
    if (sent instanceof Error) return refuse(request, due, sent.message);
    const end = (error: string | null): void => {
      if (!open.delete(sent)) return;
      const failed = error !== null || status === null || status < 200 || status > 399;
      const milliseconds = performance.now() - due;
      onResult({ request, due, milliseconds, failed, status, error, version, reused: sent.reusedSocket });
      drainSoon();
    };
    const broken = (error: NodeJS.ErrnoException): void =>
      end(status === null ? (error.code ?? error.message) : 'incomplete');
    const expire = (): void => {
      end('timeout');
      sent.destroy();
    };
    open.set(sent, { due, expire });
    sent.on('error', broken);
    sent.on('response', (response) => {
      status = response.statusCode ?? null;
      const named = response.headers['x-app-version'];
      version = typeof named === 'string' ? named : null;
      response.on('error', broken);
      response.on('end', () => end(response.complete ? null : 'incomplete'));
      response.on('close', () => end('incomplete'));
      response.resume();
    });
    sent.end(request.body ?? undefined);
  }

  /** In the order they were due, so the sweep ends at the first that still has time. */
  function sweep(): void {
    const late = performance.now() - options.timeout;
    for (const { due, expire } of open.values()) {
      if (due > late) break;
      expire();
    }
    for (let next = waiting.first(); next && next.due <= late; next = waiting.first()) {
      waiting.shift();
      refuse(next.request, next.due, 'timeout');
    }
    if (stopping) drainSoon();
  }

  /** Nothing could be sent. */
  function refuse(request: TrafficRequest, due: number, error: string): void {
    const milliseconds = performance.now() - due;
    onResult({ request, due, milliseconds, failed: true, status: null, error, version: null, reused: false });
  }

  function finish(): void {
    clearInterval(sweeper);
    agent.destroy();
    stopped.resolve();
  }

  return {
    stop() {
      if (stopping) return stopped.promise;
      stopping = true;
      clearTimeout(ticker);
      takeDue();
      return stopped.promise;
    },
    abort() {
      stopping = true;
      clearTimeout(ticker);
      waiting.clear();
      const dropped = [...open.keys()];
      open.clear();
      for (const sent of dropped) sent.destroy();
      finish();
    },
    missed: () => pace.missed,
  };
}

interface Prepared {
  readonly request: TrafficRequest;
  readonly settings: http.RequestOptions;
}

function prepare(options: TrafficOptions, request: TrafficRequest, agent: http.Agent): Prepared {
  const { hostname, port, path, auth, protocol } = urlToHttpOptions(addressOf(options.url, request.path));
  const length = request.body === null ? {} : { 'content-length': Buffer.byteLength(request.body) };
  const headers = { ...length, ...options.headers, ...request.headers };
  return {
    request,
    settings: { hostname, port, path, auth, protocol, method: request.method, headers, agent },
  };
}

/** A header that cannot be written is told with the first request, like any other failure. */
function attempt<T>(act: () => T): T | Error {
  try {
    return act();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** First in, first out, without moving the rest at each step. */
class Queue<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  first(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
