import type { ExchangeClient, ExchangeRequest } from './exchange-client.ts';
import { MessageBody } from './http/message-body.ts';
import { CHUNKED } from './http/request-head.ts';
import type { ResponseHead } from './http/response-head.ts';
import { UNTIL_CLOSE, forwardedResponse } from './http/response-head.ts';

/**
 * - `more`: the body goes on
 * - `hold`: it goes on, and the client reads slower than it comes
 * - `whole`: it has ended, and nothing came after it
 * - `surplus`: it has ended, and bytes came after it that nobody asked for
 * - `broken`: it is not what its head said
 */
export type Progress = 'more' | 'hold' | 'whole' | 'surplus' | 'broken';

/** A response on its way: its head as this client gets it, its body in a framing that this client knows. */
export class ResponseRelay {
  readonly head: ResponseHead;
  /** Whether the client's connection ends with it. */
  readonly closeAfter: boolean;
  readonly #client: ExchangeClient;
  readonly #body: MessageBody;
  /** Of the client's HTTP/1. */
  readonly #minor: 0 | 1;
  readonly #dropped: ReadonlySet<string>;
  /** The body came unframed and goes on in chunks. */
  readonly #addChunked: boolean;
  /** The body came in chunks and goes on bare, for a client of HTTP/1.0. */
  readonly #dropChunked: boolean;

  constructor(client: ExchangeClient, { head: request, body, dropped }: ExchangeRequest, head: ResponseHead) {
    this.#client = client;
    this.head = head;
    this.#minor = request.minor;
    this.#dropped = dropped;
    this.#body = new MessageBody(head.bodyLength);
    this.#addChunked = head.bodyLength === UNTIL_CLOSE && request.minor === 1;
    this.#dropChunked = head.bodyLength === CHUNKED && request.minor === 0;
    const untilClose = request.minor === 0 && (head.bodyLength === UNTIL_CLOSE || this.#dropChunked);
    // A response before the end of its request: where the next request would begin is only known by reading all of this one.
    this.closeAfter = !request.keepAlive || !body.done || untilClose || client.mustClose;
  }

  /** The head with these lines of ours, and what came of the body behind it. */
  begin(extra: string, rest: Buffer): Progress {
    const text = forwardedResponse(this.head, {
      minor: this.#minor,
      close: this.closeAfter,
      addChunked: this.#addChunked,
      dropChunked: this.#dropChunked,
      extra,
      dropped: this.#dropped,
    });
    if (rest.length > 0 && !this.#body.done) return this.#pass(text, rest);
    const more = this.#client.send(text, null);
    if (this.#body.done) return rest.length === 0 ? 'whole' : 'surplus';
    return more ? 'more' : 'hold';
  }

  take(chunk: Buffer): Progress {
    return this.#pass('', chunk);
  }

  /** The target sends no more. */
  end(): 'whole' | 'broken' {
    if (this.#body.length !== UNTIL_CLOSE) return 'broken';
    if (this.#addChunked) this.#client.send('0\r\n\r\n', null);
    return 'whole';
  }

  /** Body bytes, after `head` where that has still to go. */
  #pass(head: string, chunk: Buffer): Progress {
    const bare: Buffer[] = [];
    const onData = this.#dropChunked
      ? (from: number, to: number) => bare.push(chunk.subarray(from, to))
      : undefined;
    const end = this.#body.take(chunk, 0, onData);
    const taken = this.#dropChunked ? Buffer.concat(bare) : chunk.subarray(0, end);
    const more = this.#send(head, taken);
    if (this.#body.fault !== null) return 'broken';
    if (this.#body.done) return end === chunk.length ? 'whole' : 'surplus';
    return more ? 'more' : 'hold';
  }

  #send(head: string, taken: Buffer): boolean {
    if (this.#addChunked)
      return this.#client.send(`${head}${taken.length.toString(16)}\r\n`, Buffer.concat([taken, CRLF]));
    return head === '' ? this.#client.write(taken) : this.#client.send(head, taken);
  }
}

const CRLF = Buffer.from('\r\n');
