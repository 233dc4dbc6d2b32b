import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Log } from '../service/log.ts';
import { type JobHandler, type Outcome, runNextJob } from './queue.ts';

export interface LoopOptions {
  readonly pool: Pool;
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly log: Log;
  /** How long to wait when there is nothing to do, or when the database is away. */
  readonly idleMilliseconds: number;
  /** Aborting ends the loop after the job in hand, never amid it. */
  readonly stop: AbortSignal;
}

export async function workUntilStopped({
  pool,
  handlers,
  log,
  idleMilliseconds,
  stop,
}: LoopOptions): Promise<void> {
  while (!stop.aborted) {
    const outcome = await runNextJob(pool, handlers).catch((error: unknown) => {
      // The database may be away for a while; the job, if there was one, is still queued.
      log.error('queue.unreachable', error);
      return { kind: 'idle' } as const;
    });
    report(log, outcome);
    if (outcome.kind === 'idle') {
      await sleep(idleMilliseconds, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}

function report(log: Log, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'idle':
      return;
    case 'done':
      return log.info('job.done', { job: outcome.job.id, kind: outcome.job.kind });
    case 'retry': {
      const { job, inSeconds, error } = outcome;
      return log.warn('job.retry', { job: job.id, kind: job.kind, inSeconds, error: String(error) });
    }
    case 'failed':
      return log.error('job.failed', outcome.error, { job: outcome.job.id, kind: outcome.job.kind });
  }
}
