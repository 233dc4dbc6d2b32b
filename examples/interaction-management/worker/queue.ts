import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../database/pool.ts';

interface Job {
  readonly id: number;
  readonly kind: string;
  readonly payload: unknown;
  /** How often it has failed before. */
  readonly attempts: number;
  readonly createdAt: Date;
}

/** Runs inside the job's transaction: what it writes and the job's end are one. */
export type JobHandler = (client: PoolClient, job: Job) => Promise<void>;

export type Outcome =
  | { readonly kind: 'idle' }
  | { readonly kind: 'done'; readonly job: Job }
  | { readonly kind: 'retry'; readonly job: Job; readonly inSeconds: number; readonly error: unknown }
  | { readonly kind: 'failed'; readonly job: Job; readonly error: unknown };

export const mostAttempts = 5;

/** 2, 4, 8, 16 seconds: `attempts` counts the one that just failed. */
export function retryDelay(attempts: number): number {
  return 2 ** attempts;
}

/**
 * Takes one job that is due, and ends it. The row stays locked meanwhile and other workers skip it; should this process
 * die, the lock dies with its connection and another worker takes the job. Only kinds that have a handler are taken:
 * others wait for a worker of the version that knows them.
 */
export function runNextJob(pool: Pool, handlers: ReadonlyMap<string, JobHandler>): Promise<Outcome> {
  return inTransaction(pool, async (client): Promise<Outcome> => {
    const { rows } = await client.query<Job>(
      `SELECT id::integer, kind, payload, attempts, created_at AS "createdAt" FROM jobs
       WHERE failed_at IS NULL AND run_after <= now() AND kind = ANY($1)
       ORDER BY run_after, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      [[...handlers.keys()]],
    );
    const [job] = rows;
    const handle = handlers.get(job?.kind ?? '');
    if (job === undefined || handle === undefined) return { kind: 'idle' };

    await client.query('SAVEPOINT job');
    try {
      await handle(client, job);
    } catch (error) {
      await client.query('ROLLBACK TO SAVEPOINT job');
      return await recordFailure(client, job, error);
    }
    await client.query('DELETE FROM jobs WHERE id = $1', [job.id]);
    return { kind: 'done', job };
  });
}

async function recordFailure(client: PoolClient, job: Job, error: unknown): Promise<Outcome> {
  const attempts = job.attempts + 1;
  const inSeconds = retryDelay(attempts);
  const givenUp = attempts >= mostAttempts;
  await client.query(
    `UPDATE jobs SET attempts = $2, last_error = $3, run_after = now() + make_interval(secs => $4),
                     failed_at = CASE WHEN $5 THEN now() END
     WHERE id = $1`,
    [job.id, attempts, error instanceof Error ? error.message : String(error), inSeconds, givenUp],
  );
  return givenUp ? { kind: 'failed', job, error } : { kind: 'retry', job, inSeconds, error };
}
