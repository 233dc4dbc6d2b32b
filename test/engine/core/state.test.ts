import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import type { Disk } from '../../../src/engine/state/disk.ts';
import { asStateFailure, openSqlite, stateFormat } from '../../../src/engine/state/sqlite.ts';
import { State } from '../../../src/engine/state/state.ts';
import { runEngine } from './rig.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fairway-state-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface Row {
  readonly name: string;
  readonly colour: string;
}

const open = (disk: Disk) => {
  const state = new State(disk);
  return { state, rows: state.table<Row>('rows', { group: (row) => row.colour }) };
};

test('what a transaction wrote is there after the file is opened again, in the order it was made', () => {
  const path = join(folder(), 'state.db');
  const first = open(openSqlite(path));
  first.state.transaction(() => {
    first.rows.put('b', { name: 'b', colour: 'blue' });
    first.rows.put('a', { name: 'a', colour: 'blue' });
  });
  first.state.transaction(() => first.rows.put('b', { name: 'b again', colour: 'blue' }));
  first.state.close();
  const second = open(openSqlite(path));
  expect(second.rows.in('blue').map((row) => row.name)).toEqual(['b again', 'a']);
});

test('a transaction that fails leaves rows, groups and file as they were', () => {
  const path = join(folder(), 'state.db');
  const { state, rows } = open(openSqlite(path));
  state.transaction(() => rows.put('a', { name: 'a', colour: 'blue' }));
  expect(() =>
    state.transaction(() => {
      rows.put('a', { name: 'a', colour: 'green' });
      rows.put('b', { name: 'b', colour: 'blue' });
      rows.delete('a');
      throw new Error('no');
    }),
  ).toThrow('no');
  expect([...rows.all()]).toEqual([{ name: 'a', colour: 'blue' }]);
  expect(rows.in('green')).toEqual([]);
  expect(rows.in('blue')).toHaveLength(1);
  state.close();
  expect([...open(openSqlite(path)).rows.all()]).toEqual([{ name: 'a', colour: 'blue' }]);
});

test('rows are written in transactions only', () => {
  const { rows } = open(openSqlite(join(folder(), 'state.db')));
  expect(() => rows.put('a', { name: 'a', colour: 'blue' })).toThrow('outside of a transaction');
});

test('a full disk refuses the change, keeps everything before it, and takes the change once there is room', () => {
  const path = join(folder(), 'state.db');
  const disk = openSqlite(path);
  let full = false;
  const { state, rows } = open({
    ...disk,
    commit(changes) {
      if (full)
        throw asStateFailure(
          Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
        );
      disk.commit(changes);
    },
  });
  state.transaction(() => rows.put('a', { name: 'a', colour: 'blue' }));
  full = true;
  const change = () => state.transaction(() => rows.put('a', { name: 'a', colour: 'green' }));
  expect(change).toThrow(expect.objectContaining({ name: 'StateFailure', code: 'no-space' }));
  expect(rows.get('a')?.colour).toBe('blue');
  full = false;
  change();
  state.close();
  expect(open(openSqlite(path)).rows.get('a')?.colour).toBe('green');
});

test("SQLite's own word for a full disk is understood", () => {
  const path = join(folder(), 'state.db');
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  database.exec('PRAGMA max_page_count = 2; CREATE TABLE rows (row TEXT)');
  let failure: unknown;
  try {
    database.prepare('INSERT INTO rows VALUES (?)').run('x'.repeat(100_000));
  } catch (cause) {
    failure = cause;
  }
  expect(asStateFailure(failure)).toMatchObject({ code: 'no-space' });
});

test('the state of a newer engine is not opened', async () => {
  const path = folder();
  openSqlite(join(path, 'state.db')).close();
  const database = new DatabaseSync(join(path, 'state.db'));
  database.exec(`PRAGMA user_version = ${stateFormat + 1}`);
  database.close();
  const ended = await runEngine(['--state', path]);
  expect(ended.code).toBe(3);
  expect(JSON.parse(ended.stderr)).toMatchObject({
    code: 'engine-version',
    message: expect.stringContaining('newer engine'),
  });
});

test('a file that is no state is refused, not overwritten', async () => {
  const path = folder();
  const database = new DatabaseSync(join(path, 'state.db'));
  database.exec('CREATE TABLE precious (id); PRAGMA user_version = 1');
  database.close();
  const ended = await runEngine(['--state', path]);
  expect(ended.code).toBe(5);
  expect(JSON.parse(ended.stderr)).toMatchObject({ code: 'state-damaged' });
});

test('wrong arguments are told with the usage', async () => {
  const ended = await runEngine(['--state', folder(), '--assume', '{"continueDelay": 1}']);
  expect(ended.code).toBe(2);
  expect(JSON.parse(ended.stderr).message).toContain('there is no continueDelay');
});
