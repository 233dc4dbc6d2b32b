import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { orderMigrations, readMigrations } from '../database/migration-files.ts';
import { splitStatements } from '../database/sql-statements.ts';

describe('migration files', () => {
  test('are put in order by number', () => {
    const files = ['0002_b.up.sql', '0001_a.down.sql', '0002_b.down.sql', '0001_a.up.sql'];
    expect(orderMigrations(files)).toEqual(['0001_a', '0002_b']);
  });

  test('are refused with every problem at once', () => {
    const files = ['0001_a.up.sql', '0003_c.up.sql', '0003_c.down.sql', '0004_d.down.sql', 'readme.sql'];
    expect(() => orderMigrations(files)).toThrow(
      'the migrations are not in order: readme.sql: expected a name like 0001_users.up.sql; ' +
        '0001_a.up.sql has no 0001_a.down.sql; 0004_d.down.sql has no 0004_d.up.sql; ' +
        '0003_c: expected number 0002 here',
    );
  });

  test('of this app can be read, and number four in version 1', async () => {
    const migrations = await readMigrations(join(import.meta.dirname, '../database/migrations'));
    expect(migrations.map(({ version }) => version)).toEqual([
      '0001_users',
      '0002_interactions',
      '0003_jobs',
      '0004_activity',
    ]);
  });
});

describe('a script', () => {
  test('is cut into statements at its semicolons', () => {
    expect(splitStatements('CREATE TABLE a ();\n\n DROP TABLE b; SELECT 1')).toEqual([
      'CREATE TABLE a ()',
      'DROP TABLE b',
      'SELECT 1',
    ]);
  });

  test.each([
    ['a string', "SELECT 'a;b''c;'"],
    ['an escape string', String.raw`SELECT E'it\';s'`],
    ['a quoted name', 'SELECT "a;b"'],
    ['a dollar quote', 'DO $body$ BEGIN PERFORM 1; END $body$'],
    ['a line comment', 'SELECT 1 -- one; two'],
    ['a block comment', 'SELECT /* one; two */ 1'],
    ['a name with a dollar', 'SELECT a$b, c$b'],
  ])('is not cut within %s', (_, script) => {
    expect(splitStatements(`${script}\n;\nSELECT 2;`)).toEqual([script, 'SELECT 2']);
  });

  test('may be nothing but comments', () => {
    expect(splitStatements('-- nothing; here\n/* nor; here */ ;')).toEqual([]);
  });
});
