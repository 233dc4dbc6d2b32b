import { createPool } from '../database/pool.ts';
import { startHttpService } from '../service/http-service.ts';
import { runService, stopGrace } from '../service/run.ts';
import { SettingsReader } from '../service/settings.ts';
import { createApi } from './app.ts';

await runService('api', async ({ env, version, log }) => {
  const settings = new SettingsReader(env);
  const listen = settings.listen(8081);
  const database = settings.database(5);
  settings.finish();
  const grace = stopGrace(env);

  const pool = createPool(database, 'interaction-management-api', log);
  const api = createApi({ pool, log, version, now: () => new Date() });
  const http = await startHttpService(api, listen, log);

  return async () => {
    const { cut } = await http.close(grace);
    if (cut) log.warn('requests.cut');
    await pool.end();
  };
});
