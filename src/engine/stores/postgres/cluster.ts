import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { giveTo } from './account.ts';
import type { Account } from './account.ts';
import { runProgram } from './program.ts';

export interface ClusterOptions {
  /** Folder of PostgreSQL itself. */
  readonly postgres: string;
  /** Owned by the account; holds the cluster as `<major>` and unfinished ones beside it. */
  readonly folder: string;
  readonly major: number;
  readonly account: Account | null;
  readonly user: string;
  readonly password: string | null;
  readonly database: string;
  /** What the database begins with. */
  readonly extensions: readonly string[];
}

/** The locale is PostgreSQL's own, where it has one: sorting must not depend on the machine. */
const ownLocale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
const firstWithOwnLocales = 17;

export function clusterFolder({ folder, major }: Pick<ClusterOptions, 'folder' | 'major'>): string {
  return join(folder, String(major));
}

/**
 * Makes a cluster with its user, password and database. It appears under its name complete and on disk, or not at all: what an
 * engine that died left unfinished is thrown away. Nothing is synced before the end, then everything once.
 */
export async function createCluster(options: ClusterOptions): Promise<void> {
  const { postgres, folder, major, account, user, password, database, extensions } = options;
  removeUnfinished(folder);
  const unfinished = join(folder, `unfinished-${randomUUID()}`);
  const passwordFile = `${unfinished}.password`;
  const initdb = join(postgres, 'bin', 'initdb');
  const run = async (file: string, args: readonly string[], input?: string): Promise<void> =>
    runProgram({ file, args, folder, account, ...(input === undefined ? {} : { input }) });
  mkdirSync(unfinished, { mode: 0o700 });
  giveTo(unfinished, account);
  try {
    const authentication =
      password === null ? ['-A', 'trust'] : ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    if (password !== null) {
      writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
      giveTo(passwordFile, account);
    }
    const locale = ['--encoding=UTF8', '--locale=C', ...(major >= firstWithOwnLocales ? ownLocale : [])];
    await run(initdb, [
      '-D',
      unfinished,
      '-U',
      user,
      ...authentication,
      ...locale,
      '--no-sync',
      '--no-instructions',
    ]);
    const inDatabase = async (name: string, statements: readonly string[], onError: string): Promise<void> =>
      run(
        join(postgres, 'bin', 'postgres'),
        ['--single', '-D', unfinished, '-c', `exit_on_error=${onError}`, '-c', 'fsync=off', name],
        statements.map((statement) => `${statement};\n`).join(''),
      );
    if (database !== 'postgres') await inDatabase('postgres', [`CREATE DATABASE ${quoted(database)}`], 'on');
    if (extensions.length > 0) {
      // PostGIS's own script runs into errors that it catches: it must be let go on, and looked at afterwards.
      const creations = extensions.map((name) => `CREATE EXTENSION IF NOT EXISTS ${quoted(name)}`);
      await inDatabase(database, creations, 'off');
      const proofs = extensions.map((name) => `ALTER EXTENSION ${quoted(name)} UPDATE`);
      await inDatabase(database, proofs, 'on');
    }
    await run(initdb, ['-D', unfinished, '--sync-only']);
    renameSync(unfinished, clusterFolder(options));
    syncFolder(folder);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(unfinished, { recursive: true, force: true, maxRetries: 3 });
  }
}

export function clusterExists(options: Pick<ClusterOptions, 'folder' | 'major'>): boolean {
  return existsSync(join(clusterFolder(options), 'PG_VERSION'));
}

function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('unfinished-'))
      rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** A line ends a statement in single-user mode, so none may be in a name. */
function quoted(name: string): string {
  if (/[\n\r\0]/.test(name)) throw new Error('the name of the database holds a line feed');
  return `"${name.replaceAll('"', '""')}"`;
}
