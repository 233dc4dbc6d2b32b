#!/usr/bin/env node
// Fairway needs Node 22.18 or newer; where the caller's is older, it runs on the one it brings.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, 'dist', 'cli.js');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const own = join(root, 'node_modules', 'node', 'bin', 'node');

if (!existsSync(cli)) {
  console.error('fairway is not built here yet: run `npm start`, or `npm install && npm run build`');
  process.exit(1);
} else if (major > 22 || (major === 22 && minor >= 18)) {
  await import(cli);
} else if (existsSync(own)) {
  const child = spawn(own, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A deployment that is told to stop rolls back: it must hear of it, and be waited for.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
} else {
  console.error(`fairway needs Node 22.18 or newer; this is ${process.versions.node}`);
  process.exit(1);
}
