import { Pool, type PoolClient } from 'pg';
import type { Log } from '../service/log.ts';
import type { DatabaseSettings } from '../service/settings.ts';

export function createPool(settings: DatabaseSettings, applicationName: string, log: Log): Pool {
  const pool = new Pool({
    connectionString: settings.connectionString,
    max: settings.poolSize,
    application_name: applicationName,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 10_000,
  });
  // Without a listener, a connection that breaks while idle would end the process.
  pool.on('error', (error) => log.error('database.connection_lost', error));
  return pool;
}

/** Commits what `work` did, or undoes all of it and rethrows. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    // A connection that could not even roll back must not go back into the pool.
    client.release(broken);
  }
}
