import type { Socket } from 'node:net';
import type { Answer } from './answer.ts';
import { answerText, pageAnswer } from './answer.ts';
import type { Clock } from './clock.ts';
import type { HeaderRules, Timeouts } from './wanted.ts';
import type { ExchangeClient, ExchangeRequest } from './exchange-client.ts';
import { Exchange } from './exchange.ts';
import { HeadScan, INCOMPLETE } from './http/head-scan.ts';
import { Input } from './http/input.ts';
import { MessageBody } from './http/message-body.ts';
import type { HeadFault, RequestHead } from './http/request-head.ts';
import { parseRequestHead, scanFault } from './http/request-head.ts';
import type { ResponseFields } from './response-fields.ts';
import type { ForwardRoute, Routes } from './routes.ts';
import { writeJoined } from './upstream.ts';

/** What a connection takes from its listener, as it is now. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly routes: Routes;
  readonly port: number;
  readonly maxRequestBodyBytes: number;
  readonly connectionAgeMs: number;
  readonly headers: HeaderRules;
  readonly responseFields: ResponseFields;
  readonly timeouts: Timeouts;
  /** No further request is taken from its connections. */
  readonly closing: boolean;
  /** Counts a request that was understood. */
  counted(): void;
  /** Counts an answer of the balancer itself. */
  answered(status: number): void;
  left(connection: ClientConnection): void;
  bug(error: unknown): void;
}

/**
 * - `head`: between requests or within a head
 * - `body`: the body of the request in hand is coming
 * - `waiting`: the request is whole, its response is not
 * - `tunnel`: upgraded
 * - `lingering`: the last response is written; what still comes is thrown away, so that the closing resets nothing
 */
type Phase = 'head' | 'body' | 'waiting' | 'tunnel' | 'lingering' | 'gone';

const LINGER_MS = 2000;
/** Empty lines before a request are passed over (RFC 9112 §2.2), but not without end. */
const BLANK_LINES = 4;

