import type { Clock } from './clock.ts';
import type { Timeouts } from './control.ts';
import { HeadScan, INCOMPLETE } from './http/head-scan.ts';
import { Input } from './http/input.ts';
import { MessageBody } from './http/message-body.ts';
import type { RequestHead } from './http/request-head.ts';
import { CHUNKED, forwardedRequest } from './http/request-head.ts';
import type { ResponseHead } from './http/response-head.ts';
import { UNTIL_CLOSE, forwardedResponse, parseResponseHead } from './http/response-head.ts';
import type { Target } from './target.ts';
import type { TargetGroup } from './target-group.ts';
import type { UpstreamUser } from './upstream.ts';
import { UpstreamConnection } from './upstream.ts';

/** The client's side of an exchange. */
export interface ExchangeClient {
  /** Whether its connection ends with this exchange whatever the target says. */
  readonly mustClose: boolean;
  /** Response bytes; false where the client reads slower than they come: then `clientDrained` follows. */
  send(head: string, body: Buffer | null): boolean;
  write(chunk: Buffer): boolean;
  pauseReading(): void;
  resumeReading(): void;
  /** The target spoke `101`: bytes go both ways from here. What has come already. */
  upgraded(): Buffer | null;
  endWriting(): void;
  /** The exchange is over and its response complete. */
  finished(close: boolean): void;
  /** The exchange is over and nothing was answered. */
  failed(status: 408 | 502 | 503 | 504): void;
  /** The response broke off: the client must see it. */
  destroy(): void;
}

export interface ExchangeContext {
  readonly clock: Clock;
  readonly timeouts: () => Timeouts;
  readonly bug: (error: unknown) => void;
}

export interface ExchangeRequest {
  readonly head: RequestHead;
  /** Followed by the client's side; read here. */
  readonly body: MessageBody;
  readonly clientIp: string;
  readonly listenerPort: number;
  readonly group: TargetGroup;
  /** Header lines for the response. */
  readonly extra: string;
}

type Phase = 'connecting' | 'sent' | 'responding' | 'tunnel' | 'over';

const DEFAULT_KEEP_ALIVE_MS = 4000;
/** A connection is given up this long before its target would close it, so that no request crosses with the closing. */
const KEEP_ALIVE_MARGIN_MS = 1000;

/** One request on its way: to a target, and the response back. */
export class Exchange implements UpstreamUser {
  /** When a byte last moved on the target's side. */
  lastActive: number;
  #phase: Phase = 'connecting';
  #target: Target | null = null;
  #upstream: UpstreamConnection | null = null;
  #tried: readonly Target[] = [];
  #requestHead = '';
  #firstBody: Buffer | null = null;
  /** Whether all that was written so far is the head with what came with it, in one write. */
  #untouched = true;
  #sentAt = 0;
  #answeredAt = 0;
  #response: ResponseHead | null = null;
  #responseBody: MessageBody | null = null;
  #closeAfter = false;
  readonly #input = new Input();
  readonly #scan = new HeadScan();
  readonly #client: ExchangeClient;
  readonly #request: ExchangeRequest;
  readonly #context: ExchangeContext;

  constructor(client: ExchangeClient, request: ExchangeRequest, context: ExchangeContext) {
    this.#client = client;
    this.#request = request;
    this.#context = context;
    this.lastActive = context.clock.now();
  }

  /** `firstBody` is what came of the body with the head. */
  start(firstBody: Buffer | null): void {
    this.#firstBody = firstBody;
    const target = this.#request.group.pick([]);
    if (target === null) return this.#fail(503);
    this.#request.group.metrics.requests += 1;
    this.#goTo(target);
  }

