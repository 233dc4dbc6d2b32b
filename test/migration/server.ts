import { Client } from 'pg';
import { startPostgres } from '../../examples/interaction-management/test/postgres.ts';
import { base } from './table/base.ts';

/** A database of the running revision, and the sessions of those who work on it. */
export interface Stand extends AsyncDisposable {
  session(): Promise<Session>;
}

export interface Session {
  readonly pid: number;
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The SQLSTATE it fails with; null where it goes through. */
  fails(sql: string): Promise<string | null>;
  /** The same of a transaction that is taken back. */
  failsForNow(sql: string): Promise<string | null>;
}

/** A server whose databases begin as that of the running revision. */
export interface Server extends AsyncDisposable {
  createDatabase(): Promise<string>;
}

export async function openServer(): Promise<Server> {
  const server = await startPostgres();
  const template = await server.createDatabase();
  const maker = new Client({ connectionString: template });
  await maker.connect();
  await maker.query(`CREATE ROLE app; ${base}`);
  await maker.end();
  const [, name = ''] = /\/(\w+)\?/.exec(template) ?? [];
  const url = (database: string): string => template.replace(`/${name}?`, `/${database}?`);
  const client = new Client({ connectionString: url('postgres') });
  await client.connect();
  let count = 0;
  return {
    async createDatabase() {
      count += 1;
      await client.query(`CREATE DATABASE copy_${count} TEMPLATE ${name}`);
      return url(`copy_${count}`);
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await server.stop();
    },
  };
}

export async function openStand(server: Server, given: string | undefined): Promise<Stand> {
  const url = await server.createDatabase();
  const clients: Client[] = [];
  if (given !== undefined) await (await session()).run(given);
  return {
    session,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end()));
    },
  };

  async function session(): Promise<Session> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    const run = async (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
      const result = await client.query<Record<string, unknown>>(sql);
      return Array.isArray(result) ? [] : result.rows;
    };
    const fails = (sql: string): Promise<string | null> =>
      run(sql).then(
        () => null,
        (error: unknown) =>
          error instanceof Error && 'code' in error && typeof error.code === 'string'
            ? error.code
            : String(error),
      );
    const [row] = await run('SELECT pg_backend_pid() AS pid');
    return {
      pid: Number(row?.['pid']),
      run,
      fails,
      async failsForNow(sql) {
        await run('BEGIN');
        const failure = (await fails(sql)) ?? (await fails('SET CONSTRAINTS ALL IMMEDIATE'));
        await run('ROLLBACK');
        return failure;
      },
    };
  }
}
