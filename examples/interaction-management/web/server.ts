import { join } from 'node:path';
import { startHttpService } from '../service/http-service.ts';
import { runService, stopGrace } from '../service/run.ts';
import { SettingsReader } from '../service/settings.ts';
import { createWeb } from './app.ts';
import { readStaticSite } from './static-site.ts';

await runService('web', async ({ env, version, log }) => {
  const settings = new SettingsReader(env);
  const listen = settings.listen(8080);
  settings.finish();
  const grace = stopGrace(env);

  const site = await readStaticSite(join(import.meta.dirname, 'public'));
  const http = await startHttpService(createWeb(site, version), listen, log);

  return async () => {
    const { cut } = await http.close(grace);
    if (cut) log.warn('requests.cut');
  };
});
