import { accessSync, constants, existsSync } from 'node:fs';
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
