import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the running Fairway: the nearest one above this file that holds its package.json. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const found =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null;
  return typeof found === 'string' ? found : '0.0.0';
}

/** A built program of this package: `engine` is dist/engine.js. */
export function program(name: 'engine' | 'balancer' | 'traffic' | 'cli'): string {
  return join(packageRoot, 'dist', `${name}.js`);
}

function findRoot(folder: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    try {
      readFileSync(join(at, 'package.json'));
      return at;
    } catch {
      // Not here: one up.
    }
  }
  throw new Error(`there is no package.json above ${folder}`);
}
