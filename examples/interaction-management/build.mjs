// Builds the services into dist/<service>/, each complete in itself: it runs without node_modules and without the rest.
//   node build.mjs [api] [web] [worker]      all of them when none is named
// What comes out depends on the sources alone, not on where they lie or when they are built.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const folder = import.meta.dirname;
const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));

const services = {
  async api(out) {
    await bundle(out, {
      server: 'api/server.ts',
      migrate: 'database/migrate.ts',
      'add-user': 'database/add-user.ts',
    });
    await cp(join(folder, 'database/migrations'), join(out, 'migrations'), { recursive: true });
  },
  async web(out) {
    const [{ build }, { default: config }] = await Promise.all([import('vite'), import('./vite.config.mjs')]);
    await bundle(out, { server: 'web/server.ts' });
    await build({ ...config, configFile: false, mode: 'production', logLevel: 'warn' });
  },
  async worker(out) {
    await bundle(out, { worker: 'worker/worker.ts' });
  },
};

// Whatever the shell says: React has another build for development.
process.env.NODE_ENV = 'production';

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(services, name));
if (unknown.length > 0) {
  console.error(`build: expected ${Object.keys(services).join(', ')}; found ${unknown.join(', ')}`);
  process.exit(64);
}

for (const [name, build] of Object.entries(services)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const started = performance.now();
  const out = join(folder, 'dist', name);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  // Tells Node that the bundles are ES modules, wherever the folder is copied to.
  await writeFile(
    join(out, 'package.json'),
    `${JSON.stringify({ name, version, type: 'module' }, null, 2)}\n`,
  );
  await build(out);
  console.log(`built ${name} ${version} in ${Math.round(performance.now() - started)} ms`);
}

/** One file per entry, with every dependency inside. */
async function bundle(out, entries) {
  for (const [name, entry] of Object.entries(entries)) {
    const build = await rolldown({
      input: join(folder, entry),
      cwd: folder,
      platform: 'node',
      // pg asks for its native binding at run time, and goes on without.
      external: ['pg-native'],
      // Its comments would name where each module lies, and stack traces are readable without them.
      experimental: { attachDebugInfo: 'none' },
    });
    await build.write({ file: join(out, `${name}.js`), format: 'esm', codeSplitting: false });
    await build.close();
  }
}