/** A client's connection: one request after another, in order, whatever is pipelined. */
export class ClientConnection implements ExchangeClient {
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #clientIp: string;
  readonly #input = new Input();
  readonly #scan = new HeadScan();
  #phase: Phase = 'head';
  #lastActive: number;
  readonly #bornAt: number;
  #isOld = false;
  #headSince = 0;
  #blankLines = 0;
  #pumping = false;
  #head: RequestHead | null = null;
  #body: MessageBody | null = null;
  #exchange: Exchange | null = null;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#clientIp = socket.remoteAddress ?? '127.0.0.1';
    this.#bornAt = host.clock.now();
    this.#lastActive = this.#bornAt;
    socket.on('data', (chunk: Buffer) => this.#guard(() => this.#received(chunk)));
    socket.on('end', () => this.#guard(() => this.#ended()));
    socket.on('drain', () => this.#guard(() => this.#drained()));
    socket.on('error', () => {});
    socket.on('close', () => this.#guard(() => this.#closed()));
  }

  /** A fault in this code costs one connection, not all of them. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#host.bug(error);
      this.#exchange?.abandon();
      this.#socket.destroy();
    }
  }

  #received(chunk: Buffer): void {
    this.#lastActive = this.#host.clock.now();
    switch (this.#phase) {
      case 'head':
        if (this.#input.length === 0) this.#headSince = this.#lastActive;
        this.#input.append(chunk);
        return this.#pump();
      case 'body':
        return this.#takeBody(chunk);
      case 'waiting':
        this.#input.append(chunk);
        this.#socket.pause();
        return;
      case 'tunnel':
        return this.#exchange?.sendBody(chunk);
      case 'lingering':
      case 'gone':
        return;
    }
  }

  /** Takes requests from the input until one has to be waited for. A loop, so that a long pipeline is no deep recursion. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#phase === 'head' && this.#input.length > 0) {
      // A client that sends on without reading its answers would have them all kept for it.
      if (this.#socket.writableNeedDrain) {
        this.#socket.pause();
        break;
      }
      if (!this.#takeHead()) break;
    }
    this.#pumping = false;
  }

  /** Whether a head was complete. */
  #takeHead(): boolean {
    const { bytes, start, end } = this.#input;
    const length = this.#scan.find(bytes, start, end);
    if (length === INCOMPLETE) return false;
    this.#scan.reset();
    if (length < 0) {
      this.#refuse(scanFault(length));
      return true;
    }
    if (length === 2) {
      this.#input.skip(2);
      if (++this.#blankLines > BLANK_LINES)
        this.#refuse({ kind: 'fault', status: 400, reason: 'too many empty lines' });
      return true;
    }
    this.#blankLines = 0;
    const head = parseRequestHead(bytes, start, length);
    if (head.kind === 'fault') {
      this.#refuse(head);
      return true;
    }
    this.#input.skip(length);
    this.#request(head);
    return true;
  }

  #request(head: RequestHead): void {
    const { clock, routes, maxRequestBodyBytes } = this.#host;
    this.#host.counted();
    const body = new MessageBody(head.bodyLength);
    this.#head = head;
    this.#body = body;
    if (body.length > maxRequestBodyBytes) return this.#answer(pageAnswer(413));
    // ALB: "immediately responds with 100 Continue without testing the content length header"; none once the body is there.
    if (head.expectsContinue && !body.done && this.#input.length === 0)
      this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    const first = body.done ? null : this.#bodyFromInput(body);
    if (body.fault !== null) return this.#answer(pageAnswer(400));
    if (body.received > maxRequestBodyBytes) return this.#answer(pageAnswer(413));
    this.#phase = body.done ? 'waiting' : 'body';
    const route = routes.find(head, this.#clientIp, clock.date());
    if (route.kind === 'answer') return this.#answer(route.answer);
    this.#exchange = new Exchange(this, this.#exchangeRequest(head, body, route), this.#host);
    this.#exchange.start(first);
  }

  #exchangeRequest(head: RequestHead, body: MessageBody, route: ForwardRoute): ExchangeRequest {
    const { port, headers, responseFields } = this.#host;
    const { lines, dropped } = responseFields;
    const clientIp = headers.clientPort ? withPort(this.#clientIp, this.#socket.remotePort) : this.#clientIp;
    const extra = route.extra + lines;
    return { head, body, clientIp, listenerPort: port, headers, group: route.group, extra, dropped };
  }

  #bodyFromInput(body: MessageBody): Buffer | null {
    if (this.#input.length === 0) return null;
    const bytes = this.#input.bytes.subarray(this.#input.start, this.#input.end);
    const end = body.take(bytes, 0);
    this.#input.skip(end);
    return bytes.subarray(0, end);
  }

  #takeBody(chunk: Buffer): void {
    const body = this.#body;
    const exchange = this.#exchange;
    if (body === null || exchange === null) return;
    const end = body.take(chunk, 0);
    if (body.fault !== null) return this.#refuseBody(exchange, 400);
    if (body.received > this.#host.maxRequestBodyBytes) return this.#refuseBody(exchange, 413);
    if (body.done) this.#phase = 'waiting';
    exchange.sendBody(end === chunk.length ? chunk : chunk.subarray(0, end));
    if (end === chunk.length || this.#phase !== 'waiting') return;
    this.#input.append(chunk.subarray(end));
    this.#socket.pause();
  }

  #refuseBody(exchange: Exchange, status: 400 | 413): void {
    const responded = exchange.hasResponded;
    exchange.abandon();
    this.#exchange = null;
    if (responded) this.destroy();
    else this.#answer(pageAnswer(status));
  }

  /** A head that cannot be read: what follows it cannot be either. */
  #refuse(fault: HeadFault): void {
    this.#head = null;
    this.#body = null;
    this.#write(pageAnswer(fault.status), true);
    this.#linger();
  }

  #answer(answer: Answer): void {
    const complete = this.#body?.done === true;
    const close = this.mustClose || !complete || this.#head?.keepAlive !== true;
    this.#write(answer, close);
    this.finished(close);
  }

  #write(answer: Answer, close: boolean): void {
    this.#host.answered(answer.status);
    const date = new Date(this.#host.clock.date()).toUTCString();
    this.#socket.write(
      answerText(answer, {
        date,
        close,
        method: this.#head?.method ?? 'GET',
        fields: this.#host.responseFields,
      }),
      'latin1',
    );
  }

  get mustClose(): boolean {
    return this.#host.closing || this.#isOld;
  }

  send(head: string, body: Buffer | null): boolean {
    return writeJoined(this.#socket, head, body);
  }

  write(chunk: Buffer): boolean {
    return this.#socket.write(chunk);
  }

  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    // Bytes of a next request are already held: more of them would only fill memory.
    if (this.#phase === 'waiting' && this.#input.length > 0) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  upgraded(): Buffer | null {
    this.#phase = 'tunnel';
    const early = this.#input.length > 0 ? this.#input.drain() : null;
    this.#socket.resume();
    return early;
  }

  endWriting(): void {
    this.#socket.end();
  }

  finished(close: boolean): void {
    this.#exchange = null;
    this.#head = null;
    this.#body = null;
    if (close || this.mustClose) return this.#linger();
    this.#phase = 'head';
    this.#headSince = this.#host.clock.now();
    this.#lastActive = this.#headSince;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#pump();
  }

  failed(status: 408 | 502 | 503 | 504): void {
    this.#answer(pageAnswer(status));
  }

  destroy(): void {
    this.#exchange = null;
    this.#socket.destroy();
  }

  /** Everything is said: closes as soon as the client has, or it has had its time. */
  #linger(): void {
    this.#phase = 'lingering';
    this.#input.clear();
    this.#lastActive = this.#host.clock.now();
    this.#socket.end();
    this.#socket.resume();
  }

  /** A client that shuts its side amid an exchange has left, as nginx, Go and Envoy see it too. */
  #ended(): void {
    switch (this.#phase) {
      case 'tunnel':
        return this.#exchange?.clientEnded();
      case 'body':
      case 'waiting':
        return void this.#socket.destroy();
      case 'head':
        return void this.#socket.end();
      case 'lingering':
      case 'gone':
        return;
    }
  }

