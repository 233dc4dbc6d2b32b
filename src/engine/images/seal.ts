import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageDigest } from './digest.ts';
import type { Image } from './image.ts';
import { treeEntries, treeItems } from './tree.ts';
import type { TreeItem } from './tree.ts';

/** Above this an image is not read whole at its first use here: the writer has just done so. */
const readWholeBytes = 64 * 1024 * 1024;

/**
 * Whether the tree at `root` still is what the image's digest says. A full hash at first use (small images) records what every
 * inode looks like; later checks compare only that. Where they differ the full hash decides, so that a restored or moved tree
 * is not refused for its times.
 */
export async function sealHolds(image: Image, root: string, sealsFolder: string): Promise<boolean> {
  const items = await treeItems(root);
  const fingerprint = fingerprintOf(image, items);
  const file = join(sealsFolder, image.digest.slice('sha256:'.length));
  const recorded = readSeal(file);
  if (recorded === fingerprint) return true;
  const bytes = items.reduce((sum, { stats }) => sum + stats.size, 0);
  if (recorded !== null || bytes <= readWholeBytes) {
    if (imageDigest(image, await treeEntries(root, items)) !== image.digest) return false;
  }
  writeSeal(file, sealsFolder, fingerprint);
  return true;
}

/** The change time is in it: unlike the modification time nobody can set it back. */
function fingerprintOf(image: Image, items: readonly TreeItem[]): string {
  const hash = createHash('sha256').update(JSON.stringify(image));
  for (const { path, stats } of items) {
    hash.update(`\n${path}\0${stats.ino} ${stats.mode} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`);
  }
  return hash.digest('hex');
}

function readSeal(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

function writeSeal(file: string, folder: string, fingerprint: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${fingerprint}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}
