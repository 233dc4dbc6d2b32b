import { expect, test } from 'vitest';
import { runGate } from '../../../src/deployment/gates/run.ts';
import { json, nowhere, serve, serveBytes } from '../../traffic/server.ts';
import { context, health } from './stand.ts';

const connected = { json: { status: 'healthy', 'checks.database': 'connected' } };
const anyTime = expect.any(Number);

test('a service that is healthy by its status but not by its content fails, and it is said what it answered', async () => {
  const { url } = await serve((_, response) =>
    json(response, 200, { status: 'healthy', checks: { database: 'disconnected' } }),
  );
  expect(await runGate(health(connected), context(url))).toEqual({
    gate: 'database',
    kind: 'health',
    passed: false,
    summary:
      'GET /api/health answered 200 but checks.database is "disconnected" instead of "connected" (tried for 5 s)',
    seconds: anyTime,
    evidence: [
      {
        kind: 'response',
        request: 'GET /api/health',
        status: 200,
        body: '{"status":"healthy","checks":{"database":"disconnected"}}',
        expected: 'checks.database "connected"',
        found: 'checks.database "disconnected"',
      },
    ],
  });
});

test('a service that needs a moment until it is healthy passes', async () => {
  let asked = 0;
  const { url } = await serve((_, response) => {
    asked += 1;
    if (asked === 1) return json(response, 503, { status: 'starting' });
    json(response, 200, {
      status: 'healthy',
      checks: { database: asked < 4 ? 'disconnected' : 'connected' },
    });
  });
  expect(await runGate(health(connected, 20), context(url))).toEqual({
    gate: 'database',
    kind: 'health',
    passed: true,
    summary: 'GET /api/health answered 200 as expected',
    seconds: anyTime,
    evidence: [],
  });
  expect(asked).toBe(4);
});

test('every part that does not hold is named: status, headers, text and values', async () => {
  const { url } = await serve((_, response) =>
    json(response, 503, { items: [{ id: 1 }, { id: 2 }], note: null }),
  );
  const gate = health({
    contains: 'all good',
    headers: { 'Content-Type': 'text/plain', 'x-app-version': '2.0.0' },
    json: { 'items.length': 3, 'items[1].id': 2, 'items.0.id': 7, note: '', missing: true },
  });
  const outcome = await runGate(gate, context(url));
  expect(outcome.summary).toBe(
    'GET /api/health answered status 503 instead of 200' +
      ' and header Content-Type is "application/json; charset=utf-8" instead of "text/plain"' +
      ' and header x-app-version is missing instead of "2.0.0"' +
      ' and the body does not contain "all good"' +
      ' and items.length is 2 instead of 3 and items.0.id is 1 instead of 7' +
      ' and note is null instead of "" and missing is missing instead of true (tried for 5 s)',
  );
  expect(outcome.evidence).toEqual([
    {
      kind: 'response',
      request: 'GET /api/health',
      status: 503,
      body: '{"items":[{"id":1},{"id":2}],"note":null}',
      expected:
        'status 200, header Content-Type "text/plain", header x-app-version "2.0.0", a body with "all good", ' +
        'items.length 3, items.0.id 7, note "", missing true',
      found:
        'status 503, header Content-Type "application/json; charset=utf-8", no header x-app-version, ' +
        'a body without "all good", items.length 2, items.0.id 1, note null, no missing',
    },
  ]);
});

test('parameters of a header count only where they are named', async () => {
  const { url } = await serve((_, response) => json(response, 200, {}));
  const passes = async (type: string): Promise<boolean> =>
    (await runGate(health({ headers: { 'content-type': type } }), context(url))).passed;
  expect(await passes('application/json')).toBe(true);
  expect(await passes('application/json; charset=utf-8')).toBe(true);
  expect(await passes('application/json; charset=latin1')).toBe(false);
  expect(await passes('application/jso')).toBe(false);
});

test.each([
  ['a page where JSON should be', '<!doctype html>', 'the body is not JSON', 'a body that is not JSON'],
  ['nothing where JSON should be', '', 'the body is empty', 'an empty body'],
])('%s is told', async (_, body, sentence, found) => {
  const { url } = await serve((_request, response) => response.end(body));
  expect(await runGate(health({ json: { status: 'ok' } }), context(url))).toMatchObject({
    passed: false,
    summary: `GET /api/health answered 200 but ${sentence} (tried for 5 s)`,
    evidence: [{ kind: 'response', status: 200, body, expected: 'status "ok"', found }],
  });
});

test('a redirect is an answer and is not followed', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/login') return response.end('fine');
    return response.writeHead(302, { location: '/login' }).end();
  });
  expect((await runGate(health(), context(url))).summary).toBe(
    'GET /api/health answered status 302 instead of 200 (tried for 5 s)',
  );
  expect((await runGate(health({ status: [302] }), context(url))).passed).toBe(true);
});

