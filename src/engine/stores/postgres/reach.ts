import { chmodSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where root keeps what another user must reach, whatever modes root's home and the engine's folder have. */
export const sharedFolders: readonly string[] = [
  '/var/lib/fairway',
  join(tmpdir(), 'fairway-shared'),
  '/tmp/fairway-shared',
];

/**
 * The first of `folders` that can be made, is this user's alone to write, and that everybody may pass through; null where none is.
 * A folder in the system's temporary one may have been put there by anybody: a stranger's is not taken.
 */
export function reachableFolder(folders: readonly string[]): string | null {
  return folders.find(isUsable) ?? null;
}

function isUsable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    const { uid } = lstatSync(folder);
    if (!lstatSync(folder).isDirectory() || uid !== process.getuid?.()) return false;
    chmodSync(folder, 0o755);
    return passableByAll(dirname(realpathSync(folder)));
  } catch {
    return false;
  }
}

function passableByAll(folder: string): boolean {
  if ((statSync(folder).mode & 0o001) === 0) return false;
  return folder === dirname(folder) || passableByAll(dirname(folder));
}