  #goTo(target: Target): void {
    const { head, clientIp, listenerPort } = this.#request;
    this.#target = target;
    this.#phase = 'connecting';
    this.lastActive = this.#context.clock.now();
    target.begin();
    this.#requestHead = forwardedRequest(head, {
      clientIp,
      port: listenerPort,
      fallbackHost: `${target.host}:${target.port}`,
    });
    const pooled = target.pool.take(this.lastActive);
    if (pooled === null) {
      // The body waits with the client: until the target has accepted, the request may still go elsewhere.
      this.#client.pauseReading();
      this.#upstream = new UpstreamConnection(target, this);
      return;
    }
    this.#upstream = pooled;
    pooled.use(this);
    this.#send(pooled);
  }

  #send(upstream: UpstreamConnection): void {
    this.#phase = 'sent';
    this.#untouched = true;
    this.#sentAt = this.#context.clock.now();
    this.lastActive = this.#sentAt;
    if (upstream.send(this.#requestHead, this.#firstBody)) this.#client.resumeReading();
    else this.#client.pauseReading();
  }

  connected(): void {
    if (this.#phase === 'connecting' && this.#upstream !== null) this.#send(this.#upstream);
  }

  /** More of the request's body. */
  sendBody(chunk: Buffer): void {
    if (this.#upstream === null || chunk.length === 0) return;
    this.#untouched = false;
    this.#firstBody = null;
    if (!this.#upstream.write(chunk)) this.#client.pauseReading();
  }

  drained(): void {
    this.lastActive = this.#context.clock.now();
    this.#client.resumeReading();
  }

  clientDrained(): void {
    this.lastActive = this.#context.clock.now();
    this.#upstream?.resume();
  }

  received(chunk: Buffer): void {
    this.lastActive = this.#context.clock.now();
    switch (this.#phase) {
      case 'sent':
        this.#untouched = false;
        this.#firstBody = null;
        if (this.#answeredAt === 0) this.#answeredAt = this.lastActive;
        this.#input.append(chunk);
        this.#readHead();
        break;
      case 'responding':
        this.#relay('', chunk);
        break;
      case 'tunnel':
        if (!this.#client.write(chunk)) this.#upstream?.pause();
        break;
      case 'connecting':
      case 'over':
        break;
    }
  }

  #readHead(): void {
    const { method, minor } = this.#request.head;
    while (this.#phase === 'sent') {
      const length = this.#scan.find(this.#input.bytes, this.#input.start, this.#input.end);
      if (length === INCOMPLETE) return;
      if (length < 0) return this.#fail(502);
      const head = parseResponseHead(this.#input.bytes, this.#input.start, length, method);
      if (head.kind === 'fault') return this.#fail(502);
      this.#input.skip(length);
      this.#scan.reset();
      if (head.status === 101) return this.#switchProtocols(head);
      if (head.status >= 200) return this.#respond(head);
      // 100 was answered here already; the others (103) are for clients that know them.
      if (head.status !== 100 && minor === 1) {
        this.#client.send(
          forwardedResponse(head, { minor, close: false, addChunked: false, dropChunked: false, extra: '' }),
          null,
        );
      }
    }
  }

  #respond(head: ResponseHead): void {
    const { head: request, body, group, extra } = this.#request;
    group.metrics.responded(head.status, this.#answeredAt - this.#sentAt);
    const addChunked = head.bodyLength === UNTIL_CLOSE && request.minor === 1;
    const dropChunked = head.bodyLength === CHUNKED && request.minor === 0;
    const untilClose = request.minor === 0 && (head.bodyLength === UNTIL_CLOSE || dropChunked);
    // A response before the end of its request: where the next request would begin is only known by reading all of this one.
    this.#closeAfter = !request.keepAlive || !body.done || untilClose || this.#client.mustClose;
    const text = forwardedResponse(head, {
      minor: request.minor,
      close: this.#closeAfter,
      addChunked,
      dropChunked,
      extra,
    });
    this.#response = head;
    this.#responseBody = new MessageBody(head.bodyLength);
    this.#phase = 'responding';
    const rest = this.#input.drain();
    if (rest.length > 0 && !this.#responseBody.done) return this.#relay(text, rest);
    this.#client.send(text, null);
    if (this.#responseBody.done) this.#complete(rest.length === 0);
  }

  /** Body bytes of the response, after `head` where that has still to go. */
  #relay(head: string, chunk: Buffer): void {
    const body = this.#responseBody;
    if (body === null) return;
    const bare: Buffer[] = [];
    const dropChunked = body.length === CHUNKED && this.#request.head.minor === 0;
    const end = body.take(
      chunk,
      0,
      dropChunked ? (from, to) => bare.push(chunk.subarray(from, to)) : undefined,
    );
    const taken = dropChunked ? Buffer.concat(bare) : chunk.subarray(0, end);
    const more =
      body.length === UNTIL_CLOSE && this.#request.head.minor === 1
        ? this.#client.send(`${head}${taken.length.toString(16)}\r\n`, Buffer.concat([taken, CRLF]))
        : head === ''
          ? this.#client.write(taken)
          : this.#client.send(head, taken);
    if (body.fault !== null) return this.#breakOff();
    if (body.done) return this.#complete(end === chunk.length);
    if (!more) this.#upstream?.pause();
  }

  #switchProtocols(head: ResponseHead): void {
    const { head: request, body, group, extra } = this.#request;
    if (request.upgrade === null || !body.done) return this.#fail(502);
    group.metrics.responded(101, this.#answeredAt - this.#sentAt);
    this.#phase = 'tunnel';
    const text = forwardedResponse(
      { ...head, upgrade: head.upgrade ?? request.upgrade },
      { minor: 1, close: false, addChunked: false, dropChunked: false, extra },
    );
    if (!this.#client.send(text, this.#input.drain())) this.#upstream?.pause();
    const early = this.#client.upgraded();
    if (early !== null) this.sendBody(early);
  }

  ended(): void {
    switch (this.#phase) {
      case 'sent':
        return this.#fail(502);
      case 'responding': {
        if (this.#responseBody?.length !== UNTIL_CLOSE) return this.#breakOff();
        if (this.#request.head.minor === 1) this.#client.send('0\r\n\r\n', null);
        return this.#complete(false);
      }
      case 'tunnel':
        return this.#client.endWriting();
      case 'connecting':
      case 'over':
        return;
    }
  }

  closed(error: Error | null): void {
    this.#upstream = null;
    switch (this.#phase) {
      case 'connecting':
        this.#request.group.metrics.connectionErrors += 1;
        return this.#tryAnother(502);
      case 'sent':
        return this.#untouched && wroteNothing(error) ? this.#sendAfresh() : this.#fail(502);
      case 'responding':
        return this.#breakOff();
      case 'tunnel': {
        this.#leave(false);
        return error === null ? this.#client.finished(true) : this.#client.destroy();
      }
      case 'over':
        return;
    }
  }

  crashed(error: unknown): void {
    this.#context.bug(error);
    this.#leave(false);
    this.#client.destroy();
  }

  /** No byte of the request has been sent: another target of the group may have it. */
  #tryAnother(otherwise: 502 | 504): void {
    const failed = this.#target;
    if (failed === null) return;
    this.#drop();
    this.#tried = [...this.#tried, failed];
    const next = this.#request.group.pick(this.#tried);
    if (next === null) return this.#fail(otherwise);
    this.#request.group.metrics.retries += 1;
    this.#goTo(next);
  }

  /** The pooled connection had died before the write: the same target, on a connection that is new. */
  #sendAfresh(): void {
    const target = this.#target;
    if (target === null) return;
    this.#drop();
    target.pool.close();
    this.#request.group.metrics.retries += 1;
    this.#goTo(target);
  }

  /** The client has left. */
  abort(): void {
    if (this.#phase === 'over') return;
    if (this.#phase !== 'tunnel') this.#request.group.metrics.clientAborts += 1;
    this.#leave(false);
  }

  /** The client sent nonsense in its body: the target must not see the request as whole. */
  abandon(): void {
    this.#leave(false);
  }

  get hasResponded(): boolean {
    return this.#phase === 'responding' || this.#phase === 'tunnel';
  }

  /** The client's end of a tunnel sends no more. */
  clientEnded(): void {
    this.#upstream?.end();
  }

  /** Ends what has stood still for too long; `clientActive` is when the client last sent or took something. */
  checkTime(now: number, clientActive: number): void {
    const { connectMs, targetIdleMs } = this.#context.timeouts();
    if (this.#phase === 'connecting') {
      if (now - this.lastActive < connectMs) return;
      this.#request.group.metrics.connectionErrors += 1;
      return this.#tryAnother(504);
    }
    if (now - Math.max(this.lastActive, clientActive) < targetIdleMs) return;
    switch (this.#phase) {
      case 'sent':
        return this.#fail(this.#request.body.done ? 504 : 408);
      case 'responding':
        return this.#breakOff();
      case 'tunnel':
        this.#leave(false);
        return this.#client.destroy();
      case 'over':
        return;
    }
  }

  #complete(clean: boolean): void {
    const { body } = this.#request;
    this.#leave(clean && body.done && this.#response?.keepAlive === true);
    this.#client.finished(this.#closeAfter || !body.done);
  }

  #fail(status: 408 | 502 | 503 | 504): void {
    this.#leave(false);
    if (status !== 408) this.#request.group.metrics.elbAnswered(status);
    this.#client.failed(status);
  }

  #breakOff(): void {
    this.#request.group.metrics.brokenResponses += 1;
    this.#leave(false);
    this.#client.destroy();
  }

  #leave(reusable: boolean): void {
    this.#phase = 'over';
    const upstream = this.#upstream;
    const target = this.#target;
    if (
      reusable &&
      upstream !== null &&
      target !== null &&
      target.state !== 'draining' &&
      target.state !== 'drained'
    ) {
      this.#upstream = null;
      const announced = this.#response?.keepAliveMs ?? null;
      const idleMs = announced === null ? DEFAULT_KEEP_ALIVE_MS : announced - KEEP_ALIVE_MARGIN_MS;
      if (idleMs > 0) target.pool.put(upstream, this.lastActive + idleMs);
      else upstream.destroy();
    }
    this.#drop();
  }

  #drop(): void {
    this.#upstream?.destroy();
    this.#upstream = null;
    this.#target?.finish();
    this.#target = null;
  }
}

const CRLF = Buffer.from('\r\n');

/**
 * A write that failed at once: on a connection with room for a head the kernel takes all of it or, the peer having gone, none.
 */
function wroteNothing(error: Error | null): boolean {
  if (error === null || !('code' in error) || !('syscall' in error)) return false;
  return error.syscall === 'write' && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
}
