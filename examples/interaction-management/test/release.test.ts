import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { demoUser } from '../database/demo-data.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { buildRelease, eventually, type Release, RunningService, runToEnd } from './release.ts';

let postgres: TestPostgres;
let one: Release;
let two: Release;
let env: { readonly DATABASE_URL: string; readonly APP_ENV: string };
let pool: Pool;

beforeAll(async () => {
  [postgres, one, two] = await Promise.all([startPostgres(), buildRelease(null), buildRelease('versions/2')]);
});
afterAll(() => Promise.all([postgres?.stop(), one?.remove(), two?.remove()]));

beforeEach(async () => {
  env = { DATABASE_URL: await postgres.createDatabase(), APP_ENV: 'local' };
  pool = new Pool({ connectionString: env.DATABASE_URL });
  return () => pool.end();
});

const migrate = (release: Release, verb: string, more: NodeJS.ProcessEnv = {}) =>
  runToEnd(['api/migrate.js', verb], release.folder, { ...env, ...more });

async function signIn(
  address: string,
  username: string = demoUser.username,
  password: string = demoUser.password,
) {
  const response = await fetch(`${address}/api/auth/login`, {
    method: 'POST',
    body: JSON.stringify({ username, password }),
  });
  const { token } = await response.json();
  return { authorization: `Bearer ${token}` };
}

const draft = {
  title: 'During the deployment',
  type: 'call',
  contact: 'Ruth',
  occurredAt: '2026-11-20T10:00:00Z',
  status: 'open',
};

/** Waits until somebody waits for a lock: then a service is amid its work, for as long as a test wants. */
const someoneWaits = () =>
  eventually(async () => {
    const { rowCount } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
    return rowCount !== 0;
  });

describe('the migrate command', () => {
  test('prints the version, applies once, fills a local database once, and undoes', async () => {
    expect(await migrate(one, 'current')).toEqual({ code: 0, stdout: 'none\n', stderr: '' });
    expect((await migrate(one, 'apply')).stdout).toContain("added the demo user 'demo' and 60 interactions");
    expect((await migrate(one, 'apply')).stdout).toBe('the database is at 0004_activity\n');
    expect((await migrate(one, 'current')).stdout).toBe('0004_activity\n');
    expect((await pool.query('SELECT FROM interactions')).rowCount).toBe(60);
    expect((await migrate(one, 'undo')).stdout).toBe('undid 0004_activity\nthe database is at 0003_jobs\n');
  });

  test('makes no demo user anywhere but locally', async () => {
    for (const APP_ENV of ['development', 'staging', 'production', '']) {
      expect((await migrate(one, 'apply', { APP_ENV })).code).toBe(0);
    }
    expect((await pool.query('SELECT FROM users')).rowCount).toBe(0);
  });

  test('exits with 1 and the reason when it fails, and with 64 when it is misused', async () => {
    await pool.query('CREATE TABLE jobs (mine integer)');
    const failed = await migrate(one, 'apply');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      '0003_jobs.up.sql, statement 1 of 2 failed: relation "jobs" already exists',
    );
    expect((await migrate(one, 'current')).stdout).toBe('0002_interactions\n');

    expect((await migrate(one, 'apply', { DATABASE_URL: '' })).stderr).toContain('DATABASE_URL');
    expect((await migrate(one, 'sideways')).code).toBe(64);
  });
});

test('a user is added by command, and can sign in', async () => {
  await migrate(one, 'apply', { APP_ENV: 'production' });
  const add = (password: string) =>
    runToEnd(['api/add-user.js', 'grace', 'Grace', 'Hopper'], one.folder, env, password);
  expect(await add('short')).toMatchObject({ code: 1, stdout: '' });
  expect(await add('a moth in relay 70\n')).toEqual({ code: 0, stdout: 'grace can sign in\n', stderr: '' });

  await using api = new RunningService(one, 'api/server.js', env);
  const headers = await signIn(await api.address(), 'grace', 'a moth in relay 70');
  expect((await fetch(`${await api.address()}/api/interactions`, { headers })).status).toBe(200);
});

