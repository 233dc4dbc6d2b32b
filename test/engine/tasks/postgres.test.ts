import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/process/identity.ts';
import { builtInPostgres } from '../../../src/engine/stores/postgres/image.ts';
import { needOf } from '../../../src/engine/stores/needs.ts';
import { copyOfPostgres } from '../../../src/engine/stores/postgres/binaries.ts';
import { createCluster } from '../../../src/engine/stores/postgres/cluster.ts';
import { isRoot, postgresAccount } from '../../../src/engine/stores/postgres/account.ts';
import { findPostgresPackage } from '../../../src/engine/stores/postgres/package.ts';
import { findStrays, processTable } from '../../../src/engine/tasks/process-table.ts';
import type { ContainerSpec, RunningTask, TaskSpec } from '../../../src/engine/tasks/runtime.ts';
import { processHarness } from './process-harness.ts';
import type { ProcessHarness } from './process-harness.ts';
import { eventually, exitOf, pidOf, taskSpec, temporaryFolder } from './rig.ts';

const environment = {
  POSTGRES_USER: 'app',
  POSTGRES_PASSWORD: `it's "secret" $HOME \\`,
  POSTGRES_DB: 'the "app"',
};

/** What cannot be found without the package is not tested without it. */
const installed = findPostgresPackage(import.meta.dirname);

