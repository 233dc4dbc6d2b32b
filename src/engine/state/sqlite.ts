import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { isAbsolute } from 'node:path';
import type { Change, Disk, StoredRow } from './disk.ts';
import { StateFailure } from './failure.ts';

/** What this engine reads and writes. A newer number means a newer engine; an older one would be migrated here. */
export const stateFormat = 1;

/** "FWEN", so that `file` and we can tell the state from any other SQLite database. */
const applicationId = 0x4657454e;

/** Opens the state file (0600 by the folder's mode 0700). Throws `StateFailure`. */
export function openSqlite(path: string): Disk {
  const database = open(path);
  const statements = new Map<string, { readonly put: StatementSync; readonly remove: StatementSync }>();
  const statementsOf = (table: string) => {
    const known = statements.get(table);
    if (known !== undefined) return known;
    const prepared = {
      // The conflict clause keeps the row's place, so that rows load in the order in which they were made.
      put: database.prepare(
        `INSERT INTO ${table} (key, row) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET row = excluded.row`,
      ),
      remove: database.prepare(`DELETE FROM ${table} WHERE key = ?`),
    };
    statements.set(table, prepared);
    return prepared;
  };
  return {
    tables(names) {
      for (const name of names) {
        database.exec(
          `CREATE TABLE IF NOT EXISTS ${name} (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, row TEXT NOT NULL) STRICT`,
        );
      }
    },
    *load(table): Iterable<StoredRow> {
      for (const row of database.prepare(`SELECT key, row FROM ${table} ORDER BY id`).all()) {
        yield { key: String(row['key']), json: String(row['row']) };
      }
    },
    commit(changes: readonly Change[]) {
      try {
        database.exec('BEGIN IMMEDIATE');
        for (const { table, key, json } of changes) {
          if (json === null) statementsOf(table).remove.run(key);
          else statementsOf(table).put.run(key, json);
        }
        database.exec('COMMIT');
      } catch (cause) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw asStateFailure(cause);
      }
    },
    close: () => database.close(),
  };
}

function open(path: string): DatabaseSync {
  if (!isAbsolute(path)) throw new Error(`the state's path must be absolute: ${path}`);
  try {
    const database = new DatabaseSync(path, { timeout: 2000 });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF');
    const format = pragma(database, 'user_version');
    if (format > stateFormat) {
      database.close();
      throw new StateFailure(
        'engine-version',
        `The engine's state at ${path} has format ${format}; this engine knows format ${stateFormat}. A newer engine wrote it.`,
      );
    }
    if (format === 0)
      database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${stateFormat}`);
    else if (pragma(database, 'application_id') !== applicationId) {
      database.close();
      throw new StateFailure('state-damaged', `${path} is not the state of an engine.`);
    }
    return database;
  } catch (cause) {
    if (cause instanceof StateFailure) throw cause;
    throw asStateFailure(cause);
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}

const sqliteFull = 13;
const sqliteNotADatabase = 26;
const sqliteCorrupt = 11;

/** Errors of SQLite and of the file system by what they mean to the engine; others are returned as they are. */
export function asStateFailure(cause: unknown): Error {
  const failure = cause instanceof Error ? cause : new Error(String(cause));
  const primary = 'errcode' in failure && typeof failure.errcode === 'number' ? failure.errcode & 0xff : null;
  const code = 'code' in failure ? failure.code : null;
  if (primary === sqliteFull || code === 'ENOSPC' || code === 'EDQUOT') {
    return new StateFailure('no-space', "No space is left on the device that holds the engine's state.", {
      cause,
    });
  }
  if (primary === sqliteNotADatabase || primary === sqliteCorrupt) {
    return new StateFailure('state-damaged', `The engine's state cannot be read: ${failure.message}`, {
      cause,
    });
  }
  return failure;
}