describe('a service that is told to stop', () => {
  test('answers the request in hand, takes no new one, and exits with 0', async () => {
    await migrate(one, 'apply');
    await using api = new RunningService(one, 'api/server.js', env);
    const address = await api.address();
    const headers = await signIn(address);

    const holder = await pool.connect();
    await holder.query('BEGIN; LOCK TABLE interactions IN ACCESS EXCLUSIVE MODE');
    const inHand = fetch(`${address}/api/interactions`, {
      method: 'POST',
      headers,
      body: JSON.stringify(draft),
    });
    await someoneWaits();
    api.signal('SIGTERM');
    await api.logged('stopping');
    await eventually(() =>
      fetch(`${address}/health`).then(
        () => false,
        () => true,
      ),
    );
    expect(api.exited).toBe(false);

    await holder.query('COMMIT');
    holder.release();
    const response = await inHand;
    expect([response.status, response.headers.get('connection')]).toEqual([201, 'close']);
    expect(await api.ended()).toBe(0);
    expect(api.output).not.toContain(headers.authorization.slice('Bearer '.length));
    expect(api.output).not.toContain(demoUser.password);
  });

  test('cuts what does not finish within the grace time', async () => {
    await migrate(one, 'apply');
    await using api = new RunningService(one, 'api/server.js', { ...env, STOP_GRACE_SECONDS: '1' });
    const address = await api.address();
    const headers = await signIn(address);
    const holder = await pool.connect();
    await holder.query('BEGIN; LOCK TABLE interactions IN ACCESS EXCLUSIVE MODE');
    const inHand = fetch(`${address}/api/interactions`, { headers }).then(
      () => 'answered',
      () => 'cut',
    );
    await someoneWaits();
    api.signal('SIGTERM');
    expect(await inHand).toBe('cut');
    await api.logged('requests.cut');
    await holder.query('COMMIT');
    holder.release();
    expect(await api.ended()).toBe(0);
  });

  test('exits with 1 and says every setting that is wrong when it cannot start', async () => {
    await using api = new RunningService(one, 'api/server.js', { PORT: 'http' });
    expect(await api.ended()).toBe(1);
    expect(api.output).toContain("PORT must be a whole number from 0 to 65535, found 'http'");
    expect(api.output).toContain('DATABASE_URL (or DB_HOST, DB_NAME, DB_USER and DB_PASSWORD) must be set');
  });
});

describe('the worker', () => {
  const addInteraction = async () => {
    await migrate(one, 'apply');
    await using api = new RunningService(one, 'api/server.js', env);
    const address = await api.address();
    const headers = await signIn(address);
    await fetch(`${address}/api/interactions`, { method: 'POST', headers, body: JSON.stringify(draft) });
  };
  const counts = async () => {
    const { rows } = await pool.query(
      'SELECT (SELECT count(*)::int FROM jobs) AS jobs, (SELECT count(*)::int FROM activity) AS activity',
    );
    return rows[0];
  };

  test('finishes the job in hand before it stops', async () => {
    await addInteraction();
    const holder = await pool.connect();
    await holder.query('BEGIN; LOCK TABLE activity IN SHARE MODE');
    await using worker = new RunningService(one, 'worker/worker.js', env);
    await someoneWaits();
    worker.signal('SIGTERM');
    await worker.logged('stopping');
    expect([worker.exited, await counts()]).toEqual([false, { jobs: 1, activity: 0 }]);

    await holder.query('COMMIT');
    holder.release();
    expect(await worker.ended()).toBe(0);
    expect(await counts()).toEqual({ jobs: 0, activity: 1 });
    expect(worker.output).toContain('"event":"job.done"');
  });

  test('that is killed amid a job leaves it to the next, which does it once', async () => {
    await addInteraction();
    const holder = await pool.connect();
    await holder.query('BEGIN; LOCK TABLE activity IN SHARE MODE');
    await using killed = new RunningService(one, 'worker/worker.js', env);
    await someoneWaits();
    killed.signal('SIGKILL');
    expect(await killed.ended()).toBe('SIGKILL');
    await holder.query('COMMIT');
    holder.release();

    await using next = new RunningService(one, 'worker/worker.js', { ...env, WORKER_IDLE_MS: '20' });
    await next.logged('job.done');
    expect(await counts()).toEqual({ jobs: 0, activity: 1 });
  });
});

