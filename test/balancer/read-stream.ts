import { HeadScan, INCOMPLETE } from '../../src/engine/balancer/http/head-scan.ts';
import { Input } from '../../src/engine/balancer/http/input.ts';
import { MessageBody } from '../../src/engine/balancer/http/message-body.ts';
import type { RequestHead } from '../../src/engine/balancer/http/request-head.ts';
import { parseRequestHead, scanFault } from '../../src/engine/balancer/http/request-head.ts';

export interface ReadRequest {
  readonly head: RequestHead;
  readonly body: string;
}

/** What the balancer's own readers make of a connection's bytes. */
export interface ReadStream {
  readonly requests: readonly ReadRequest[];
  /** What ended it, if anything did. */
  readonly fault: string | null;
  /** What there is of a body that has not ended. */
  readonly unfinished: string | null;
}

export function readStream(chunks: readonly Buffer[]): ReadStream {
  const input = new Input();
  const scan = new HeadScan();
  const requests: ReadRequest[] = [];
  let pending: { head: RequestHead; body: MessageBody; content: string } | null = null;
  const ended = (fault: string | null): ReadStream => ({
    requests,
    fault,
    unfinished: pending?.content ?? null,
  });
  for (const chunk of chunks) {
    input.append(chunk);
    while (input.length > 0) {
      if (pending !== null) {
        const { head, body }: { head: RequestHead; body: MessageBody } = pending;
        const bytes: Buffer = input.bytes.subarray(input.start, input.end);
        let content: string = pending.content;
        input.skip(
          body.take(bytes, 0, (from, to) => {
            content += bytes.toString('latin1', from, to);
          }),
        );
        pending = { head, body, content };
        if (body.fault !== null) return ended(body.fault);
        if (!body.done) break;
        requests.push({ head, body: content });
        pending = null;
        continue;
      }
      const length = scan.find(input.bytes, input.start, input.end);
      if (length === INCOMPLETE) break;
      scan.reset();
      if (length < 0) return ended(String(scanFault(length).status));
      if (length === 2) {
        input.skip(2);
        continue;
      }
      const head = parseRequestHead(input.bytes, input.start, length);
      if (head.kind === 'fault') return ended(`${head.status} ${head.reason}`);
      input.skip(length);
      if (head.bodyLength === 0) requests.push({ head, body: '' });
      else pending = { head, body: new MessageBody(head.bodyLength), content: '' };
    }
  }
  return ended(null);
}
