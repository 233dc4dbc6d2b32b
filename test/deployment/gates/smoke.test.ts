import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { SmokeGate, SmokeStep } from '../../../src/app/environment.ts';
import { runGate } from '../../../src/deployment/gates/run.ts';
import { judgeSmoke } from '../../../src/deployment/gates/smoke.ts';
import { json, nowhere, serve, type TestServer } from '../../traffic/server.ts';
import { context, step } from './stand.ts';

const smoke = (...steps: readonly SmokeStep[]): SmokeGate => ({ kind: 'smoke', name: 'sign in', steps });

const logIn = step('log in', 'POST /api/auth/login', {
  body: { email: 'demo@example.com', password: 'open sesame' },
  keep: { token: 'data.token', user: 'data.user' },
});
const list = step('list', 'GET /api/interactions?user={{user}}', {
  headers: { Authorization: 'Bearer {{token}}' },
  expect: { json: { 'items.length': 2 } },
});
const passing = { passed: true, evidence: [] };
const seconds = expect.any(Number);

interface Seen {
  readonly request: string;
  readonly authorization: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

/** Signs in and lists; `answer` may answer otherwise. */
async function app(
  answer: (request: IncomingMessage) => { readonly status: number; readonly value: unknown } | null = () =>
    null,
): Promise<TestServer & { readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = await serve(async (request, response) => {
    const { authorization, 'content-type': type } = request.headers;
    seen.push({
      request: `${request.method} ${request.url}`,
      authorization,
      type,
      body: await text(request),
    });
    const other = answer(request);
    if (other) return json(response, other.status, other.value);
    if (request.url === '/api/auth/login')
      return json(response, 200, { data: { token: 'tok&en/1 ü', user: 42 } });
    if (authorization !== 'Bearer tok&en/1 \u00fc') return json(response, 401, { error: 'who are you?' });
    return json(response, 200, { items: [1, 2] });
  });
  return { ...server, seen };
}

test('a sequence carries values from one step to the next', async () => {
  const { url, seen } = await app();
  expect(await runGate(smoke(logIn, list), context(url))).toEqual({
    gate: 'sign in',
    kind: 'smoke',
    ...passing,
    summary: 'all 2 steps answered as expected',
    seconds,
  });
  expect(seen).toEqual([
    {
      request: 'POST /api/auth/login',
      authorization: undefined,
      type: 'application/json',
      body: '{"email":"demo@example.com","password":"open sesame"}',
    },
    {
      request: 'GET /api/interactions?user=42',
      authorization: 'Bearer tok&en/1 ü',
      type: undefined,
      body: '',
    },
  ]);
});

test('a value fits where it is put: encoded in a path, itself as a whole body value, as text within one', async () => {
  const { url, seen } = await app((request) => ({
    status: 200,
    value: request.method === 'POST' ? {} : { id: 7, name: 'a/b c', next: '/page?2', tags: ['x'] },
  }));
  const get = step('get', 'GET /', { keep: { id: 'id', name: 'name', next: 'next', tags: 'tags' } });
  const body = { id: '{{id}}', text: 'no. {{id}} {{name}}', deep: [{ tags: '{{ tags }}' }], same: null };
  const post = step('post', 'POST /things/{{name}}?of={{name}}', { body });
  const next = step('next', 'POST {{next}}', { body: 'plain {{name}}' });
  expect((await runGate(smoke(get, post, next), context(url))).passed).toBe(true);
  expect(seen.slice(1).map(({ request, type, body: sent }) => [request, type, sent])).toEqual([
    [
      'POST /things/a%2Fb%20c?of=a%2Fb%20c',
      'application/json',
      '{"id":7,"text":"no. 7 a/b c","deep":[{"tags":["x"]}],"same":null}',
    ],
    ['POST /page?2', 'text/plain', 'plain a/b c'],
  ]);
});

test('a sign-in by form sends a form', async () => {
  const { url, seen } = await app(() => ({ status: 200, value: {} }));
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const form = step('form', 'POST /token', { headers, body: { username: 'demo', password: 'a&b =c' } });
  expect((await runGate(smoke(form), context(url))).summary).toBe('1 step answered as expected');
  expect(seen.map(({ type, body }) => [type, body])).toEqual([
    ['application/x-www-form-urlencoded', 'username=demo&password=a%26b+%3Dc'],
  ]);
});

test('the step that is not as expected is named with its answer, and nothing more is sent', async () => {
  const { url, seen } = await app((request) =>
    request.url === '/api/auth/login'
      ? null
      : { status: 500, value: { error: 'relation "interaction" does not exist' } },
  );
  expect(await runGate(smoke(logIn, list, step('never', 'GET /never')), context(url))).toEqual({
    gate: 'sign in',
    kind: 'smoke',
    passed: false,
    summary:
      'step "list" (2 of 3): GET /api/interactions?user=*** answered status 500 instead of 200' +
      ' and items.length is missing instead of 2',
    seconds,
    evidence: [
      {
        kind: 'response',
        request: 'GET /api/interactions?user=***',
        status: 500,
        body: String.raw`{"error":"relation \"interaction\" does not exist"}`,
        expected: 'status 200, items.length 2',
        found: 'status 500, no items.length',
      },
    ],
  });
  expect(seen).toHaveLength(2);
});

test.each([
  ['is not there', { data: {} }, 'data.token, to be kept as {{token}}, is missing', 'no data.token'],
  ['is null', { data: { token: null } }, 'data.token, to be kept as {{token}}, is null', 'data.token null'],
  ['is empty', { data: { token: '' } }, 'data.token, to be kept as {{token}}, is ""', 'data.token ""'],
])('a value to be kept that %s fails with what the answer was', async (_, value, sentence, found) => {
  const { url, seen } = await app(() => ({ status: 200, value }));
  const gate = smoke(step('log in', 'POST /login', { keep: { token: 'data.token' } }), list);
  expect(await runGate(gate, context(url))).toEqual({
    gate: 'sign in',
    kind: 'smoke',
    passed: false,
    summary: `step "log in" (1 of 2): POST /login answered 200 but ${sentence}`,
    seconds,
    evidence: [
      {
        kind: 'response',
        request: 'POST /login',
        status: 200,
        body: JSON.stringify(value),
        expected: 'data.token, to be kept as {{token}}',
        found,
      },
    ],
  });
  expect(seen).toHaveLength(1);
});

test('a value that no step keeps fails before its step is sent', async () => {
  const { url, seen } = await app();
  const gate = smoke(step('one', 'GET /', { headers: { a: '{{tokn}}' } }));
  expect(await runGate(gate, context(url))).toMatchObject({
    passed: false,
    summary: 'step "one" (1 of 1) needs {{tokn}}, which no step before it keeps',
    evidence: [],
  });
  expect(seen).toEqual([]);
});

test('what the app answers under another name than was kept, and what the description sends, stays hidden', async () => {
  const value = {
    accessToken: 'f00dcafe0123',
    token_type: 'bearer',
    you: 'sent open sesame',
    store: { secrets: 'connected' },
  };
  const { url } = await app(() => ({ status: 200, value }));
  const outcome = await runGate(smoke(logIn, list), context(url));
  expect(outcome.evidence).toMatchObject([
    { body: '{"accessToken":"***","token_type":"bearer","you":"sent ***","store":{"secrets":"connected"}}' },
  ]);
});

test('a kept value is hidden in the very answer that gave it, when that answer is wrong', async () => {
  const { url } = await app(() => ({
    status: 201,
    value: { data: { token: 'swordfish', user: { id: 'u-77777' } } },
  }));
  const outcome = await runGate(smoke(logIn), context(url));
  expect(outcome).toMatchObject({
    summary: 'step "log in" (1 of 1): POST /api/auth/login answered status 201 instead of 200',
    evidence: [{ body: '{"data":{"token":"***","user":***}}' }],
  });
});

test('where nothing listens it is said', async () => {
  const outcome = await runGate(smoke(logIn), context(await nowhere()));
  expect(outcome).toEqual({
    gate: 'sign in',
    kind: 'smoke',
    passed: false,
    summary:
      'step "log in" (1 of 1): POST /api/auth/login got no connection: nothing listens there (ECONNREFUSED)',
    seconds,
    evidence: [
      {
        kind: 'response',
        request: 'POST /api/auth/login',
        status: null,
        body: '',
        expected: 'an answer',
        found: 'no connection: nothing listens there (ECONNREFUSED)',
      },
    ],
  });
});

test('a step that is never answered is given up', async () => {
  const { url } = await serve(() => {});
  expect(await judgeSmoke(smoke(step('one', 'GET /')), context(url), 200)).toMatchObject({
    passed: false,
    summary: 'step "one" (1 of 1): GET / got no answer within 0.2 s',
  });
});

test('a header that cannot be sent fails its step without showing it', async () => {
  const { url } = await app(() => ({ status: 200, value: { token: 'line\nbreak-9f' } }));
  const first = step('one', 'GET /', { keep: { token: 'token' } });
  const { summary } = await runGate(
    smoke(first, step('two', 'GET /', { headers: { a: '{{token}}' } })),
    context(url),
  );
  expect(summary).toBe(
    'step "two" (2 of 2): GET / got no answer: the request cannot be sent (Invalid character in header content ["a"])',
  );
});

test('a rollback ends it', async () => {
  const rollback = new AbortController();
  const { url } = await serve(() => rollback.abort());
  const outcome = await runGate(smoke(logIn, list), context(url, { signal: rollback.signal }));
  expect(outcome).toMatchObject({
    passed: false,
    summary: 'stopped before it could decide: the deployment is being rolled back',
    evidence: [],
  });
});