describe.skipIf(installed === null)('the built-in postgres:18', () => {
  let harness: ProcessHarness;
  let shared: ReturnType<typeof temporaryFolder>;
  let volume: string;

  beforeAll(() => {
    shared = temporaryFolder();
    chmodSync(shared.path, 0o755);
  });
  afterAll(() => shared.remove());

  beforeEach(async () => {
    const postgres = builtInPostgres({
      packagesFrom: import.meta.dirname,
      path: '',
      folder: join(shared.path, 'own'),
      sharedFolders: [join(shared.path, 'shared')],
    });
    harness = await processHarness({ sources: [postgres] });
    // Where root's things lie nobody else can reach.
    mkdirSync(join(harness.folder, 'volumes'), { mode: 0o700 });
    volume = join(harness.folder, 'volumes', 'db');
  });
  afterEach(async () => harness.close());

  function postgres(container: Partial<ContainerSpec> = {}): TaskSpec {
    return taskSpec('postgres:18', {
      environment,
      ports: [{ containerPort: 5432, hostPort: 0 }],
      mounts: [{ sourcePath: volume, containerPath: '/var/lib/postgresql/data', readOnly: false }],
      ...container,
    });
  }

  async function client(task: RunningTask, over: Partial<{ password: string }> = {}): Promise<Client> {
    return eventually(async () => {
      const client = new Client({
        host: '127.0.0.1',
        port: task.ports[0]?.hostPort ?? 0,
        user: environment.POSTGRES_USER,
        password: environment.POSTGRES_PASSWORD,
        database: environment.POSTGRES_DB,
        ...over,
      });
      client.on('error', () => {});
      try {
        await client.connect();
        return client;
      } catch (error) {
        // Not up yet; anything else is for the test to see.
        const code = error instanceof Error && 'code' in error ? error.code : null;
        if (code === 'ECONNREFUSED' || code === '57P03') return null;
        throw error;
      }
    }, 'a connection');
  }

  async function query(task: RunningTask, text: string): Promise<unknown[]> {
    const connected = await client(task);
    try {
      return (await connected.query(text)).rows;
    } finally {
      await connected.end();
    }
  }

  it('makes the user with the password and the database, and keeps the data from start to start', async () => {
    const first = await harness.runtime.start(postgres());
    expect(await query(first, 'select current_user, current_database()')).toEqual([
      { current_user: 'app', current_database: 'the "app"' },
    ]);
    await query(first, `create table kept as select 'grüße' as word`);
    expect(await harness.runtime.stop(first.taskId)).toMatchObject({ exitCode: 0 });
    const second = await harness.runtime.start(postgres());
    expect(await query(second, 'select word from kept')).toEqual([{ word: 'grüße' }]);
  });

  it('asks for the password, and listens on loopback alone', async () => {
    const task = await harness.runtime.start(postgres());
    await expect(client(task, { password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
    expect(await query(task, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(task, 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
    expect(await query(task, 'show fsync')).toEqual([{ fsync: 'on' }]);
  });

  it('takes options of the container’s own', async () => {
    const task = await harness.runtime.start(postgres({ command: ['postgres', '-c', 'work_mem=7MB'] }));
    expect(await query(task, 'show work_mem')).toEqual([{ work_mem: '7MB' }]);
    await expect(harness.runtime.start(postgres({ command: ['psql'] }))).rejects.toThrow('psql');
  });

  it('comes back after everything was killed, with all that was committed', async () => {
    const task = await harness.runtime.start(postgres());
    await query(task, 'create table kept as select 42 as answer');
    const idle = await client(task);
    const exit = exitOf(harness.runtime, task.taskId);
    process.kill(pidOf(task), 'SIGKILL');
    expect(await exit).toMatchObject({ exitCode: 137 });
    await idle.end().catch(() => {});
    const again = await harness.runtime.start(postgres());
    expect(await query(again, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('leaves no process behind when it does not stop in time', async () => {
    const task = await harness.runtime.start(postgres({ stopTimeoutSeconds: 0, stopSignal: 'SIGTERM' }));
    // A smart shutdown waits for this one to go.
    const idle = await client(task);
    expect(await harness.runtime.stop(task.taskId)).toMatchObject({ exitCode: 137 });
    const logs = [...findStrays(processTable(), new Set()).byLog.keys()];
    expect(logs.filter((file) => file.startsWith(harness.folder))).toEqual([]);
    await idle.end().catch(() => {});
  });

  it('starts although a stranger has the pid that its lock file names', async () => {
    const task = await harness.runtime.start(postgres());
    await query(task, 'select 1');
    const exit = exitOf(harness.runtime, task.taskId);
    process.kill(pidOf(task), 'SIGKILL');
    await exit;
    const stranger = spawn('sleep', ['300'], { stdio: 'ignore' });
    try {
      const lock = join(dataOf(), '18', 'postmaster.pid');
      writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(stranger.pid)));
      const again = await harness.runtime.start(postgres());
      expect(await query(again, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(identityOf(stranger.pid ?? 0)).not.toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('refuses a volume that a running server has, and leaves that alone', async () => {
    const task = await harness.runtime.start(postgres());
    await query(task, 'select 1');
    await expect(harness.runtime.start(postgres())).rejects.toMatchObject({
      code: 'ResourceInitializationError',
      message: expect.stringContaining('in use by a running PostgreSQL'),
    });
    expect(await query(task, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('begins again where its first start was interrupted', async () => {
    const task = await harness.runtime.start(postgres());
    await harness.runtime.stop(task.taskId);
    const data = dataOf();
    // As it looks when the engine dies amid initdb: nothing under the final name, a part beside it.
    rmSync(join(data, '18'), { recursive: true });
    rmSync(join(volume, 'filled-18'));
    mkdirSync(join(data, 'unfinished-x', 'base'), { recursive: true });
    const again = await harness.runtime.start(postgres());
    expect(await query(again, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(readdirSync(data)).toEqual(['18']);
  });

  it('does not take data that has vanished for data that never was', async () => {
    const task = await harness.runtime.start(postgres());
    await harness.runtime.stop(task.taskId);
    rmSync(dataOf(), { recursive: true });
    await expect(harness.runtime.start(postgres())).rejects.toMatchObject({
      code: 'ResourceInitializationError',
      message: expect.stringContaining('is gone'),
    });
  });

  it('wants a password for a new database, and leaves nothing behind without', async () => {
    const spec = postgres({ environment: { POSTGRES_USER: 'app' } });
    await expect(harness.runtime.start(spec)).rejects.toMatchObject({
      code: 'ResourceInitializationError',
      message: expect.stringContaining('POSTGRES_PASSWORD'),
    });
    expect(await harness.runtime.adopt()).toEqual([]);
  });

  it('keeps nothing of a task without a volume', async () => {
    const task = await harness.runtime.start(postgres({ mounts: [] }));
    expect(await query(task, 'select 1 as one')).toEqual([{ one: 1 }]);
    await harness.runtime.stop(task.taskId);
    await harness.runtime.forget(task.taskId);
    const left = readdirSync(shared.path, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.includes(task.taskId))).toEqual([]);
  });

  it('never writes the password down', async () => {
    const task = await harness.runtime.start(postgres());
    await query(task, 'select 1');
    const folders = [harness.folder, dataOf()];
    const files = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
    const found = files.filter((file) => existsSync(file) && lstatSync(file).isFile());
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter((file) => readFileSync(file, 'latin1').includes('it\'s "secret"'))).toEqual([]);
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${task.pid}/environ`, 'latin1').includes('secret')).toBe(false);
    }
  });

  it.each(['postgres:13', 'postgres:12-alpine', 'docker.io/library/postgres:9.6', 'postgis/postgis:13-3.4'])(
    'leaves %s, which is not installed, to who else can run it',
    async (image) => {
      const source = builtInPostgres({ packagesFrom: import.meta.dirname, path: '', folder: shared.path });
      expect(await source.find(image)).toBe(null);
      expect(needOf(image)).toMatch(/without Docker it needs PostgreSQL of that version/);
    },
  );

  it('runs as another user where the engine is root, whose folders nobody else can enter', async (context) => {
    if (!isRoot() || process.platform !== 'linux') context.skip();
    const task = await harness.runtime.start(postgres());
    await query(task, 'create table kept (n int)');
    const account = postgresAccount();
    expect(readFileSync(`/proc/${task.pid}/status`, 'utf8')).toMatch(
      new RegExp(`^Uid:\\s+${account?.uid}\\s`, 'm'),
    );
    expect(lstatSync(join(volume, 'data')).isSymbolicLink()).toBe(true);
    expect(lstatSync(harness.folder).mode & 0o077).toBe(0);
    expect(dataOf().startsWith(join(shared.path, 'shared', 'volumes'))).toBe(true);
  });

  it('has the links that npm was not allowed to make', () => {
    if (installed === null) throw new Error('not installed');
    const copy = copyOfPostgres(installed, shared.path);
    const links: { target: string }[] = JSON.parse(
      readFileSync(join(installed.native, 'pg-symlinks.json'), 'utf8'),
    );
    const missing = links.filter(({ target }) => !existsSync(join(copy, target.replace('native/', ''))));
    expect(missing).toEqual([]);
    expect(copyOfPostgres(installed, shared.path)).toBe(copy);
  });

  it('says what initdb said when that fails, and leaves nothing unfinished', async () => {
    if (installed === null) throw new Error('not installed');
    const account = isRoot() ? postgresAccount() : null;
    const folder = join(shared.path, 'cluster');
    mkdirSync(folder);
    const options = {
      postgres: copyOfPostgres(installed, shared.path),
      folder,
      major: 18,
      account,
      password: 'x',
      extensions: [],
    };
    await expect(createCluster({ ...options, user: 'pg_reserved', database: 'x' })).rejects.toThrow(
      'pg_reserved',
    );
    await expect(createCluster({ ...options, user: 'app', database: 'a\nb' })).rejects.toThrow('line feed');
    expect(readdirSync(folder)).toEqual([]);
  });

  function dataOf(): string {
    const data = join(volume, 'data');
    return lstatSync(data).isSymbolicLink() ? readlinkSync(data) : data;
  }
});
