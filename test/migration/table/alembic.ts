import type { MigrationCase } from './case.ts';

export const alembic: readonly MigrationCase[] = [
  {
    title: 'add_column, backfill and nullable=False in one transaction',
    sql: `BEGIN;

-- Running upgrade ae1027a6acf -> b2c3d4e5f6a7

ALTER TABLE users ADD COLUMN zone VARCHAR(64);

UPDATE users SET zone = 'UTC' WHERE zone IS NULL;

ALTER TABLE users ALTER COLUMN zone SET NOT NULL;

UPDATE alembic_version SET version_num='b2c3d4e5f6a7' WHERE alembic_version.version_num = 'ae1027a6acf';

COMMIT;`,
    running: `INSERT INTO users (email) VALUES ('d@example.com')`,
    is: ['blocks-writers', 'breaks-running'],
  },
  {
    title: 'create_table',
    sql: `BEGIN;

CREATE TABLE tags (
    id SERIAL NOT NULL,
    label VARCHAR(40) NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_tags_label ON tags (label);

UPDATE alembic_version SET version_num='c3' WHERE alembic_version.version_num = 'ae1027a6acf';

COMMIT;`,
    is: [],
  },
  {
    title: 'create_check_constraint',
    sql: `ALTER TABLE orders ADD CONSTRAINT ck_orders_total CHECK (total >= 0);`,
    running: `INSERT INTO orders (user_id, total) VALUES (1, -1)`,
    is: ['blocks-writers', 'breaks-running'],
  },
  {
    title: 'create_check_constraint, not valid',
    sql: `ALTER TABLE orders ADD CONSTRAINT ck_orders_total CHECK (total >= 0) NOT VALID;`,
    running: `INSERT INTO orders (user_id, total) VALUES (1, -1)`,
    is: ['breaks-running'],
  },
  {
    title: 'validation of a check',
    given: `ALTER TABLE orders ADD CONSTRAINT ck_orders_total CHECK (total >= 0) NOT VALID`,
    sql: `ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_total;`,
    is: [],
  },
  {
    title: 'a check of a new column',
    sql: `ALTER TABLE orders ADD COLUMN rating SMALLINT;
ALTER TABLE orders ADD CONSTRAINT ck_orders_rating CHECK (rating BETWEEN 1 AND 5) NOT VALID;`,
    is: [],
  },
  {
    title: 'NOT NULL by way of a check, each statement by itself',
    sql: `BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_note_set CHECK (note IS NOT NULL) NOT VALID;
COMMIT;
BEGIN;
ALTER TABLE orders VALIDATE CONSTRAINT orders_note_set;
COMMIT;
BEGIN;
ALTER TABLE orders ALTER COLUMN note SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT orders_note_set;
COMMIT;`,
    running: `INSERT INTO orders (user_id) VALUES (1)`,
    is: ['breaks-running'],
  },
  {
    title: 'NOT NULL by a check of the release before',
    given: `ALTER TABLE orders ADD CONSTRAINT orders_note_set CHECK (note IS NOT NULL)`,
    applied: `ALTER TABLE orders ADD CONSTRAINT orders_note_set CHECK (note IS NOT NULL) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT orders_note_set;`,
    sql: `ALTER TABLE orders ALTER COLUMN note SET NOT NULL;`,
    is: [],
  },
  { title: 'a new value of an enum', sql: `ALTER TYPE order_state ADD VALUE 'returned';`, is: [] },
  {
    title: 'another name for a value of an enum',
    sql: `ALTER TYPE order_state RENAME VALUE 'sent' TO 'shipped';`,
    running: `INSERT INTO orders (user_id, state) VALUES (1, 'sent')`,
    is: ['breaks-running'],
  },
  {
    title: 'alter_column to another type',
    sql: `ALTER TABLE orders ALTER COLUMN note TYPE INTEGER USING note::integer * 10;`,
    running: `INSERT INTO orders (user_id, note) VALUES (1, 'a note')`,
    data: `SELECT note::text FROM orders ORDER BY id`,
    is: ['blocks-writers', 'breaks-running', 'loses-data'],
  },
  {
    title: 'an update of many rows',
    sql: `UPDATE orders SET status = 'archived' WHERE placed_at < now();`,
    is: ['blocks-writers'],
  },
  {
    title: 'drop_constraint of a check',
    given: `ALTER TABLE orders ADD CONSTRAINT ck_orders_total CHECK (total >= 0)`,
    sql: `ALTER TABLE orders DROP CONSTRAINT ck_orders_total;`,
    is: [],
  },
  {
    title: 'drop_constraint of a unique one',
    sql: `ALTER TABLE users DROP CONSTRAINT users_email_key;`,
    running: `INSERT INTO users (email) VALUES ('anna@example.com') ON CONFLICT (email) DO NOTHING`,
    is: ['breaks-running'],
  },
];
