import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from './server.ts';

/** A table, a partitioned table or a materialised view of before, as it is while a migration's transaction is open. */
export interface ObservedTable {
  readonly name: string;
  /** The strongest lock that the migration holds on it; null for none. */
  readonly lock: string | null;
  /** Its rows were read or written. */
  readonly touched: boolean;
}

export interface KnownTable {
  readonly oid: number;
  readonly name: string;
  readonly file: number;
  readonly column: string;
  readonly kind: string;
}

export async function tablesOf(session: Session): Promise<readonly KnownTable[]> {
  const rows = await session.run(`
    SELECT c.oid::int, n.nspname || '.' || c.relname AS name, coalesce(pg_relation_filenode(c.oid)::int, 0) AS file,
           (SELECT attname FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum = 1) AS column, c.relkind AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema'`);
  return rows.map(({ oid, name, file, column, kind }) => ({
    oid: Number(oid),
    name: String(name),
    file: Number(file),
    column: String(column),
    kind: String(kind),
  }));
}

/** Asked within the migration's own session: what it did to rows is known there before it commits. */
export async function observe(
  migration: Session,
  before: readonly KnownTable[],
): Promise<readonly ObservedTable[]> {
  const locks = await migration.run(
    `SELECT relation::int, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted`,
  );
  const counts = await migration.run(
    `SELECT relid::int, seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del AS done FROM pg_stat_xact_user_tables`,
  );
  const files = await migration.run(
    `SELECT oid::int, coalesce(pg_relation_filenode(oid)::int, 0) AS file FROM pg_class`,
  );
  return before.map(({ oid, name, file }) => {
    const held = locks.filter(({ relation }) => relation === oid).map(({ mode }) => words(String(mode)));
    const done = Number(counts.find(({ relid }) => relid === oid)?.['done'] ?? 0);
    const now = files.find((row) => row['oid'] === oid)?.['file'];
    return {
      name,
      lock: order.findLast((mode) => held.includes(mode)) ?? null,
      touched: done > 0 || (now !== undefined && now !== file),
    };
  });
}

export const order = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
];

/** `AccessExclusiveLock` → `ACCESS EXCLUSIVE` */
function words(mode: string): string {
  return mode
    .replace(/Lock$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
}

/** Whether a statement goes through while another session stands where it stands, or waits for that very session. */
export async function waitsFor(
  watcher: Session,
  blocker: Session,
  blocked: Session,
  work: Promise<unknown>,
): Promise<boolean> {
  let settled = false;
  void work.then(() => (settled = true));
  for (;;) {
    if (settled) return false;
    const [row] = await watcher.run(
      `SELECT ${blocker.pid} = ANY (pg_blocking_pids(${blocked.pid})) AS waits`,
    );
    if (row?.['waits'] === true) return true;
    await pause(2);
  }
}