  #drained(): void {
    this.#lastActive = this.#host.clock.now();
    if (this.#phase !== 'head') return this.#exchange?.clientDrained();
    this.#headSince = this.#lastActive;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#pump();
  }

  #closed(): void {
    this.#phase = 'gone';
    this.#exchange?.abort();
    this.#exchange = null;
    this.#input.clear();
    this.#host.left(this);
  }

  /** Ends what has stood still for too long. */
  checkTime(now: number): void {
    const { clientIdleMs, headReadMs } = this.#host.timeouts;
    if (now - this.#bornAt >= this.#host.connectionAgeMs) this.#isOld = true;
    switch (this.#phase) {
      case 'head': {
        if (this.#socket.writableNeedDrain) {
          if (now - this.#lastActive >= clientIdleMs) this.#socket.destroy();
        } else if (this.#input.length > 0 || this.#blankLines > 0) {
          if (now - this.#headSince >= headReadMs) this.#guard(() => this.#timedOut());
        } else if (this.#isOld || now - this.#lastActive >= clientIdleMs) this.#closeIdle();
        return;
      }
      case 'body':
      case 'waiting':
      case 'tunnel':
        return this.#guard(() => this.#exchange?.checkTime(now, this.#lastActive));
      case 'lingering':
        if (now - this.#lastActive >= LINGER_MS) this.#socket.destroy();
        return;
      case 'gone':
        return;
    }
  }

  /** Between requests there is nothing to wait for, but the end of a last response on its way. */
  #closeIdle(): void {
    if (this.#socket.writableLength === 0) this.#socket.destroy();
    else this.#linger();
  }

  #timedOut(): void {
    this.#write(pageAnswer(408), true);
    this.#linger();
  }

  /** The listener goes: an idle connection at once, a busy one after its response. */
  retire(): void {
    if (this.#phase === 'head' && this.#input.length === 0) this.#closeIdle();
  }
}

function withPort(address: string, port: number | undefined): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port ?? 0}`;
}
