import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Migration {
  /** Number and name, e.g. `0001_users`; sorts in the order of application. */
  readonly version: string;
  readonly up: string;
  readonly down: string;
  /** SHA-256 of `up`: an applied migration must never be edited. */
  readonly checksum: string;
}

/** Pairs `NNNN_name.up.sql` with `NNNN_name.down.sql`, in order; throws with every problem of the folder at once. */
export function orderMigrations(fileNames: readonly string[]): readonly string[] {
  const problems: string[] = [];
  const found = { up: new Set<string>(), down: new Set<string>() };
  for (const fileName of fileNames) {
    const match = /^(\d{4}_[a-z0-9_]+)\.(up|down)\.sql$/.exec(fileName);
    const [, version, direction] = match ?? [];
    if (version === undefined) problems.push(`${fileName}: expected a name like 0001_users.up.sql`);
    else found[direction === 'up' ? 'up' : 'down'].add(version);
  }

  const versions = [...found.up].sort();
  for (const version of versions) {
    if (!found.down.has(version)) problems.push(`${version}.up.sql has no ${version}.down.sql`);
  }
  for (const version of found.down) {
    if (!found.up.has(version)) problems.push(`${version}.down.sql has no ${version}.up.sql`);
  }
  versions.forEach((version, index) => {
    const expected = String(index + 1).padStart(4, '0');
    if (!version.startsWith(`${expected}_`)) problems.push(`${version}: expected number ${expected} here`);
  });
  if (problems.length > 0) throw new Error(`the migrations are not in order: ${problems.join('; ')}`);
  return versions;
}

export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const fileNames = (await readdir(folder)).filter((name) => name.endsWith('.sql'));
  return Promise.all(
    orderMigrations(fileNames).map(async (version) => {
      const [up, down] = await Promise.all(
        ['up', 'down'].map((direction) => readFile(join(folder, `${version}.${direction}.sql`), 'utf8')),
      );
      if (up === undefined || down === undefined) throw new Error(`${version} could not be read`);
      return { version, up, down, checksum: createHash('sha256').update(up).digest('hex') };
    }),
  );
}
