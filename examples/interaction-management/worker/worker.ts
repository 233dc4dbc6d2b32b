import { createPool } from '../database/pool.ts';
import { runService } from '../service/run.ts';
import { SettingsReader } from '../service/settings.ts';
import { activityHandlers } from './activity.ts';
import { workUntilStopped } from './loop.ts';

await runService('worker', async ({ env, log }) => {
  const settings = new SettingsReader(env);
  const database = settings.database(1);
  const idleMilliseconds = settings.integer('WORKER_IDLE_MS', 500, 10, 60_000);
  settings.finish();

  const pool = createPool(database, 'interaction-management-worker', log);
  const stopping = new AbortController();
  const loop = workUntilStopped({
    pool,
    handlers: activityHandlers,
    log,
    idleMilliseconds,
    stop: stopping.signal,
  });
  log.info('working');

  return async () => {
    stopping.abort();
    await loop;
    await pool.end();
  };
});
