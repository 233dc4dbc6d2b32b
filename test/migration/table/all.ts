import { alembic } from './alembic.ts';
import type { MigrationCase } from './case.ts';
import { django } from './django.ts';
import { nodePgMigrate } from './node-pg-migrate.ts';
import { plain } from './plain.ts';
import { prisma } from './prisma.ts';
import { rails } from './rails.ts';

export const table: Readonly<Record<string, readonly MigrationCase[]>> = {
  Rails: rails,
  Django: django,
  Alembic: alembic,
  Prisma: prisma,
  'node-pg-migrate': nodePgMigrate,
  'plain SQL': plain,
};