describe('version 2', () => {
  test('serves its own page and says so', async () => {
    await using web = new RunningService(two, 'web/server.js', {});
    const address = await web.address();
    const health = await fetch(`${address}/health`);
    expect(await health.json()).toEqual({ status: 'healthy', service: 'web', version: '2.0.0' });
    const page = await (await fetch(`${address}/`)).text();
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
    const code = await (await fetch(`${address}${script}`)).text();
    expect(code).toContain('What matters most, first');
    expect(code).toContain('2.0.0');
    await expect(access(join(two.folder, 'node_modules'))).rejects.toThrow('ENOENT');
  });

  test('works beside version 1 on one database: neither breaks what the other writes', async () => {
    await migrate(one, 'apply');
    await using blue = new RunningService(one, 'api/server.js', env);
    const address = { blue: await blue.address(), green: '' };
    const headers = await signIn(address.blue);
    expect((await migrate(two, 'apply')).stdout).toContain('applied 0005_interaction_priority');
    await using green = new RunningService(two, 'api/server.js', env);
    address.green = await green.address();
    const call = async (side: 'blue' | 'green', method: string, path: string, body?: object) => {
      const response = await fetch(`${address[side]}/api/interactions${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return {
        status: response.status,
        version: response.headers.get('x-app-version'),
        body: await response.json(),
      };
    };

    // A session of version 1 is good for version 2, and a field of version 2 does not disturb version 1.
    const created = await call('green', 'POST', '', { ...draft, priority: 'high' });
    expect(created).toMatchObject({ status: 201, version: '2.0.0', body: { priority: 'high' } });
    const path = `/${created.body.id}`;
    const edited = await call('blue', 'PUT', path, {
      ...draft,
      title: 'Edited by version 1',
      priority: 'low',
    });
    expect(edited).toMatchObject({ status: 200, version: '1.0.0' });
    expect(edited.body).not.toHaveProperty('priority');
    expect((await call('green', 'GET', path)).body).toMatchObject({
      title: 'Edited by version 1',
      priority: 'high',
    });

    // A page of version 1 is still open somewhere and saves through version 2.
    await call('green', 'PUT', path, { ...draft, title: 'Edited by an old page' });
    expect((await call('green', 'GET', path)).body).toMatchObject({ priority: 'high' });
    const plain = await call('blue', 'POST', '', draft);
    expect((await call('green', 'GET', `/${plain.body.id}`)).body).toMatchObject({ priority: 'normal' });

    expect((await call('blue', 'GET', '?sort=priority')).status).toBe(200);
    const sorted = await call('green', 'GET', '?sort=priority&order=desc&pageSize=1');
    expect(sorted.body.items).toMatchObject([{ priority: 'high' }]);
    expect(await call('green', 'POST', '', { ...draft, priority: 'urgent' })).toMatchObject({
      status: 422,
      body: { error: { fields: { priority: 'Choose one of low, normal, high.' } } },
    });
  });

  test('can be undone: its column goes, and version 1 is where it was', async () => {
    await migrate(two, 'apply');
    expect((await migrate(one, 'apply')).stdout).toContain('a later release has already applied 0005');
    expect((await migrate(two, 'undo')).stdout).toContain('undid 0005_interaction_priority');
    await using api = new RunningService(one, 'api/server.js', env);
    const headers = await signIn(await api.address());
    expect((await fetch(`${await api.address()}/api/interactions`, { headers })).status).toBe(200);
  });
});
