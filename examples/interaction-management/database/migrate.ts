import { join } from 'node:path';
import { Client } from 'pg';
import { SettingsError, SettingsReader } from '../service/settings.ts';
import { readMigrations } from './migration-files.ts';
import { apply, current, MigrationError, undo } from './migrator.ts';
import { seedDemo } from './seed.ts';

const usage = 'usage: migrate.js apply | current | undo';

async function main(verb: string | undefined): Promise<number> {
  if (verb !== 'apply' && verb !== 'current' && verb !== 'undo') {
    console.error(usage);
    return 64;
  }
  const settings = new SettingsReader(process.env);
  const { connectionString } = settings.database(1);
  const lockTimeoutMilliseconds = settings.integer('MIGRATION_LOCK_TIMEOUT_MS', 5_000, 1, 600_000);
  settings.finish();

  const migrations = await readMigrations(join(import.meta.dirname, 'migrations'));
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const options = { client, migrations, lockTimeoutMilliseconds, say: (line: string) => console.log(line) };
    switch (verb) {
      case 'current':
        console.log((await current(client)) ?? 'none');
        break;
      case 'undo':
        await undo(options);
        break;
      case 'apply':
        await apply(options);
        if (process.env['APP_ENV'] === 'local') await seedDemo(client, new Date(), options.say);
        break;
    }
  } finally {
    await client.end();
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  const expected = error instanceof MigrationError || error instanceof SettingsError;
  console.error(expected ? error.message : error);
  process.exitCode = 1;
}
