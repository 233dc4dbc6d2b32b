import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readMigrations } from '../database/migration-files.ts';
import { apply } from '../database/migrator.ts';
import { type JobHandler, mostAttempts, retryDelay, runNextJob } from '../worker/queue.ts';
import { activityHandlers, summarise } from '../worker/activity.ts';
import { startPostgres, type TestPostgres, withClient } from './postgres.ts';

let postgres: TestPostgres;
let pool: Pool;

beforeAll(async () => {
  postgres = await startPostgres();
  const connectionString = await postgres.createDatabase();
  const migrations = await readMigrations(`${import.meta.dirname}/../database/migrations`);
  await withClient(connectionString, (client) =>
    apply({ client, migrations, lockTimeoutMilliseconds: 5_000, say: () => undefined }),
  );
  pool = new Pool({ connectionString });
});
afterAll(async () => {
  await pool?.end();
  await postgres?.stop();
});
beforeEach(() => pool.query('TRUNCATE jobs, activity'));

const enqueue = (kind: string, payload: unknown = {}) =>
  pool.query('INSERT INTO jobs (kind, payload) VALUES ($1, $2)', [kind, JSON.stringify(payload)]);
const jobs = async () =>
  (await pool.query('SELECT kind, attempts, last_error, failed_at FROM jobs ORDER BY id')).rows;
const handlers = (handler: JobHandler) => new Map([['test', handler]]);

describe('the queue', () => {
  test('hands each job to one worker, oldest first, and forgets it', async () => {
    for (let number = 1; number <= 6; number += 1) await enqueue('test', { number });
    const seen: unknown[] = [];
    const note = handlers(async (_, { payload }) => void seen.push(payload));
    const outcomes = await Promise.all([
      runNextJob(pool, note),
      runNextJob(pool, note),
      runNextJob(pool, note),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    while ((await runNextJob(pool, note)).kind !== 'idle');

    expect(new Set(seen.map((payload) => JSON.stringify(payload))).size).toBe(6);
    expect(seen).toHaveLength(6);
    expect(await jobs()).toEqual([]);
  });

  test('leaves jobs that only another version knows where they are', async () => {
    await enqueue('of.tomorrow');
    expect(
      await runNextJob(
        pool,
        handlers(async () => undefined),
      ),
    ).toEqual({ kind: 'idle' });
    expect(await jobs()).toMatchObject([{ kind: 'of.tomorrow', attempts: 0 }]);
  });

  test('undoes what a failed job wrote, tries it again later, and gives up at last', async () => {
    await enqueue('test');
    const failing = handlers(async (client, job) => {
      await client.query(
        `INSERT INTO activity (job_id, interaction_id, kind, summary, happened_at) VALUES ($1, 1, 'x', 'x', now())`,
        [job.id],
      );
      throw new Error('the printer is on fire');
    });
    const outcomes: string[] = [];
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const { rows } = await pool.query('SELECT now() AS before');
      outcomes.push((await runNextJob(pool, failing)).kind);
      const { rowCount } = await pool.query(
        'SELECT FROM jobs WHERE run_after >= $1::timestamptz + make_interval(secs => $2)',
        [rows[0].before, retryDelay(attempt)],
      );
      expect(rowCount).toBe(1);
      await pool.query(`UPDATE jobs SET run_after = now() + interval '1 day'`);
      expect(await runNextJob(pool, failing)).toEqual({ kind: 'idle' });
      await pool.query('UPDATE jobs SET run_after = now()');
    }
    expect(outcomes).toEqual(['retry', 'retry', 'retry', 'retry', 'failed']);
    expect(await jobs()).toEqual([
      { kind: 'test', attempts: 5, last_error: 'the printer is on fire', failed_at: expect.any(Date) },
    ]);
    expect(await runNextJob(pool, failing)).toEqual({ kind: 'idle' });
    expect((await pool.query('SELECT FROM activity')).rowCount).toBe(0);
  });

  test('waits longer after each failure', () => {
    expect([1, 2, 3, 4].map(retryDelay)).toEqual([2, 4, 8, 16]);
  });
});

describe('the activity worker', () => {
  test('fails a job whose payload it cannot read, and says what it found', async () => {
    await enqueue('interaction.created', { kind: 'interaction.created', title: 'half of it' });
    expect(await runNextJob(pool, activityHandlers)).toMatchObject({ kind: 'retry' });
    expect(await jobs()).toMatchObject([
      { last_error: 'the payload is not an interaction event; it has kind, title' },
    ]);
  });

  test('writes sentences', () => {
    const event = { interactionId: 1, title: 'Quote', contact: 'Mei', actor: 'Ada' };
    expect(summarise({ ...event, kind: 'interaction.created', type: 'email' })).toBe(
      'Ada logged an email with Mei: Quote',
    );
    expect(summarise({ ...event, kind: 'interaction.deleted', type: 'note' })).toBe(
      'Ada deleted a note with Mei: Quote',
    );
  });
});
