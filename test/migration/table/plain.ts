import type { MigrationCase } from './case.ts';

const asApp = (sql: string): string => `SET LOCAL ROLE app; ${sql}`;

export const plain: readonly MigrationCase[] = [
  {
    title: 'TRUNCATE',
    sql: `TRUNCATE events;`,
    data: `SELECT count(*) FROM events`,
    is: ['blocks-writers', 'loses-data'],
  },
  {
    title: 'DELETE of everything',
    sql: `DELETE FROM events;`,
    data: `SELECT count(*) FROM events`,
    is: ['blocks-writers', 'loses-data'],
  },
  {
    title: 'DELETE of one row',
    sql: `DELETE FROM events WHERE id = 2;`,
    data: `SELECT count(*) FROM events`,
    is: ['loses-data'],
  },
  {
    title: 'UPDATE of everything',
    sql: `UPDATE users SET name = lower(name);`,
    data: `SELECT name FROM users ORDER BY id`,
    is: ['blocks-writers', 'loses-data'],
  },
  { title: 'UPDATE of one row', sql: `UPDATE users SET active = false WHERE id = 2;`, is: [] },
  { title: 'INSERT of rows', sql: `INSERT INTO events (payload) SELECT email FROM users;`, is: [] },
  {
    title: 'MERGE that deletes',
    sql: `MERGE INTO events e USING users u ON u.id = e.id WHEN MATCHED THEN DELETE;`,
    data: `SELECT count(*) FROM events`,
    is: ['blocks-writers', 'loses-data'],
  },
  {
    title: 'a table that is locked for writers',
    sql: `BEGIN; LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE; COMMIT;`,
    is: ['blocks-writers'],
  },
  { title: 'CLUSTER', sql: `CLUSTER orders USING orders_pkey;`, is: ['blocks-writers'] },
  { title: 'REINDEX', sql: `REINDEX TABLE orders;`, is: ['blocks-writers'] },
  { title: 'REINDEX CONCURRENTLY', sql: `REINDEX TABLE CONCURRENTLY orders;`, is: [] },
  {
    title: 'REVOKE',
    sql: `REVOKE INSERT ON orders FROM app;`,
    running: asApp(`INSERT INTO orders (user_id) VALUES (1)`),
    is: ['breaks-running'],
  },
  {
    title: 'GRANT and a comment',
    sql: `GRANT SELECT ON orders TO app; COMMENT ON COLUMN orders.note IS 'what was said';`,
    is: [],
  },
  {
    title: 'row level security',
    sql: `ALTER TABLE orders ENABLE ROW LEVEL SECURITY;`,
    running: asApp(`INSERT INTO orders (user_id) VALUES (1)`),
    is: ['breaks-running'],
  },
  {
    title: 'another schema',
    given: `CREATE SCHEMA archive`,
    sql: `ALTER TABLE events SET SCHEMA archive;`,
    running: `SELECT payload FROM events`,
    is: ['breaks-running'],
  },
  {
    title: 'a new schema with all that is in it',
    sql: `CREATE SCHEMA audit; SET search_path TO audit; CREATE TABLE log (id bigint); ALTER TABLE log DROP COLUMN id; DROP TABLE log;`,
    is: [],
  },
  {
    title: 'REFRESH MATERIALIZED VIEW',
    given: `CREATE MATERIALIZED VIEW totals AS SELECT user_id, sum(total) FROM orders GROUP BY 1`,
    sql: `REFRESH MATERIALIZED VIEW totals;`,
    is: ['blocks-writers'],
  },
  {
    title: 'ATTACH PARTITION',
    given: `CREATE TABLE logs (at date, line text) PARTITION BY RANGE (at); CREATE TABLE logs_2026 (at date, line text); INSERT INTO logs_2026 VALUES ('2026-05-05', 'x')`,
    sql: `ALTER TABLE logs ATTACH PARTITION logs_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');`,
    is: ['blocks-writers'],
  },
  {
    title: 'DETACH PARTITION',
    given: `CREATE TABLE logs (at date, line text) PARTITION BY RANGE (at); CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`,
    sql: `ALTER TABLE logs DETACH PARTITION logs_2026;`,
    running: `INSERT INTO logs VALUES ('2026-05-05', 'x')`,
    is: ['breaks-running'],
  },
  {
    title: 'a block that drops a column where it is there',
    sql: `DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'orders' AND column_name = 'note') THEN
    ALTER TABLE orders DROP COLUMN note;
  END IF;
END $$;`,
    running: `SELECT note FROM orders`,
    data: `SELECT to_jsonb(o)->'note' FROM orders o ORDER BY id`,
    is: ['breaks-running', 'loses-data'],
  },
  {
    title: 'a block that makes an enum where it is not there',
    sql: `DO $$ BEGIN CREATE TYPE plan AS ENUM ('free', 'paid'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;`,
    is: [],
  },
  {
    title: 'a block that makes up its SQL',
    sql: `DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'nowhere' LOOP EXECUTE format('DROP TABLE %I', r.tablename); END LOOP; END $$;`,
    is: ['unknown'],
  },
  {
    title: 'a function that is called',
    sql: `SELECT setval('orders_id_seq', (SELECT max(id) FROM orders));`,
    is: ['unknown'],
  },
  {
    title: 'what psql and pg_dump write',
    sql: `\\set ON_ERROR_STOP on
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.cities (id bigint, name text);
COPY public.cities (id, name) FROM stdin;
1\tO'Hare
2\tParis; or so
\\.
`,
    is: [],
    unshown: 'only psql reads it',
  },
  {
    title: 'SET lock_timeout of its own',
    sql: `SET lock_timeout = '60ms'; ALTER TABLE orders ADD COLUMN coupon text;`,
    withoutLockTimeout: true,
    is: [],
  },
  {
    title: 'two tables in one transaction, of which one waits for the other',
    sql: `BEGIN; ALTER TABLE users ADD COLUMN tier text; INSERT INTO events (payload) SELECT note FROM orders; COMMIT;`,
    is: ['blocks-writers'],
  },
  {
    title: 'SET UNLOGGED',
    sql: `ALTER TABLE events SET UNLOGGED;`,
    data: `SELECT relpersistence FROM pg_class WHERE relname = 'events'`,
    is: ['blocks-writers', 'loses-data'],
  },
];
