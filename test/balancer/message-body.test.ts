import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageBody } from '../../src/engine/balancer/http/message-body.ts';
import { CHUNKED } from '../../src/engine/balancer/http/request-head.ts';
import {
  UNTIL_CLOSE,
  forwardedResponse,
  parseResponseHead,
} from '../../src/engine/balancer/http/response-head.ts';

function take(length: number, text: string): { body: MessageBody; end: number } {
  const body = new MessageBody(length);
  return { body, end: body.take(Buffer.from(text, 'latin1'), 0) };
}

describe('a body', () => {
  test('of a length ends there', () => {
    expect(take(5, 'helloGET /')).toMatchObject({ end: 5, body: { done: true } });
    expect(take(5, 'hel')).toMatchObject({ end: 3, body: { done: false } });
  });

  test('until close never ends by itself', () => {
    expect(take(UNTIL_CLOSE, 'hello')).toMatchObject({ end: 5, body: { done: false } });
  });

  test('in chunks ends after its trailers', () => {
    const text = '5\r\nhello\r\n0\r\nX: y\r\n\r\n';
    expect(take(CHUNKED, `${text}GET`)).toMatchObject({
      end: text.length,
      body: { done: true, received: 5 },
    });
  });

  test.each([
    ['no size', '\r\nhello'],
    ['a size that is no number', 'xyz\r\n'],
    ['a negative size', '-1\r\n'],
    ['a size in 0x', '0x5\r\nhello\r\n'],
    ['a space before the size', ' 5\r\nhello\r\n'],
    ['a space after the size', '5 \r\nhello\r\n'],
    ['a size too large', 'fffffffffffff\r\n'],
    ['a bare line feed after the size', '5\nhello\r\n'],
    ['a bare line feed in an extension', '5;a\nhello\r\n'],
    ['a carriage return in an extension', '5;a\rb\r\nhello\r\n'],
    ['an endless extension', `5;${'a'.repeat(300)}\r\nhello\r\n`],
    ['more data than its size', '5\r\nhello!\r\n0\r\n\r\n'],
    ['a bare line feed after the data', '5\r\nhello\n0\r\n\r\n'],
    ['a length among the trailers', '0\r\nContent-Length: 5\r\n\r\n'],
    ['a host among the trailers', '0\r\nhOST: a\r\n\r\n'],
    ['a folded trailer', '0\r\nX: y\r\n z\r\n\r\n'],
    ['a bare line feed in the trailers', '0\r\nX: y\n\r\n'],
    ['trailers without end', `0\r\nX: ${'a'.repeat(9000)}\r\n\r\n`],
  ])('in chunks with %s is a fault', (_, text) => {
    expect(take(CHUNKED, text).body).toMatchObject({ done: false, fault: expect.any(String) });
  });

  test('gives back what was framed, however it is chunked and cut', () => {
    const pieces = fc.array(fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(500), { maxLength: 20 }), (contents, places) => {
        const framed = `${contents.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`;
        const bytes = Buffer.from(`${framed}rest`, 'latin1');
        const body = new MessageBody(CHUNKED);
        let content = '';
        let at = 0;
        for (const to of [...new Set(places), bytes.length].sort((a, b) => a - b)) {
          const part = bytes.subarray(at, Math.min(to, bytes.length));
          at += body.take(part, 0, (from, end) => {
            content += part.toString('latin1', from, end);
          });
          if (body.done) break;
        }
        expect({ content, at, done: body.done }).toEqual({
          content: contents.join(''),
          at: framed.length,
          done: true,
        });
      }),
    );
  });
});

describe('a response head', () => {
  const parse = (text: string, method = 'GET') =>
    parseResponseHead(Buffer.from(text, 'latin1'), 0, text.length, method);

  test('says how long its body is', () => {
    expect(parse('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')).toMatchObject({
      bodyLength: 5,
      keepAlive: true,
    });
    expect(parse('HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n')).toMatchObject({
      bodyLength: CHUNKED,
    });
    expect(parse('HTTP/1.1 200 OK\r\n\r\n')).toMatchObject({ bodyLength: UNTIL_CLOSE });
    expect(parse('HTTP/1.1 204 No Content\r\n\r\n')).toMatchObject({ bodyLength: 0 });
    expect(parse('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n')).toMatchObject({ bodyLength: 0 });
    expect(parse('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD')).toMatchObject({ bodyLength: 0 });
    expect(parse('HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n')).toMatchObject({ keepAlive: false });
    expect(parse('HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=7\r\n\r\n')).toMatchObject({
      keepAliveMs: 7000,
    });
  });

  test.each([
    ['no status', 'HTTP/1.1 OK\r\n\r\n'],
    ['another protocol', 'SSH-2.0-x\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n'],
    ['length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n'],
  ])('with %s is a fault', (_, text) => {
    expect(parse(text)).toMatchObject({ kind: 'fault' });
  });

  test('goes on without its hop-by-hop fields, and those that are dropped', () => {
    const head = parse(
      'HTTP/1.1 200 Fine\r\nConnection: keep-alive, x-h\r\nA: 1\r\nX-H: 2\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n',
    );
    if (head.kind === 'fault') throw new Error(head.reason);
    const how = {
      minor: 1,
      close: false,
      addChunked: false,
      dropChunked: false,
      extra: '',
      dropped: new Set<string>(),
    } as const;
    expect(forwardedResponse(head, how)).toBe('HTTP/1.1 200 Fine\r\nA: 1\r\nContent-Length: 0\r\n\r\n');
    expect(
      forwardedResponse(head, { ...how, close: true, extra: 'E: f\r\n', dropped: new Set<string>() }),
    ).toBe('HTTP/1.1 200 Fine\r\nA: 1\r\nContent-Length: 0\r\nConnection: close\r\nE: f\r\n\r\n');
  });
});
