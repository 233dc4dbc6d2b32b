import { type Client, DatabaseError } from 'pg';
import type { Migration } from './migration-files.ts';
import { splitStatements } from './sql-statements.ts';

/** A migration that failed, or that must not be run; the database is where it was before. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export interface MigratorOptions {
  readonly client: Client;
  readonly migrations: readonly Migration[];
  /** How long one statement may wait for a lock that the running version holds. */
  readonly lockTimeoutMilliseconds: number;
  readonly say: (line: string) => void;
}

interface Applied {
  readonly version: string;
  readonly checksum: string;
}

/** Any number that nobody else uses: two migrators of this app wait for each other. */
const advisoryLock = 4_072_026;

export async function apply({
  client,
  migrations,
  lockTimeoutMilliseconds,
  say,
}: MigratorOptions): Promise<void> {
  await lockMigrations(client);
  await createLedger(client);
  const applied = await readLedger(client);
  refuseEdited(migrations, applied);

  const known = new Set(migrations.map(({ version }) => version));
  const ahead = applied.filter(({ version }) => !known.has(version));
  if (ahead.length > 0) {
    say(
      `a later release has already applied ${ahead.map(({ version }) => version).join(', ')}; left as it is`,
    );
  }
  const done = new Set(applied.map(({ version }) => version));
  for (const migration of migrations.filter(({ version }) => !done.has(version))) {
    await inOneTransaction(client, `${migration.version}.up.sql`, migration.up, lockTimeoutMilliseconds, () =>
      client.query('INSERT INTO schema_migrations (version, checksum) VALUES ($1, $2)', [
        migration.version,
        migration.checksum,
      ]),
    );
    say(`applied ${migration.version}`);
  }
  say(`the database is at ${(await current(client)) ?? 'no version'}`);
}

/** The last migration that was applied; null before the first. */
export async function current(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ present: boolean }>(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS present`,
  );
  if (rows[0]?.present !== true) return null;
  return (await readLedger(client)).at(-1)?.version ?? null;
}

/** Undoes the last migration that was applied. */
export async function undo({
  client,
  migrations,
  lockTimeoutMilliseconds,
  say,
}: MigratorOptions): Promise<void> {
  await lockMigrations(client);
  const version = await current(client);
  if (version === null) return say('nothing is applied; nothing to undo');
  const migration = migrations.find((candidate) => candidate.version === version);
  if (migration === undefined) {
    throw new MigrationError(`${version} is not in this release; undo it with the release that brought it`);
  }
  await inOneTransaction(client, `${version}.down.sql`, migration.down, lockTimeoutMilliseconds, () =>
    client.query('DELETE FROM schema_migrations WHERE version = $1', [version]),
  );
  say(`undid ${version}`);
  return say(`the database is at ${(await current(client)) ?? 'no version'}`);
}

async function inOneTransaction(
  client: Client,
  file: string,
  script: string,
  lockTimeoutMilliseconds: number,
  record: () => Promise<unknown>,
): Promise<void> {
  const statements = splitStatements(script);
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${Math.trunc(lockTimeoutMilliseconds)}`);
    for (const [index, statement] of statements.entries()) {
      await client.query(statement).catch((cause: unknown) => {
        const where = `${file}, statement ${index + 1} of ${statements.length}`;
        throw new MigrationError(explain(where, statement, cause), { cause });
      });
    }
    await record();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

function explain(where: string, statement: string, cause: unknown): string {
  const lines = [
    `${where} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    ...statement.split('\n').map((line) => `    ${line}`),
    'Its transaction was rolled back: nothing of this file is in the database.',
  ];
  if (cause instanceof DatabaseError && cause.code === '55P03') {
    lines.push(
      'Another session held a lock for too long. Try at a quieter time, or raise MIGRATION_LOCK_TIMEOUT_MS.',
    );
  }
  return lines.join('\n');
}

async function lockMigrations(client: Client): Promise<void> {
  await client.query(`SET lock_timeout = '60s'`);
  await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
}

async function createLedger(client: Client): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (
    version    text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`);
}

async function readLedger(client: Client): Promise<readonly Applied[]> {
  const { rows } = await client.query<Applied>(
    'SELECT version, checksum FROM schema_migrations ORDER BY version',
  );
  return rows;
}

function refuseEdited(migrations: readonly Migration[], applied: readonly Applied[]): void {
  const checksums = new Map(applied.map(({ version, checksum }) => [version, checksum]));
  const edited = migrations.filter(
    ({ version, checksum }) => (checksums.get(version) ?? checksum) !== checksum,
  );
  if (edited.length > 0) {
    const names = edited.map(({ version }) => `${version}.up.sql`).join(', ');
    throw new MigrationError(
      `${names} changed after it was applied. Restore it, and put the change into a new migration.\nNothing was applied.`,
    );
  }
}
