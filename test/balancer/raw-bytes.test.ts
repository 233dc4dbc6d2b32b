import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Rig, group, listener, oneGroup, target } from './rig.ts';
import { freePort } from '../ports.ts';

/** What a lenient target makes of what reaches it. */
async function readWhole(incoming: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of incoming.setEncoding('latin1')) body += String(piece);
  return `${incoming.method} ${incoming.url} ${body}`.trim();
}

const head = (...lines: readonly string[]): string =>
  `${['POST /p HTTP/1.1', 'Host: a', ...lines].join('\r\n')}\r\n\r\n`;
const next = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n';
const chunked = 'Transfer-Encoding: chunked';

/** The bytes of one connection; the answers, in order; what the target has read. After a refusal nothing is read on. */
const table: readonly (readonly [
  what: string,
  bytes: string,
  answers: readonly number[],
  read: readonly string[],
])[] = [
  ['two requests', `${head('Content-Length: 5')}hello${next}`, [200, 200], ['POST /p hello', 'GET /next']],
  ['a length of 0', `${head('Content-Length: 0')}${next}`, [200, 200], ['POST /p', 'GET /next']],
  [
    'a length with zeros before it',
    `${head('Content-Length: 005')}hello${next}`,
    [200, 200],
    ['POST /p hello', 'GET /next'],
  ],
  ['two different lengths', `${head('Content-Length: 5', 'Content-Length: 0')}hello${next}`, [400], []],
  ['the same length twice', `${head('Content-Length: 5', 'Content-Length: 5')}hello${next}`, [400], []],
  ['a list of lengths', `${head('Content-Length: 5, 5')}hello${next}`, [400], []],
  ['a length with a sign', `${head('Content-Length: +5')}hello${next}`, [400], []],
  ['a negative length', `${head('Content-Length: -5')}hello${next}`, [400], []],
  ['a length in hexadecimal', `${head('Content-Length: 0x5')}hello${next}`, [400], []],
  ['a length with a fraction', `${head('Content-Length: 5.0')}hello${next}`, [400], []],
  ['a length with an underscore', `${head('Content-Length: 1_0')}hello${next}`, [400], []],
  ['a length with a space within', `${head('Content-Length: 5 0')}hello${next}`, [400], []],
  ['an empty length', `${head('Content-Length:')}hello${next}`, [400], []],
  ['a length past counting', `${head('Content-Length: 18446744073709551621')}hello${next}`, [400], []],
  ['length and chunks', `${head('Content-Length: 5', chunked)}0\r\n\r\n${next}`, [400], []],
  ['chunks and length', `${head(chunked, 'Content-Length: 5')}0\r\n\r\n${next}`, [400], []],
  ['chunks', `${head(chunked)}5\r\nhello\r\n0\r\n\r\n${next}`, [200, 200], ['POST /p hello', 'GET /next']],
  [
    'chunks in capitals',
    `${head('TRANSFER-ENCODING: CHUNKED')}A\r\n0123456789\r\n0\r\n\r\n${next}`,
    [200, 200],
    ['POST /p 0123456789', 'GET /next'],
  ],
  ['chunks twice', `${head(chunked, chunked)}0\r\n\r\n${next}`, [400], []],
  ['chunks twice in a list', `${head('Transfer-Encoding: chunked, chunked')}0\r\n\r\n${next}`, [400], []],
  ['gzip before chunks', `${head('Transfer-Encoding: gzip, chunked')}0\r\n\r\n${next}`, [400], []],
  ['identity', `${head('Transfer-Encoding: identity', 'Content-Length: 5')}hello${next}`, [400], []],
  ['identity alone', `${head('Transfer-Encoding: identity')}${next}`, [400], []],
  ['an empty coding', `${head('Transfer-Encoding:')}${next}`, [400], []],
  ['a coding in quotes', `${head('Transfer-Encoding: "chunked"')}0\r\n\r\n${next}`, [400], []],
  ['a coding with a parameter', `${head('Transfer-Encoding: chunked;q=1')}0\r\n\r\n${next}`, [400], []],
  ['a coding behind a vertical tab', `${head('Transfer-Encoding: \vchunked')}0\r\n\r\n${next}`, [400], []],
  [
    'a coding behind a no-break space',
    `${head('Transfer-Encoding: \xa0chunked')}0\r\n\r\n${next}`,
    [400],
    [],
  ],
  [
    'a name with an underscore for a hyphen',
    `${head('Content-Length: 5', 'Transfer_Encoding: chunked')}hello${next}`,
    [200, 200],
    ['POST /p hello', 'GET /next'],
  ],
  ['white space before the colon', `${head('Transfer-Encoding : chunked')}0\r\n\r\n${next}`, [400], []],
  ['a tab before the colon', `${head('Content-Length\t: 5')}hello${next}`, [400], []],
  ['white space before a name', `POST /p HTTP/1.1\r\n Host: a\r\n\r\n${next}`, [400], []],
  ['a folded value', `${head('Transfer-Encoding:\r\n chunked')}0\r\n\r\n${next}`, [400], []],
  ['a fold with a tab', `${head('X: y\r\n\tContent-Length: 5')}hello${next}`, [400], []],
  ['a folded Host', `GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n${next}`, [400], []],
  ['a bare line feed after the request line', `GET / HTTP/1.1\nHost: a\r\n\r\n${next}`, [400], []],
  [
    'a bare line feed between fields',
    `GET / HTTP/1.1\r\nHost: a\nContent-Length: 5\r\n\r\nhello${next}`,
    [400],
    [],
  ],
  ['a bare line feed at the end of the head', `GET / HTTP/1.1\r\nHost: a\r\n\n${next}`, [400], []],
  ['a bare carriage return in a value', `${head('X: a\rContent-Length: 5')}${next}`, [400], []],
  ['a bare carriage return between fields', `GET / HTTP/1.1\r\nHost: a\r\rX: y\r\n\r\n${next}`, [400], []],
  ['two carriage returns', `GET / HTTP/1.1\r\r\nHost: a\r\n\r\n${next}`, [400], []],
  ['a NUL in a name', `${head('X\0Y: 1')}${next}`, [400], []],
  ['a NUL in a value', `${head('X: 1\0')}${next}`, [400], []],
  ['a field without a colon', `${head('Content-Length 5')}hello${next}`, [400], []],
  ['a chunk size that is none', `${head(chunked)}hello\r\n0\r\n\r\n${next}`, [400], []],
  ['an empty chunk size', `${head(chunked)}\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['a chunk size with 0x', `${head(chunked)}0x5\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['a negative chunk size', `${head(chunked)}-1\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['a chunk size with a sign', `${head(chunked)}+5\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['a space before the chunk size', `${head(chunked)} 5\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['a space after the chunk size', `${head(chunked)}5 \r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['an underscore in the chunk size', `${head(chunked)}1_0\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['a chunk size past counting', `${head(chunked)}10000000000000005\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['a chunk size with a bare line feed', `${head(chunked)}5\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['a chunk longer than its size', `${head(chunked)}3\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['a chunk that ends in a line feed', `${head(chunked)}5\r\nhello\n0\r\n\r\n${next}`, [400], []],
  [
    'a chunk extension',
    `${head(chunked)}5;a=b\r\nhello\r\n0\r\n\r\n${next}`,
    [200, 200],
    ['POST /p hello', 'GET /next'],
  ],
  ['a line feed in a chunk extension', `${head(chunked)}5;a\nb\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  [
    'a carriage return in a chunk extension',
    `${head(chunked)}5;a\rb\r\nhello\r\n0\r\n\r\n${next}`,
    [400],
    [],
  ],
  ['a long chunk extension', `${head(chunked)}5;${'a'.repeat(300)}\r\nhello\r\n0\r\n\r\n${next}`, [400], []],
  ['an end of chunks with a line feed', `${head(chunked)}0\r\n\n${next}`, [400], []],
  ['a trailer', `${head(chunked)}0\r\nX-Sum: 1\r\n\r\n${next}`, [200, 200], ['POST /p', 'GET /next']],
  ['a length as a trailer', `${head(chunked)}0\r\nContent-Length: 5\r\n\r\n${next}`, [400], []],
  ['a coding as a trailer', `${head(chunked)}0\r\nTransfer-Encoding: x\r\n\r\n${next}`, [400], []],
  ['a folded trailer', `${head(chunked)}0\r\nX: 1\r\n 2\r\n\r\n${next}`, [400], []],
  ['chunks in HTTP/1.0', `POST /p HTTP/1.0\r\nHost: a\r\n${chunked}\r\n\r\n0\r\n\r\n${next}`, [400], []],
  [
    'a length that Connection names',
    `${head('Connection: Content-Length', 'Content-Length: 5')}hello${next}`,
    [200, 200],
    ['POST /p hello', 'GET /next'],
  ],
  [
    'a coding that Connection names',
    `${head(`Connection: Transfer-Encoding`, chunked)}5\r\nhello\r\n0\r\n\r\n${next}`,
    [200, 200],
    ['POST /p hello', 'GET /next'],
  ],
  [
    'an absolute target',
    `GET http://b/x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n${next}`,
    [200, 200],
    ['GET /x?y=1', 'GET /next'],
  ],
  ['an absolute target with a user', `GET http://u@b/x HTTP/1.1\r\nHost: a\r\n\r\n${next}`, [400], []],
  ['an absolute target of another scheme', `GET ftp://b/x HTTP/1.1\r\nHost: a\r\n\r\n${next}`, [400], []],
  ['an absolute target without a host', `GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n${next}`, [400], []],
  ['a target with a line feed', `GET /x\ny HTTP/1.1\r\nHost: a\r\n\r\n${next}`, [400], []],
  [
    'an upgrade to HTTP/2',
    `GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n${next}`,
    [200, 200],
    ['GET /x', 'GET /next'],
  ],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [505], []],
  ['CONNECT', `CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n${next}`, [400], []],
  ['TRACE', `TRACE / HTTP/1.1\r\nHost: a\r\n\r\n${next}`, [405], []],
  ['no Host', `GET / HTTP/1.1\r\nX: y\r\n\r\n${next}`, [400], []],
  ['two Hosts', `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${next}`, [400], []],
  ['a Host with a path', `GET / HTTP/1.1\r\nHost: a/x\r\n\r\n${next}`, [400], []],
  ['empty lines before a request', `\r\n\r\n${next}`, [200], ['GET /next']],
  ['empty lines without end', `${'\r\n'.repeat(9)}${next}`, [400], []],
  [
    'a head of 200 fields',
    `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(199)}\r\n${next}`,
    [200, 200],
    ['GET /', 'GET /next'],
  ],
  ['a head of 201 fields', `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(200)}\r\n${next}`, [431], []],
  [
    'a field past 16 KB',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(16 * 1024)}\r\n\r\n${next}`,
    [431],
    [],
  ],
  [
    'a head past 64 KB',
    `GET / HTTP/1.1\r\nHost: a\r\n${`X: ${'x'.repeat(8000)}\r\n`.repeat(9)}\r\n${next}`,
    [431],
    [],
  ],
  [
    'a request line past 16 KB',
    `GET /${'x'.repeat(16 * 1024)} HTTP/1.1\r\nHost: a\r\n\r\n${next}`,
    [414],
    [],
  ],
];

describe('these bytes get these answers, and the target reads no more than was answered for', () => {
  const rig = new Rig();
  let port = 0;
  let read: string[] = [];
  beforeAll(async () => {
    port = await freePort();
    const upstream = await rig.http(
      async (incoming, response) => {
        read.push(await readWhole(incoming));
        response.end('ok');
      },
      undefined,
      { insecureHTTPParser: true },
    );
    await rig.balancer(oneGroup(port, [target(upstream)]));
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test.each(table)('%s', async (_, bytes, answers, expected) => {
    read = [];
    const refused = (answers.at(-1) ?? 200) >= 400;
    const client = rig.raw(port).send(bytes);
    const received = refused
      ? await client.untilEnd()
      : await client.until(new RegExp(`(?:HTTP/1\\.1 200[^]*){${answers.length}}ok$`));
    client.destroy();
    expect(Array.from(received.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => Number(status))).toEqual(
      answers,
    );
    expect(read).toEqual(expected);
    if (refused) expect(received).toContain('\r\nConnection: close\r\n');
  });
});

test('hop-by-hop fields, and those that Connection names, stay on their connection, both ways', async () => {
  await using rig = new Rig();
  const port = await freePort();
  let fields: readonly string[] = [];
  const upstream = await rig.http((incoming, response) => {
    fields = Object.keys(incoming.headers);
    response.writeHead(200, {
      connection: 'keep-alive, X-Ours',
      'x-ours': '1',
      'proxy-authenticate': 'x',
      kept: '1',
    });
    response.end();
  });
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const answer = await rig
    .raw(port)
    .send(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n' +
        'Proxy-Authorization: x\r\nProxy-Connection: keep-alive\r\nUpgrade: foo\r\nKept: 1\r\n\r\n',
    )
    .untilEnd();
  expect(fields).toEqual(['host', 'kept', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port']);
  expect(answer).toContain('kept: 1\r\n');
  expect(answer).not.toMatch(/x-ours|proxy-authenticate/i);
});

test('a listener may drop invalid fields, and leave X-Forwarded-For alone, remove it, or add the port', async () => {
  await using rig = new Rig();
  const upstream = await rig.http((incoming, response) => response.end(JSON.stringify(incoming.headers)));
  const rules = [
    { forwardedFor: 'append', clientPort: true, dropInvalid: true },
    { forwardedFor: 'preserve', clientPort: false, dropInvalid: false },
    { forwardedFor: 'remove', clientPort: false, dropInvalid: false },
  ] as const;
  const ports = await Promise.all(rules.map(() => freePort()));
  await rig.balancer({
    version: 1,
    listeners: rules.map((headers, index) =>
      listener(ports[index] ?? 0, { type: 'forward', groups: [{ arn: 'arn:web', weight: 1 }] }, { headers }),
    ),
    targetGroups: [group('web', [target(upstream)])],
  });
  const seen = await Promise.all(
    ports.map(async (port) => {
      const client = rig.raw(port);
      const text = await client
        .send('GET / HTTP/1.1\r\nHost: a\r\nX_Y: 1\r\nX-Forwarded-For: 9.9.9.9\r\nConnection: close\r\n\r\n')
        .untilEnd();
      return JSON.parse(text.slice(text.indexOf('{')).replace(/\}[^}]*$/, '}'));
    }),
  );
  expect(seen[0]['x-forwarded-for']).toMatch(/^9\.9\.9\.9, 127\.0\.0\.1:\d+$/);
  expect(seen[0]).not.toHaveProperty('x_y');
  expect(seen[1]).toMatchObject({ 'x-forwarded-for': '9.9.9.9', x_y: '1' });
  expect(seen[2]).not.toHaveProperty('x-forwarded-for');
});
