import { chmodSync, chownSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Launch } from '../images/source.ts';
import type { TaskFolder } from './folder.ts';

/**
 * HOME and TMPDIR of a task. A user who cannot reach the engine's folder gets one elsewhere, with a link to it made first, so
 * that it is found again whatever happens.
 */
export function makeScratch(folder: TaskFolder, { user, scratchBase }: Launch): string {
  if (scratchBase === null) {
    mkdirSync(folder.scratch, { mode: 0o700 });
    return folder.scratch;
  }
  const elsewhere = join(scratchBase, basename(folder.path));
  symlinkSync(elsewhere, folder.scratch);
  mkdirSync(scratchBase, { recursive: true });
  chmodSync(scratchBase, 0o755);
  mkdirSync(elsewhere, { recursive: true, mode: 0o700 });
  if (user !== null) chownSync(elsewhere, user.uid, user.gid);
  return elsewhere;
}

/** Removes a task's folder and all that it points to. */
export function removeTask(folder: TaskFolder): void {
  const link = lstatSync(folder.scratch, { throwIfNoEntry: false });
  if (link?.isSymbolicLink() ?? false) {
    const target = readlinkSync(folder.scratch);
    if (basename(target) === basename(folder.path)) rmSync(target, { recursive: true, force: true });
  }
  rmSync(folder.path, { recursive: true, force: true, maxRetries: 3 });
}
