import type { Clock } from './clock.ts';
import type { ExchangeClient, ExchangeRequest } from './exchange-client.ts';
import { HeadScan, INCOMPLETE } from './http/head-scan.ts';
import { Input } from './http/input.ts';
import { forwardedRequest } from './http/request-head.ts';
import type { ResponseHead } from './http/response-head.ts';
import { forwardedResponse, parseResponseHead } from './http/response-head.ts';
import type { Progress } from './response-relay.ts';
import { ResponseRelay } from './response-relay.ts';
import type { Target } from './target.ts';
import type { UpstreamUser } from './upstream.ts';
import { UpstreamConnection, wroteNothing } from './upstream.ts';
import type { Timeouts } from './wanted.ts';

export interface ExchangeContext {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  bug(error: unknown): void;
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
  #relay: ResponseRelay | null = null;
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
    const { group, head } = this.#request;
    const target = group.held(head, this.#context.clock.date()) ?? group.pick([]);
    if (target === null) return this.#fail(503);
    group.metrics.requests += 1;
    this.#goTo(target);
  }

  #goTo(target: Target): void {
    const { head, clientIp, listenerPort, headers } = this.#request;
    this.#target = target;
    this.#phase = 'connecting';
    this.lastActive = this.#context.clock.now();
    target.begin();
    this.#requestHead = forwardedRequest(head, {
      clientIp,
      port: listenerPort,
      fallbackHost: `${target.host}:${target.port}`,
      rules: headers,
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
        if (this.#relay !== null) this.#follow(this.#relay, this.#relay.take(chunk));
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
        const { dropped } = this.#request;
        const delivery = { minor, close: false, addChunked: false, dropChunked: false, extra: '', dropped };
        if (!this.#client.send(forwardedResponse(head, delivery), null)) this.#upstream?.pause();
      }
    }
  }

  #respond(head: ResponseHead): void {
    this.#request.group.metrics.responded(head.status, this.#answeredAt - this.#sentAt);
    this.#phase = 'responding';
    const relay = new ResponseRelay(this.#client, this.#request, head);
    this.#relay = relay;
    this.#follow(relay, relay.begin(this.#extra(head), this.#input.drain()));
  }

  /** Header lines of ours for the response. */
  #extra(response: ResponseHead): string {
    const { group, extra } = this.#request;
    if (this.#target === null) return extra;
    return extra + group.stickyLine(this.#target, response, this.#context.clock.date());
  }

  #follow(relay: ResponseRelay, progress: Progress): void {
    switch (progress) {
      case 'more':
        return;
      case 'hold':
        return this.#upstream?.pause();
      case 'whole':
        return this.#complete(relay, true);
      case 'surplus':
        return this.#complete(relay, false);
      case 'broken':
        return this.#breakOff();
    }
  }

  #switchProtocols(head: ResponseHead): void {
    const { head: request, body, group, dropped } = this.#request;
    if (request.upgrade === null || !body.done) return this.#fail(502);
    group.metrics.responded(101, this.#answeredAt - this.#sentAt);
    this.#phase = 'tunnel';
    const text = forwardedResponse(
      { ...head, upgrade: head.upgrade ?? request.upgrade },
      { minor: 1, close: false, addChunked: false, dropChunked: false, extra: this.#extra(head), dropped },
    );
    if (!this.#client.send(text, this.#input.drain())) this.#upstream?.pause();
    const early = this.#client.upgraded();
    if (early !== null) this.sendBody(early);
  }

  ended(): void {
    switch (this.#phase) {
      case 'sent':
        return this.#fail(502);
      case 'responding':
        return this.#relay?.end() === 'whole' ? this.#complete(this.#relay, false) : this.#breakOff();
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
    const { connectMs, targetIdleMs } = this.#context.timeouts;
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

  #complete({ head, closeAfter }: ResponseRelay, clean: boolean): void {
    const { body } = this.#request;
    this.#leave(clean && body.done && head.keepAlive);
    this.#client.finished(closeAfter || !body.done);
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
      const announced = this.#relay?.head.keepAliveMs ?? null;
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