test('a path of the target comes before the path of the gate, and its headers go with every request', async () => {
  const { url } = await serve((request, response) =>
    json(response, 200, [request.url, request.headers['x-test']]),
  );
  const target = { url: `${url}/base/`, headers: { 'x-test': 'let-me-in' } };
  const gate = health({ json: { '0': '/base/api/health', '1': 'let-me-in' } });
  expect((await runGate(gate, context(url, { target }))).passed).toBe(true);
});

const failure = (status: number | null, what: string, body = '', tried = 5) => ({
  gate: 'database',
  kind: 'health',
  passed: false,
  summary: `GET /api/health got ${what} (tried for ${tried} s)`,
  seconds: anyTime,
  evidence: [
    { kind: 'response', request: 'GET /api/health', status, body, expected: 'an answer', found: what },
  ],
});

test('where nothing listens it is said', async () => {
  const url = await nowhere();
  expect(await runGate(health(), context(url))).toEqual(
    failure(null, 'no connection: nothing listens there (ECONNREFUSED)'),
  );
});

test('a connection that is reset is said', async () => {
  const { url } = await serveBytes((socket) => socket.once('data', () => socket.resetAndDestroy()));
  expect(await runGate(health(), context(url))).toEqual(
    failure(null, 'no answer: the connection was closed before one (ECONNRESET)'),
  );
});

test('a service that never answers is given up in time', async () => {
  const { url } = await serve(() => {});
  expect(await runGate(health({}, 0.2), context(url, { clock: Date.now }))).toEqual(
    failure(null, 'no answer within 0.2 s', '', 0.2),
  );
});

test('a body that breaks off is no answer, however good its beginning', async () => {
  const { url } = await serveBytes((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"status":')),
  );
  expect(await runGate(health(), context(url))).toEqual(
    failure(200, 'an answer that broke off after 10 of 100 bytes', '{"status":'),
  );
});

test('a chunked body that breaks off is no answer either', async () => {
  const { url } = await serveBytes((socket) =>
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'),
    ),
  );
  expect(await runGate(health(), context(url))).toEqual(
    failure(200, 'an answer that broke off after 5 bytes', 'hello'),
  );
});

test('a body that never ends is given up in time', async () => {
  const { url } = await serve((_, response) => response.write('half'));
  expect(await runGate(health({}, 3), context(url, { clock: Date.now }))).toEqual(
    failure(200, 'an answer that did not end within 3 s', 'half', 3),
  );
});

test('a body without end does not fill the memory', async () => {
  const { url } = await serve((_, response) => {
    const pump = (): void => {
      while (response.write('x'.repeat(100_000)) && !response.destroyed);
    };
    response.on('drain', pump);
    pump();
  });
  const outcome = await runGate(health({}, 0.2), context(url, { clock: Date.now }));
  expect(outcome.passed).toBe(false);
  expect(JSON.stringify(outcome.evidence).length).toBeLessThan(3_000);
});

test('what is not HTTP is said', async () => {
  const { url } = await serveBytes((socket) =>
    socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n')),
  );
  const { summary } = await runGate(health(), context(url));
  expect(summary).toMatch(/^GET \/api\/health got an answer that is not HTTP \(HPE_\w+\) \(tried for 5 s\)$/);
});

test('a last try that the deadline cuts short does not hide what was answered before', async () => {
  let asked = 0;
  const { url } = await serve((_, response) => {
    asked += 1;
    if (asked === 1) json(response, 200, { database: 'disconnected' });
  });
  const gate = health({ json: { database: 'connected' } }, 4);
  expect((await runGate(gate, context(url, { clock: Date.now }))).summary).toBe(
    'GET /api/health answered 200 but database is "disconnected" instead of "connected" (tried for 4 s)',
  );
  expect(asked).toBe(2);
});

test('a rollback ends it while it waits for an answer', async () => {
  const rollback = new AbortController();
  const { url } = await serve(() => rollback.abort());
  expect(await runGate(health({}, 600), context(url, { signal: rollback.signal }))).toEqual({
    gate: 'database',
    kind: 'health',
    passed: false,
    summary: 'stopped before it could decide: the deployment is being rolled back',
    seconds: anyTime,
    evidence: [],
  });
});

test('a rollback that came before asks nothing', async () => {
  let asked = 0;
  const { url } = await serve((_, response) => {
    asked += 1;
    response.end();
  });
  const outcome = await runGate(health(), context(url, { signal: AbortSignal.abort() }));
  expect([outcome.passed, asked]).toEqual([false, 0]);
});

test('a long body is shown from its beginning', async () => {
  const { url } = await serve((_, response) => response.end('y'.repeat(100_000)));
  const [evidence] = (await runGate(health({ contains: 'no' }), context(url))).evidence;
  expect(evidence).toMatchObject({ body: `${'y'.repeat(1_999)}…` });
});
