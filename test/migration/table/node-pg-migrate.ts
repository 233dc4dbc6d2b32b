import type { MigrationCase } from './case.ts';

export const nodePgMigrate: readonly MigrationCase[] = [
  {
    title: 'a generated column',
    sql: `BEGIN;
ALTER TABLE "orders" ADD "cents" bigint GENERATED ALWAYS AS ((total * 100)::bigint) STORED;
COMMIT;`,
    is: ['blocks-writers'],
  },
  {
    title: 'a serial column',
    sql: `ALTER TABLE "orders" ADD "position" bigserial;`,
    is: ['blocks-writers'],
  },
  {
    title: 'createTable ifNotExists of a table that is there',
    sql: `CREATE TABLE IF NOT EXISTS "events" ("id" bigint PRIMARY KEY);
ALTER TABLE "events" DROP "payload";`,
    running: `INSERT INTO events (payload) VALUES ('x')`,
    data: `SELECT to_jsonb(e)->'payload' FROM events e ORDER BY id`,
    is: ['breaks-running', 'loses-data'],
  },
  {
    title: 'createTrigger',
    sql: `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $pga$ BEGIN NEW.placed_at := now(); RETURN NEW; END; $pga$;
CREATE TRIGGER "touch" BEFORE UPDATE ON "orders" FOR EACH ROW EXECUTE PROCEDURE "touch"();`,
    is: ['unknown'],
  },
  {
    title: 'createFunction with replace',
    sql: `CREATE OR REPLACE FUNCTION "order_total"(bigint) RETURNS numeric LANGUAGE sql AS $pga$ SELECT NULL::numeric $pga$;`,
    running: `INSERT INTO orders (user_id, total) SELECT 1, order_total(1)`,
    is: ['breaks-running'],
  },
  {
    title: 'dropView',
    sql: `DROP VIEW "open_orders";`,
    running: `SELECT user_id FROM open_orders`,
    is: ['breaks-running'],
  },
  {
    title: 'createView',
    sql: `CREATE VIEW "late_orders" AS SELECT id FROM orders WHERE status = 'late';`,
    is: [],
  },
  {
    title: 'addConstraint unique by an index that is there',
    given: `CREATE UNIQUE INDEX users_name_email ON users (name, email)`,
    sql: `ALTER TABLE "users" ADD CONSTRAINT "users_name_email_key" UNIQUE USING INDEX "users_name_email";`,
    is: [],
  },
  {
    title: 'addConstraint primary key',
    given: `CREATE TABLE drafts (id bigint, title text); INSERT INTO drafts VALUES (1, 'a')`,
    sql: `ALTER TABLE "drafts" ADD CONSTRAINT "drafts_pkey" PRIMARY KEY ("id");`,
    running: `INSERT INTO drafts (title) VALUES ('b')`,
    is: ['blocks-writers', 'breaks-running'],
  },
];
