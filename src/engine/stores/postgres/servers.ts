import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findInstalled } from '../installed.ts';
import { copyOfPostgres } from './binaries.ts';
import { findPostgresPackage, fingerprintOf } from './package.ts';

/** A PostgreSQL that can be run on this machine: the one from npm, or one that somebody installed. */
export interface PostgresServer {
  readonly version: string;
  readonly major: number;
  /** Tells two builds of one version apart. */
  readonly fingerprint: string;
  readonly has: (extension: string) => boolean;
  /** The folder that holds `bin`. `base` is where a copy may be kept that outlives an installation. */
  folder(base: string): string;
}

/**
 * Those that `fits` says yes to, in the order in which they are taken: the one that comes along first, then the newest. Where
 * all that fit are of one version and the one that comes along does, nobody else is looked for.
 */
export async function findPostgresServers(
  { packagesFrom, path }: { readonly packagesFrom: string; readonly path: string },
  fits: (server: PostgresServer) => boolean,
  oneVersion: boolean,
): Promise<readonly PostgresServer[]> {
  const included = findIncluded(packagesFrom);
  const own = included !== null && fits(included) ? [included] : [];
  if (oneVersion && own.length > 0) return own;
  const installed = await findAllInstalled(path);
  return [...own, ...installed.filter(fits).toSorted((a, b) => b.major - a.major)];
}

function findIncluded(from: string): PostgresServer | null {
  const found = findPostgresPackage(from);
  if (found === null) return null;
  return {
    version: found.version,
    major: found.major,
    fingerprint: fingerprintOf(found),
    has: (extension) => existsSync(join(found.native, 'share/postgresql/extension', `${extension}.control`)),
    folder: (base) => copyOfPostgres(found, base),
  };
}

/** Distributions keep the server of each major version in a folder of its own, off the PATH. */
const shelves = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'];

async function findAllInstalled(path: string): Promise<readonly PostgresServer[]> {
  const shelved = shelves.flatMap((shelf) => foldersIn(shelf).map((name) => join(shelf, name, 'bin')));
  const onPath = path.split(delimiter);
  const found = new Map<string, PostgresServer>();
  for (const folder of [...onPath, ...shelved]) {
    if (!existsSync(join(folder, 'postgres')) || !existsSync(join(folder, 'initdb'))) continue;
    const installed = await findInstalled(['postgres'], folder);
    if (installed === null) continue;
    const file = realpathSync(installed.file);
    found.set(file, serverIn(dirname(dirname(file)), installed.version));
  }
  return [...found.values()];
}

function serverIn(home: string, version: string): PostgresServer {
  const major = Number.parseInt(version, 10);
  const shares = [
    join(home, 'share/postgresql/extension'),
    join(home, `share/postgresql@${major}/extension`),
    join(home, 'share/extension'),
    // Debian
    `/usr/share/postgresql/${major}/extension`,
  ];
  return {
    version,
    major,
    fingerprint: `${version} ${home}`,
    has: (extension) => shares.some((share) => existsSync(join(share, `${extension}.control`))),
    folder: () => home,
  };
}

function foldersIn(shelf: string): readonly string[] {
  try {
    return readdirSync(shelf).filter((name) => /^(?:postgresql@)?\d+$/.test(name));
  } catch {
    return [];
  }
}
