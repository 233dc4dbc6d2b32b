import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeadScan, HEAD_LIMIT, LINE_LIMIT } from '../../src/engine/balancer/http/head-scan.ts';
import type { RequestHead } from '../../src/engine/balancer/http/request-head.ts';
import {
  CHUNKED,
  forwardedRequest,
  parseRequestHead,
  scanFault,
} from '../../src/engine/balancer/http/request-head.ts';
import { readStream } from './read-stream.ts';

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts]
    .map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length))
    .filter(({ length }) => length > 0);
}

function parse(text: string) {
  const bytes = Buffer.from(text, 'latin1');
  const length = new HeadScan().find(bytes, 0, bytes.length);
  return length < 0 ? scanFault(length) : parseRequestHead(bytes, 0, length);
}

function parsed(text: string): RequestHead {
  const head = parse(text);
  if (head.kind === 'fault') throw new Error(head.reason);
  return head;
}

describe('the same bytes', () => {
  const good = [
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /x?y=1 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n\r\nhello',
    'POST /c HTTP/1.1\r\nhost:a\r\nTransfer-Encoding:\tchunked \r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n',
    'PUT /e HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    'HEAD http://b/q HTTP/1.1\r\nHost: a\r\n\r\n',
  ];
  const broken = [
    'GET / HTTP/1.1\nHost: a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n',
    'GET  / HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(LINE_LIMIT)}\r\n\r\n`,
    `GET /${'x'.repeat(LINE_LIMIT)} HTTP/1.1\nHost: a\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: a\r\n${`X: ${'y'.repeat(8000)}\r\n`.repeat(9)}\r\n`,
    '\0\0\r\n\r\n',
  ];
  const stream = fc
    .tuple(fc.array(fc.constantFrom(...good), { maxLength: 5 }), fc.option(fc.constantFrom(...broken)))
    .map(([whole, last]) => Buffer.from(whole.join('') + (last ?? ''), 'latin1'));

  test('are read alike however they are cut into chunks', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 40 }), (bytes, places) => {
        expect(readStream(cut(bytes, places))).toEqual(readStream([bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  test('are read alike one by one', () => {
    for (const text of [good.join(''), ...broken]) {
      const bytes = Buffer.from(text, 'latin1');
      const single = Array.from(bytes, (byte) => Buffer.from([byte]));
      expect(readStream(single)).toEqual(readStream([bytes]));
    }
  });

  test('never throw, whatever they are', () => {
    const noise = fc.array(
      fc.constantFrom(
        '\r',
        '\n',
        '\r\n',
        ' ',
        ':',
        'GET',
        '/',
        'HTTP/1.1',
        'Host',
        'chunked',
        '\0',
        '0',
        'é',
        '\t',
      ),
    );
    fc.assert(
      fc.property(noise, fc.array(fc.nat(), { maxLength: 9 }), (words, places) => {
        const bytes = Buffer.from(words.join(''), 'latin1');
        expect(readStream(cut(bytes, places))).toEqual(readStream([bytes]));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a request head', () => {
  test.each([
    ['no method', ' / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a method that is no token', 'GE(T / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['two spaces', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a tab between', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a space within the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a control character in the target', 'GET /a\x01b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a relative target', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['an asterisk for GET', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['no version', 'GET /\r\nHost: a\r\n\r\n', 400],
    ['a lower-case protocol', 'GET / http/1.1\r\nHost: a\r\n\r\n', 400],
    ['HTTP/2', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
    ['something after the version', 'GET / HTTP/1.1 x\r\nHost: a\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\nX: a\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
    ['a Host with a space', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['a bare line feed', 'GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n', 400],
    ['a bare carriage return', 'GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n', 400],
    ['a NUL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n', 400],
    ['a folded line', 'GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n', 400],
    ['a first field that is folded', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['an empty name', 'GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n', 400],
    ['no colon', 'GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n', 400],
    ['a name outside ASCII', 'GET / HTTP/1.1\r\nHost: a\r\nXé: x\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['one length twice', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n', 400],
    ['a list of lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n', 400],
    ['a length with a sign', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n', 400],
    ['a length in hexadecimal', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n', 400],
    ['an empty length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n', 400],
    [
      'a length past counting',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n',
      400,
    ],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    [
      'chunks and length',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n',
      400,
    ],
    [
      'chunks twice',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['chunks not last', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n', 400],
    ['an unknown coding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n', 400],
    [
      'a coding hidden behind a vertical tab',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n',
      400,
    ],
    ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
    ['another expectation', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n', 417],
    ['a long request line', `GET /${'a'.repeat(LINE_LIMIT)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['a long field', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(LINE_LIMIT)}\r\n\r\n`, 431],
    ['many fields', `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(201)}\r\n`, 431],
    [
      'a large head',
      `GET / HTTP/1.1\r\nHost: a\r\n${`X: ${'a'.repeat(9000)}\r\n`.repeat(Math.ceil(HEAD_LIMIT / 9000))}\r\n`,
      431,
    ],
  ])('with %s is refused', (_, text, status) => {
    expect(parse(text)).toMatchObject({ kind: 'fault', status });
  });

  test('says how its body is framed and whether the connection stays', () => {
    expect(parsed('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({ bodyLength: 0, keepAlive: true });
    expect(parsed('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n')).toMatchObject({
      bodyLength: 12,
    });
    expect(parsed('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n')).toMatchObject({
      bodyLength: CHUNKED,
    });
    expect(parsed('GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n')).toMatchObject({
      keepAlive: false,
    });
    expect(parsed('GET / HTTP/1.0\r\n\r\n')).toMatchObject({ keepAlive: false, host: '' });
    expect(parsed('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')).toMatchObject({ keepAlive: true });
  });

  test('takes an absolute target apart, its host above the field', () => {
    expect(parsed('GET http://b:8/x?y HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({
      target: '/x?y',
      path: '/x',
      query: 'y',
      host: 'b:8',
    });
    expect(parsed('GET http://b HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({ target: '/', host: 'b' });
  });

  test('asks for an upgrade only with both fields, and never for HTTP/2', () => {
    const withUpgrade = (lines: string) => parsed(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`).upgrade;
    expect(withUpgrade('Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n')).toBe('websocket');
    expect(withUpgrade('Upgrade: websocket\r\n')).toBeNull();
    expect(withUpgrade('Connection: Upgrade\r\nUpgrade: h2c\r\n')).toBeNull();
    expect(withUpgrade('Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n')).toBeNull();
  });
});

describe('the head that goes to the target', () => {
  const to = {
    clientIp: '10.0.0.9',
    port: 8080,
    fallbackHost: '127.0.0.1:5000',
    rules: { forwardedFor: 'append', dropInvalid: false },
  } as const;
  const forwarded = (text: string) => forwardedRequest(parsed(text), to);

  test('is as it came, with the forwarding fields', () => {
    expect(forwarded('GET /a?b HTTP/1.1\r\nHost: web\r\nAccept: */*\r\nX-One:  two \r\n\r\n')).toBe(
      'GET /a?b HTTP/1.1\r\nHost: web\r\nAccept: */*\r\nX-One:  two \r\n' +
        'X-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 8080\r\n\r\n',
    );
  });

  test('appends to X-Forwarded-For and replaces what a client claims of protocol and port', () => {
    const out = forwarded(
      'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nx-forwarded-for: 2.2.2.2\r\nX-Forwarded-Port: 443\r\n\r\n',
    );
    expect(out).toContain(
      'X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.9\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 8080\r\n',
    );
    expect(out).not.toContain('443');
  });

  test('loses hop-by-hop fields and those that Connection names, but nothing that gives it its meaning', () => {
    const out = forwarded(
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Hop, Content-Length, Host, Authorization\r\nKeep-Alive: 5\r\nX-Hop: 1\r\n' +
        'TE: trailers\r\nProxy-Connection: x\r\nUpgrade: foo\r\nContent-Length: 3\r\nAuthorization: b\r\nExpect: 100-continue\r\nLast: 1\r\n\r\n',
    );
    expect(out).toBe(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nAuthorization: b\r\nLast: 1\r\n' +
        'X-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 8080\r\n\r\n',
    );
  });

  test('keeps an upgrade, and names the target for a client without a host', () => {
    expect(
      forwarded('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n'),
    ).toContain('Connection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n');
    expect(forwarded('GET / HTTP/1.0\r\n\r\n')).toContain('GET / HTTP/1.1\r\nHost: 127.0.0.1:5000\r\n');
  });
});
