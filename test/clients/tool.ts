import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Where a program is that is not of this project: on the PATH, or where .ci/run puts it. Null where there is none, and the
 * tests that need it say that they are skipped; in CI none may be missing.
 */
export function findTool(name: string): string | null {
  const own = join(import.meta.dirname, '..', '..', '.tools', 'bin');
  for (const folder of [own, ...(process.env['PATH'] ?? '').split(delimiter)]) {
    const file = join(folder, name);
    if (existsSync(file) && isExecutable(file)) return file;
  }
  return missing(name);
}

/** Whether a PostgreSQL of this machine has an extension, as Debian has them; else as with a program. */
export function findExtension(name: string): boolean {
  const folder = '/usr/share/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder) : [];
  if (versions.some((version) => existsSync(join(folder, version, 'extension', `${name}.control`))))
    return true;
  return missing(`PostgreSQL's ${name}`) !== null;
}

function missing(name: string): null {
  if (process.env['CI'] === 'true') throw new Error(`${name} is missing: .ci/run installs it`);
  console.log(`skipped: what needs ${name}, which is not installed here`);
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
