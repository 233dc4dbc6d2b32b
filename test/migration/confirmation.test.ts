import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClassifiedStatement } from '../../src/migration/classification.ts';
import { stopsWriters, type LockMode } from '../../src/migration/finding.ts';
import { loadParser, type ParsedStatement } from '../../src/migration/parser.ts';
import { standsAlone } from '../../src/migration/session.ts';
import { judged } from './judged.ts';
import { observe, order, tablesOf, waitsFor } from './observation.ts';
import { openServer, openStand, type Server, type Session, type Stand } from './server.ts';
import { table } from './table/all.ts';
import { everyday } from './table/base.ts';
import type { MigrationCase } from './table/case.ts';

const parser = await loadParser();

/** One statement, with what the classifier says of it. */
interface Step {
  readonly parsed: ParsedStatement;
  readonly said: ClassifiedStatement;
}

function stepsOf(one: MigrationCase): readonly Step[] {
  const said = judged(parser, one);
  return parser.parse({ name: null, sql: one.sql }).map((parsed, index) => {
    const statement = said[index];
    if (statement === undefined) throw new Error('the classifier left a statement out');
    return { parsed, said: statement };
  });
}

/** The transactions of a script, which are one where it does not say. */
function transactionsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const transactions: Step[][] = [[]];
  for (const step of steps) {
    const { node } = step.parsed;
    if ('TransactionStmt' in node) transactions.push([]);
    else transactions.at(-1)?.push(step);
  }
  return transactions.filter((steps) => steps.length > 0);
}

