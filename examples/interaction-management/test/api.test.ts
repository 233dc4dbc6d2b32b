import type { Hono } from 'hono';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../api/app.ts';
import { hashPassword } from '../api/password.ts';
import { sessionLifetime } from '../api/sessions.ts';
import { apply } from '../database/migrator.ts';
import { readMigrations } from '../database/migration-files.ts';
import { createPool } from '../database/pool.ts';
import { createLog } from '../service/log.ts';
import { runNextJob } from '../worker/queue.ts';
import { activityHandlers } from '../worker/activity.ts';
import { startPostgres, type TestPostgres, withClient } from './postgres.ts';

const password = 'correct horse battery';
const lines: string[] = [];
const log = createLog({
  service: 'api',
  version: '1.2.3',
  level: 'debug',
  write: (line) => lines.push(line),
  now: () => now,
});
let now = new Date();
let postgres: TestPostgres;
let pool: Pool;
let api: Hono;
let token: string;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const migrations = await readMigrations(`${import.meta.dirname}/../database/migrations`);
  await withClient(url, async (client) => {
    await apply({ client, migrations, lockTimeoutMilliseconds: 5_000, say: () => undefined });
    await client.query(
      `INSERT INTO users (username, display_name, password_hash) VALUES ('ada', 'Ada Lovelace', $1)`,
      [await hashPassword(password)],
    );
  });
  pool = createPool({ connectionString: url, poolSize: 4 }, 'test', log);
  api = createApi({ pool, log, version: '1.2.3', now: () => now });
  token = (await (await signIn('ada', password)).json()).token;
});

afterAll(async () => {
  await pool?.end();
  await postgres?.stop();
});

function signIn(username: string, given: string): Promise<Response> {
  return send('POST', '/api/auth/login', { username, password: given }, null);
}

