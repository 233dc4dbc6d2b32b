import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, current, undo } from '../database/migrator.ts';
import type { Migration } from '../database/migration-files.ts';
import { startPostgres, type TestPostgres, withClient } from './postgres.ts';

const one: Migration = {
  version: '0001_one',
  up: 'CREATE TABLE one (id integer);',
  down: 'DROP TABLE one;',
  checksum: 'a',
};
const two: Migration = {
  version: '0002_two',
  up: 'CREATE TABLE two (id integer);',
  down: 'DROP TABLE two;',
  checksum: 'b',
};

let postgres: TestPostgres;
let url: string;
const said: string[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const run = (verb: typeof apply, migrations: readonly Migration[], lockTimeoutMilliseconds = 60_000) =>
  withClient(url, (client) =>
    verb({ client, migrations, lockTimeoutMilliseconds, say: (line) => said.push(line) }),
  );
const version = () => withClient(url, current);
const tables = () =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  });

describe('migrations', () => {
  beforeAll(async () => {
    url = await postgres.createDatabase();
  });

  test('have no version before the first', async () => {
    expect(await version()).toBeNull();
  });

  test('are applied in order, each once, by however many at the same time', async () => {
    await Promise.all([run(apply, [one, two]), run(apply, [one, two]), run(apply, [one, two])]);
    expect(said.filter((line) => line.startsWith('applied'))).toEqual([
      'applied 0001_one',
      'applied 0002_two',
    ]);
    expect(await version()).toBe('0002_two');
  });

  test('of a later release are left alone by an earlier one', async () => {
    said.length = 0;
    await run(apply, [one]);
    expect(said).toEqual([
      'a later release has already applied 0002_two; left as it is',
      'the database is at 0002_two',
    ]);
    await expect(run(undo, [one])).rejects.toThrow(
      '0002_two is not in this release; undo it with the release that brought it',
    );
  });

  test('that changed after they were applied are refused', async () => {
    await expect(run(apply, [{ ...one, checksum: 'edited' }, two])).rejects.toThrow(
      '0001_one.up.sql changed after it was applied.',
    );
  });

  test('that fail say file, statement and reason, and leave nothing behind', async () => {
    const up = 'CREATE TABLE three (id integer);\nALTER TABLE nowhere ADD COLUMN x text;\nSELECT 1;';
    const broken = { version: '0003_three', up, down: '', checksum: 'c' };
    await expect(run(apply, [one, two, broken])).rejects.toThrow(
      [
        '0003_three.up.sql, statement 2 of 3 failed: relation "nowhere" does not exist',
        '    ALTER TABLE nowhere ADD COLUMN x text',
        'Its transaction was rolled back: nothing of this file is in the database.',
      ].join('\n'),
    );
    expect(await tables()).toEqual(['one', 'schema_migrations', 'two']);
    expect(await version()).toBe('0002_two');
  });

  test('that meet a lock give up in time and say how to go on', async () => {
    const blocked = {
      version: '0003_three',
      up: 'ALTER TABLE one ADD COLUMN x text;',
      down: '',
      checksum: 'c',
    };
    await withClient(url, async (holder) => {
      await holder.query('BEGIN; LOCK TABLE one IN ACCESS SHARE MODE');
      await expect(run(apply, [one, two, blocked], 50)).rejects.toThrow(
        'Another session held a lock for too long. Try at a quieter time, or raise MIGRATION_LOCK_TIMEOUT_MS.',
      );
    });
    expect(await version()).toBe('0002_two');
  });

  test('are undone one at a time, back to nothing', async () => {
    await run(undo, [one, two]);
    expect([await version(), await tables()]).toEqual(['0001_one', ['one', 'schema_migrations']]);
    await run(undo, [one, two]);
    await run(undo, [one, two]);
    expect([await version(), await tables()]).toEqual([null, ['schema_migrations']]);
    expect(said.at(-1)).toBe('nothing is applied; nothing to undo');
  });
});
