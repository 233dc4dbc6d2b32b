import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDescription } from '../../src/app/check.ts';
import type { App } from '../../src/app/app.ts';
import { resolve } from '../../src/app/resolve.ts';
import credexCore from '../../examples/credex-core/fairway.config.ts';
import interactionManagement from '../../examples/interaction-management/fairway.config.ts';
import ocLettings from '../../examples/oc-lettings/fairway.config.ts';
import propflow from '../../examples/propflow/fairway.config.ts';
import theobroma from '../../examples/theobroma-geo-api/fairway.config.ts';

const descriptions = [ocLettings, credexCore, interactionManagement, theobroma, propflow];

function checked(description: unknown): App {
  const result = checkDescription(description, '/app');
  if (!result.ok) throw new Error(result.problems.map(({ where, what }) => `${where}: ${what}`).join('\n'));
  return result.app;
}

const apps = descriptions.map((description) => checked(description));

describe('the five descriptions', () => {
  it('are those in examples/', () => {
    const folders = readdirSync(join(import.meta.dirname, '../../examples'));
    expect(apps.map(({ name }) => name).sort()).toEqual(folders.sort());
  });

  const environments = apps.flatMap((app) =>
    app.environments.map((name) => ({ app, name, title: `${app.name} ${name}` })),
  );
  it.each(environments)('resolve as before: $title', async ({ app, name }) => {
    const { settings: _, description: __, ...resolved } = resolve(app, name);
    await expect(`${JSON.stringify(resolved, null, 2)}\n`).toMatchFileSnapshot(
      `../golden/app/${app.name}.${name}.json`,
    );
  });
});

describe('Interaction Management', () => {
  const app = checked(interactionManagement);

  it('asks nothing of the local environment that cannot be done', () => {
    expect(resolve(app, 'local').notYet).toEqual([]);
  });

  it('has the table of variables of its guide', () => {
    const table = ['development', 'staging', 'production'].map((name) => {
      const api = resolve(app, name).services.find((service) => service.name === 'api');
      const literal = api?.variables.flatMap((variable) =>
        variable.value.from === 'literal' ? [[variable.name, variable.value.value]] : [],
      );
      return Object.fromEntries(literal ?? []);
    });
    expect(table).toEqual([
      {
        LOG_LEVEL: 'DEBUG',
        APP_ENV: 'development',
        DB_INSTANCE_CLASS: 'db.t3.small',
        CACHE_INSTANCE_CLASS: 'cache.t2.micro',
        AUTOSCALING_MIN: '1',
        AUTOSCALING_MAX: '1',
        MULTI_AZ_DATABASE: 'false',
        ENABLE_DETAILED_MONITORING: 'false',
      },
      {
        LOG_LEVEL: 'INFO',
        APP_ENV: 'staging',
        DB_INSTANCE_CLASS: 'db.t3.medium',
        CACHE_INSTANCE_CLASS: 'cache.t3.small',
        AUTOSCALING_MIN: '1',
        AUTOSCALING_MAX: '2',
        MULTI_AZ_DATABASE: 'true',
        ENABLE_DETAILED_MONITORING: 'true',
      },
      {
        LOG_LEVEL: 'INFO',
        APP_ENV: 'production',
        DB_INSTANCE_CLASS: 'db.t3.medium',
        CACHE_INSTANCE_CLASS: 'cache.t3.small',
        AUTOSCALING_MIN: '2',
        AUTOSCALING_MAX: '6',
        MULTI_AZ_DATABASE: 'true',
        ENABLE_DETAILED_MONITORING: 'true',
      },
    ]);
  });

  it('is sized in each environment as the table says', () => {
    for (const name of ['development', 'staging', 'production']) {
      const { settings } = resolve(app, name);
      const { db, cache } = settings.stores;
      expect(db).toMatchObject({
        size: settings.variables['DB_INSTANCE_CLASS'],
        multiZone: settings.variables['MULTI_AZ_DATABASE'],
      });
      expect(cache).toMatchObject({ size: settings.variables['CACHE_INSTANCE_CLASS'] });
      expect(settings.logs.detailedMonitoring).toBe(settings.variables['ENABLE_DETAILED_MONITORING']);
    }
  });
});

describe('names of an estate that exists already', () => {
  it('stand as the guides say them', () => {
    const service = (index: number, environment: string, name: string) =>
      resolve(checked(descriptions[index]), environment).services.find((each) => each.name === name);
    expect(service(1, 'production', 'core')).toMatchObject({
      engineName: 'credex-core-service',
      cluster: 'credex-cluster',
      logGroup: '/ecs/credex-core',
      logPrefix: 'ecs',
    });
    expect(service(3, 'production', 'api')).toMatchObject({
      engineName: 'theobroma-geo-api-service',
      cluster: 'theobroma-production',
      family: 'theobroma-geo-api-task',
      containerName: 'theobroma-geo-api',
      cpu: 256,
      memory: 512,
    });
    expect(service(3, 'staging', 'api')).toMatchObject({ cluster: 'theobroma-staging' });
    expect(service(4, 'production', 'api')).toMatchObject({
      engineName: 'api',
      cluster: 'propflow-cluster',
      logGroup: '/aws/ecs/propflow-api',
    });
    expect(resolve(checked(propflow), 'production').settings.terraform).toMatchObject({
      stateBucket: 'propflow-terraform-state',
      lockTable: 'propflow-terraform-locks',
    });
  });
});
