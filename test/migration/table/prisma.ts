import type { MigrationCase } from './case.ts';

export const prisma: readonly MigrationCase[] = [
  {
    title: 'a new enum and a column of it',
    sql: `-- CreateEnum
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');

-- AlterTable
ALTER TABLE "users" ADD COLUMN "role" "Role" NOT NULL DEFAULT 'USER';`,
    is: [],
  },
  {
    title: 'a column for another',
    sql: `-- AlterTable
ALTER TABLE "users" DROP COLUMN "name",
ADD COLUMN     "fullName" TEXT;`,
    running: `SELECT name FROM users`,
    data: `SELECT to_jsonb(u)->'name' FROM users u ORDER BY id`,
    is: ['breaks-running', 'loses-data'],
  },
  {
    title: 'a new table that refers to an old one',
    sql: `-- CreateTable
CREATE TABLE "Post" ("id" SERIAL NOT NULL, "authorId" BIGINT NOT NULL, CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));

-- AddForeignKey
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;`,
    is: [],
  },
  {
    title: 'another rule for a foreign key',
    given: `ALTER TABLE orders ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED`,
    applied: `ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id")`,
    sql: `-- DropForeignKey
ALTER TABLE "orders" DROP CONSTRAINT "orders_user_id_fkey";

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE CASCADE;`,
    running: `DELETE FROM users WHERE id = 2; DELETE FROM orders WHERE user_id = 2`,
    is: ['blocks-writers', 'breaks-running'],
  },
  {
    title: 'an enum with one value less',
    sql: `-- AlterEnum
BEGIN;
CREATE TYPE "order_state_new" AS ENUM ('new', 'done');
ALTER TABLE "orders" ALTER COLUMN "state" DROP DEFAULT;
ALTER TABLE "orders" ALTER COLUMN "state" TYPE "order_state_new" USING (replace("state"::text, 'sent', 'done')::"order_state_new");
ALTER TYPE "order_state" RENAME TO "order_state_old";
ALTER TYPE "order_state_new" RENAME TO "order_state";
DROP TYPE "order_state_old";
ALTER TABLE "orders" ALTER COLUMN "state" SET DEFAULT 'new';
COMMIT;`,
    given: `UPDATE orders SET state = 'sent' WHERE id = 2`,
    running: `INSERT INTO orders (user_id, state) VALUES (1, 'sent')`,
    data: `SELECT state::text FROM orders ORDER BY id`,
    is: ['blocks-writers', 'breaks-running', 'loses-data'],
  },
  {
    title: 'a unique index',
    sql: `-- CreateIndex
CREATE UNIQUE INDEX "users_name_key" ON "users"("name");`,
    running: `INSERT INTO users (email, name) VALUES ('e@example.com', 'Ben')`,
    is: ['blocks-writers', 'breaks-running'],
  },
  {
    title: 'a unique index of a new column that is empty for now',
    sql: `-- AlterTable
ALTER TABLE "events" ADD COLUMN "externalId" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "events_externalId_key" ON "events"("externalId");`,
    is: ['blocks-writers'],
  },
  {
    title: 'a column with an array as its default',
    sql: `ALTER TABLE "users" ADD COLUMN "tags" TEXT[] DEFAULT ARRAY[]::TEXT[];`,
    is: [],
  },
];