async function send(
  method: string,
  path: string,
  body?: unknown,
  bearer: string | null = token,
): Promise<Response> {
  return api.request(path, {
    method,
    headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const draft = (change: object = {}) => ({
  title: 'Renewal terms',
  type: 'call',
  contact: 'Ruth Okafor',
  organisation: 'Northwind Clinics',
  notes: 'Two years.',
  occurredAt: '2026-11-20T10:00:00.000Z',
  status: 'open',
  ...change,
});

async function create(change: object = {}): Promise<{ id: number }> {
  const response = await send('POST', '/api/interactions', draft(change));
  expect(response.status).toBe(201);
  return response.json();
}

/** The titles that a query string finds, in order. */
async function titles(query: string): Promise<readonly string[]> {
  const { items } = await (await send('GET', `/api/interactions?${query}`)).json();
  return items.map(({ title }: { title: string }) => title);
}

describe('health', () => {
  test('is told with the version, without asking who wants to know', async () => {
    for (const path of ['/health', '/api/health']) {
      const response = await send('GET', path, undefined, null);
      expect(await response.json()).toMatchObject({ status: 'healthy', service: 'api', version: '1.2.3' });
    }
  });

  test('of the database is told with its latency', async () => {
    const response = await send('GET', '/api/health/db', undefined, null);
    expect(await response.json()).toEqual({
      status: 'healthy',
      service: 'api',
      version: '1.2.3',
      database: 'connected',
      latencyMs: expect.any(Number),
    });
  });

  test('of a database that is away is 503, while the process itself stays healthy', async () => {
    const nowhere = createPool(
      { connectionString: 'postgresql://x@127.0.0.1:1/none', poolSize: 1 },
      'test',
      log,
    );
    const cutOff = createApi({ pool: nowhere, log, version: '1.2.3', now: () => now });
    const response = await cutOff.request('/api/health/db');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'unhealthy', database: 'disconnected' });
    expect((await cutOff.request('/api/health')).status).toBe(200);
    await nowhere.end();
  });
});

describe('signing in', () => {
  test('gives a token, its end, and who it is', async () => {
    const response = await signIn('ada', password);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      token: expect.stringMatching(/^[\w-]{43}$/),
      expiresAt: new Date(now.getTime() + sessionLifetime).toISOString(),
      user: { username: 'ada', displayName: 'Ada Lovelace' },
    });
  });

  test('with a wrong password and with a wrong name is refused in the same words', async () => {
    const [wrongPassword, wrongName] = await Promise.all([
      signIn('ada', 'wrong'),
      signIn('nobody', password),
    ]);
    expect([wrongPassword.status, wrongName.status]).toEqual([401, 401]);
    expect(await wrongPassword.text()).toBe(await wrongName.text());
  });

  test('without a password says which field is missing', async () => {
    const response = await send('POST', '/api/auth/login', { username: 'ada' }, null);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ error: { fields: { password: 'Enter your password.' } } });
  });

  test('leaves no token in the database and no secret in the log', async () => {
    const { rows } = await pool.query(`SELECT encode(token_hash, 'escape') AS hash FROM sessions`);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(token);
    const written = lines.join('');
    expect(written).toContain('login.succeeded');
    expect(written).toContain('login.failed');
    expect(written).not.toContain(token);
    expect(written).not.toContain(password);
  });

  test.each([
    ['nothing', null],
    ['a made-up token', 'A'.repeat(43)],
    ['an injection', `' OR 1=1 --`],
  ])('is needed: %s is answered 401', async (_, bearer) => {
    for (const path of ['/api/interactions', '/api/interactions/1', '/api/activity']) {
      const response = await send('GET', path, undefined, bearer);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  test('ends when its time is over', async () => {
    const { token: short } = await (await signIn('ada', password)).json();
    expect((await send('GET', '/api/interactions', undefined, short)).status).toBe(200);
    const before = now;
    now = new Date(before.getTime() + sessionLifetime + 1);
    try {
      expect((await send('GET', '/api/interactions', undefined, short)).status).toBe(401);
    } finally {
      now = before;
    }
  });

  test('ends with signing out', async () => {
    const { token: other } = await (await signIn('ada', password)).json();
    expect((await send('POST', '/api/auth/logout', undefined, other)).status).toBe(204);
    expect((await send('GET', '/api/interactions', undefined, other)).status).toBe(401);
  });
});

describe('an interaction', () => {
  test('is created, read, changed and deleted', async () => {
    const created = await send('POST', '/api/interactions', draft());
    const { id, ...rest } = await created.json();
    expect(created.headers.get('location')).toBe(`/api/interactions/${id}`);
    expect(rest).toEqual({
      ...draft(),
      createdBy: 'Ada Lovelace',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });

    const path = `/api/interactions/${id}`;
    expect(await (await send('GET', path)).json()).toEqual({ id, ...rest });
    const changed = await send('PUT', path, draft({ title: 'Renewed', status: 'done' }));
    expect(await changed.json()).toMatchObject({
      id,
      title: 'Renewed',
      status: 'done',
      contact: 'Ruth Okafor',
    });
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
  });

  test.each([['GET'], ['PUT'], ['DELETE']])('that is not there is 404 for %s', async (method) => {
    const body = method === 'PUT' ? draft() : undefined;
    for (const id of ['999999999', '99999999999', 'abc', '-1']) {
      expect((await send(method, `/api/interactions/${id}`, body)).status).toBe(404);
    }
  });

  test('with mistakes is refused field by field, and nothing is stored', async () => {
    const { total: before } = await (await send('GET', '/api/interactions')).json();
    const response = await send('POST', '/api/interactions', draft({ title: '', type: 'pigeon' }));
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({
      error: {
        code: 'invalid',
        message: 'Some fields need attention.',
        fields: { title: 'Give it a title.', type: 'Choose one of call, email, meeting, note.' },
      },
    });
    expect((await (await send('GET', '/api/interactions')).json()).total).toBe(before);
  });

  test('that is no JSON is 400, and one that is too large 413', async () => {
    expect((await send('POST', '/api/interactions', '{"title"')).status).toBe(400);
    expect((await send('POST', '/api/interactions', draft({ notes: 'x'.repeat(70_000) }))).status).toBe(413);
  });

  test('becomes a line of activity once the worker has seen it, in each of its changes', async () => {
    const { id } = await create({ title: 'Seen by the worker', type: 'email' });
    await send('PUT', `/api/interactions/${id}`, draft({ title: 'Seen by the worker' }));
    await send('DELETE', `/api/interactions/${id}`);
    while ((await runNextJob(pool, activityHandlers)).kind === 'done');

    const { items } = await (await send('GET', '/api/activity')).json();
    const mine = items.filter(({ interactionId }: { interactionId: number }) => interactionId === id);
    expect(mine.map(({ summary }: { summary: string }) => summary)).toEqual([
      'Ada Lovelace deleted a call with Ruth Okafor: Seen by the worker',
      'Ada Lovelace updated a call with Ruth Okafor: Seen by the worker',
      'Ada Lovelace logged an email with Ruth Okafor: Seen by the worker',
    ]);
  });
});

describe('the list', () => {
  beforeAll(async () => {
    await create({ title: 'beta', contact: 'zListed', occurredAt: '2026-01-02T00:00:00Z', status: 'done' });
    await create({
      title: 'Alpha',
      contact: 'zListed',
      occurredAt: '2026-01-03T00:00:00Z',
      status: 'waiting',
    });
    await create({
      title: 'gamma 50%',
      contact: 'zListed',
      occurredAt: '2026-01-01T00:00:00Z',
      status: 'open',
    });
    await create({
      title: 'gamma 500',
      contact: 'zListed',
      occurredAt: '2026-01-04T00:00:00Z',
      status: 'open',
    });
  });

  test('is sorted by any field in either direction, capitals or not', async () => {
    expect(await titles('search=zlisted&sort=title&order=asc')).toEqual([
      'Alpha',
      'beta',
      'gamma 50%',
      'gamma 500',
    ]);
    expect(await titles('search=zlisted')).toEqual(['gamma 500', 'Alpha', 'beta', 'gamma 50%']);
    expect(await titles('search=zlisted&sort=status&order=desc')).toEqual([
      'beta',
      'Alpha',
      'gamma 500',
      'gamma 50%',
    ]);
  });

  test('takes a field that only a later version can sort by for the default', async () => {
    expect(await titles('search=zlisted&sort=mood')).toEqual(await titles('search=zlisted'));
  });

  test('is searched for every word, anywhere, literally', async () => {
    expect(await titles('search=ZLISTED%20gam')).toEqual(['gamma 500', 'gamma 50%']);
    expect(await titles('search=zlisted%2050%25')).toEqual(['gamma 50%']);
    expect(await titles('search=zlisted%20nothing')).toEqual([]);
  });

  test('comes in pages that together hold every match once', async () => {
    const pages = await Promise.all(
      [1, 2, 3].map((page) => titles(`search=zlisted&pageSize=2&page=${page}`)),
    );
    expect(pages).toEqual([['gamma 500', 'Alpha'], ['beta', 'gamma 50%'], []]);
    const beyond = await (await send('GET', '/api/interactions?search=zlisted&pageSize=2&page=3')).json();
    expect(beyond).toEqual({ items: [], total: 4, page: 3, pageSize: 2 });
  });
});

test('every answer names the version, whatever its status', async () => {
  const answers = await Promise.all([
    send('GET', '/api/health'),
    send('GET', '/nowhere'),
    send('GET', '/api/interactions', undefined, null),
    send('POST', '/api/interactions', 'nonsense'),
  ]);
  expect(answers.map(({ status, headers }) => [status, headers.get('x-app-version')])).toEqual([
    [200, '1.2.3'],
    [404, '1.2.3'],
    [401, '1.2.3'],
    [400, '1.2.3'],
  ]);
});

test('a failure inside is 500 without its reason, which is in the log', async () => {
  const ended = new Pool({ connectionString: 'postgresql://x@127.0.0.1:1/none' });
  await ended.end();
  const broken = createApi({ pool: ended, log, version: '1.2.3', now: () => now });
  const response = await broken.request('/api/interactions', {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(500);
  expect(response.headers.get('x-app-version')).toBe('1.2.3');
  expect(await response.json()).toEqual({
    error: { code: 'internal', message: 'Something went wrong on our side.' },
  });
  expect(lines.at(-2)).toContain('"event":"request.failed"');
});
