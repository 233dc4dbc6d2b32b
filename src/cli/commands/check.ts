import { writeJson } from '../session.ts';

export interface CheckOptions {
  readonly json: boolean;
  readonly app: string | undefined;
}

/** Checks the description: every problem at once, in every environment. */
export async function run(options: CheckOptions): Promise<number> {
  const { loadApp } = await import('../../app/load.ts');
  const { resolve } = await import('../../app/resolve.ts');
  const app = await loadApp(options.app ?? process.cwd());
  const environments = app.environments.map((name) => resolve(app, name));
  if (options.json) {
    writeJson({
      app: app.name,
      environments: environments.map(({ name, engine, services, stores, notYet }) => ({
        name,
        engine: engine.kind,
        services: services.map((service) => service.name),
        stores: stores.map((store) => store.name),
        notYet,
      })),
    });
    return 0;
  }
  console.log(`✓ ${app.name}: the description is sound`);
  for (const { name, engine, services, stores, notYet } of environments) {
    const parts = [...services, ...stores].map((part) => part.name).join(', ');
    console.log(
      `  ${name.padEnd(14)} ${engine.kind === 'embedded' ? 'embedded engine' : `Amazon ECS in ${engine.region}`}: ${parts}`,
    );
    for (const { path, what } of notYet) console.log(`  ${''.padEnd(14)} not yet: ${what} (${path})`);
  }
  return 0;
}