describe('a real PostgreSQL under writers confirms the table:', () => {
  let server: Server;
  beforeAll(async () => {
    server = await openServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  for (const [world, cases] of Object.entries(table)) {
    describe(world, () => {
      it.each(cases.filter(({ unshown }) => unshown === undefined).map((one) => [one.title, one] as const))(
        '%s',
        (_, one) => confirm(one),
      );
    });
  }

  describe('a false claim', () => {
    const index = 'CREATE INDEX i ON orders (placed_at)';
    const column = 'ALTER TABLE orders ADD COLUMN coupon text';
    const claiming = (sql: string, locks: ClassifiedStatement['locks']): readonly Step[] =>
      stepsOf({ title: '', sql, is: [] }).map((step) => ({ ...step, said: { ...step.said, locks } }));
    const on = (table: string, mode: LockMode, during: string | null): ClassifiedStatement['locks'] => [
      { table, mode, during, instead: null },
    ];

    it.each([
      ['that nothing is locked', claiming(index, [])],
      ['of a weaker lock', claiming(index, on('public.orders', 'SHARE UPDATE EXCLUSIVE', null))],
      ['of another table', claiming(index, on('public.users', 'SHARE', 'it builds the index'))],
      [
        'of work that is not done',
        claiming(column, on('public.orders', 'ACCESS EXCLUSIVE', 'it writes every row')),
      ],
    ])('%s is not confirmed', async (_, steps) => {
      await using stand = await openStand(server, undefined);
      await expect(heldOpen(stand, steps)).rejects.toThrow(/expected/);
    });

    it.each([
      ['that the running revision survives', 'ALTER TABLE orders DROP COLUMN note', []],
      ['that it is broken', 'ALTER TABLE orders ADD COLUMN coupon text', ['breaks-running']],
      ['that data is lost', 'ALTER TABLE orders ADD COLUMN coupon text', ['loses-data']],
    ] as const)('%s is not confirmed', async (_, sql, is) => {
      const one = {
        title: '',
        sql,
        is,
        running: 'SELECT note FROM orders',
        data: 'SELECT count(*) FROM orders',
      };
      await expect(confirm(one)).rejects.toThrow(/expected/);
    });
  });

  async function confirm(one: MigrationCase): Promise<void> {
    await using stand = await openStand(server, one.given);
    const running = await stand.session();
    const doings = [...everyday, ...(one.running === undefined ? [] : [one.running])];
    for (const sql of doings) expect([sql, await running.failsForNow(sql)]).toEqual([sql, null]);
    const before = one.data === undefined ? [] : await running.run(one.data);

    const steps = stepsOf(one);
    const isAlone = steps.some(({ parsed }) => standsAlone(parsed.node) !== null);
    if (one.is.includes('fails')) return refuses(stand, one);
    if (isAlone) await aloneAmongWriters(stand, steps);
    else {
      if (one.withoutLockTimeout === true) await inTheQueue(stand, one);
      else if (!one.is.includes('blocks-writers')) await givingUp(stand, steps);
      for (const transaction of transactionsOf(steps)) await heldOpen(stand, transaction);
    }

    if (one.is.includes('breaks-running')) {
      expect(one.running, 'what it breaks').toBeDefined();
      expect(await running.failsForNow(one.running ?? '')).not.toBeNull();
    } else {
      for (const sql of doings) expect([sql, await running.failsForNow(sql)]).toEqual([sql, null]);
    }
    if (one.is.includes('loses-data')) {
      expect(one.data, 'what it loses').toBeDefined();
      expect(await running.run(one.data ?? '').catch(() => 'gone')).not.toEqual(before);
    }
  }

  /** The transaction of the migration stays open: what it locks, what it does to rows, and who waits, is what was said. */
  async function heldOpen(stand: Stand, steps: readonly Step[]): Promise<void> {
    const [migration, watcher] = [await stand.session(), await stand.session()];
    const tables = await tablesOf(watcher);
    await migration.run('BEGIN');
    for (const { parsed } of steps) await migration.run(parsed.text);
    const observed = await observe(migration, tables);

    const locks = steps.flatMap(({ said }) => said.locks);
    const reasons = steps.flatMap(({ said }) =>
      said.reasons.filter((reason) => reason.class === 'blocks-writers'),
    );
    for (const { name, lock, touched } of observed) {
      const said = locks.filter((one) => one.table === name);
      const mode = order.findLast((one) => said.some((claim) => claim.mode === one)) ?? null;
      const seen = lock !== null && order.indexOf(lock) > order.indexOf('ROW EXCLUSIVE') ? lock : null;
      expect([name, seen]).toEqual([name, mode === 'ROW EXCLUSIVE' ? null : mode]);

      const strong = said.filter((claim) => stopsWriters(claim.mode));
      // Said to be held for a moment only, and not to be kept while something else works.
      if (strong.length > 0 && strong.every(({ during }) => during === null) && reasons.length === 0)
        expect([name, touched]).toEqual([name, false]);
    }
    const working = locks.some(
      ({ during, mode }) => during !== null && during !== 'its transaction goes on' && stopsWriters(mode),
    );
    if (working) expect(observed.some(({ touched }) => touched)).toBe(true);

    let waited = false;
    let writer = await stand.session();
    for (const known of tables.filter(({ name }) => name !== 'public.alembic_version')) {
      const claims = locks.filter((one) => one.table === known.name);
      const blocks = claims.some(
        ({ mode, during }) => stopsWriters(mode) || (mode === 'ROW EXCLUSIVE' && during !== null),
      );
      const quoted = known.name
        .split('.')
        .map((part) => `"${part}"`)
        .join('.');
      const sql =
        known.kind === 'm'
          ? `SELECT * FROM ${quoted}`
          : `UPDATE ${quoted} SET "${known.column}" = "${known.column}" WHERE ctid = '(0,1)'`;
      const work = writer.fails(sql);
      const waits = await waitsFor(watcher, migration, writer, work);
      expect([known.name, waits]).toEqual([known.name, blocks]);
      waited ||= waits;
      if (waits) writer = await stand.session();
    }
    if (reasons.length > 0) expect(waited).toBe(true);
    await migration.run('COMMIT');
  }

  /** What may not be part of a transaction waits for one that is open, and writers go past it meanwhile. */
  async function aloneAmongWriters(stand: Stand, steps: readonly Step[]): Promise<void> {
    const [migration, watcher, other, writer] = await Promise.all([0, 1, 2, 3].map(() => stand.session()));
    if (!migration || !watcher || !other || !writer) throw new Error('no sessions');
    for (const { parsed } of steps) {
      const name = parsed.text.includes('users') ? 'users' : 'orders';
      await other.run(`BEGIN; UPDATE ${name} SET id = id WHERE id = 2`);
      const work = migration.run(parsed.text);
      expect(await waitsFor(watcher, other, migration, work)).toBe(true);
      const written = writer.fails(`UPDATE ${name} SET id = id WHERE id = 1`);
      expect(await waitsFor(watcher, migration, writer, written)).toBe(false);
      expect(await written).toBeNull();
      await other.run('COMMIT');
      await work;
    }
  }

  /** A reader is in its way: it gives up, and writers go on. */
  async function givingUp(stand: Stand, steps: readonly Step[]): Promise<void> {
    const strong = steps.flatMap(({ said }) => said.locks).filter(({ mode }) => stopsWriters(mode));
    const [first] = strong;
    if (first === undefined) return;
    const [migration, reader, writer] = [await stand.session(), await stand.session(), await stand.session()];
    await reader.run(`BEGIN; LOCK TABLE ${first.table} IN ROW EXCLUSIVE MODE`);
    await migration.run(`SET lock_timeout = '50ms'; BEGIN`);
    let failure: string | null = null;
    for (const { parsed } of steps)
      if (failure === null && !('TransactionStmt' in parsed.node))
        failure = await migration.fails(parsed.text);
    expect(failure).toBe('55P03');
    await migration.run('ROLLBACK');
    expect(await writer.fails(`BEGIN; LOCK TABLE ${first.table} IN ROW EXCLUSIVE MODE; COMMIT`)).toBeNull();
    await reader.run('COMMIT');
  }

  /** Without a time-out it waits for a reader, and writers wait behind it, though the reader is in nobody's way. */
  async function inTheQueue(stand: Stand, one: MigrationCase): Promise<void> {
    const [migration, reader, writer, watcher] = await Promise.all([0, 1, 2, 3].map(() => stand.session()));
    if (!migration || !reader || !writer || !watcher) throw new Error('no sessions');
    await reader.run('BEGIN; SELECT * FROM orders');
    const work = migration.fails(`BEGIN; ${one.sql}`);
    expect(await waitsFor(watcher, reader, migration, work)).toBe(true);
    const written = writer.fails('UPDATE orders SET id = id WHERE id = 1');
    const isLimited = !one.is.includes('blocks-writers');
    if (isLimited) {
      expect(await work).toBe('55P03');
      expect(await written).toBeNull();
    } else expect(await waitsFor(watcher, migration, writer, written)).toBe(true);
    await reader.run('COMMIT');
    await work;
    await migration.run('ROLLBACK');
    await written;
  }

  async function refuses(stand: Stand, { sql }: MigrationCase): Promise<void> {
    const migration: Session = await stand.session();
    const failures: (string | null)[] = [];
    for (const { text } of parser.parse({ name: null, sql })) failures.push(await migration.fails(text));
    expect(failures).toContain('25001');
  }
});
