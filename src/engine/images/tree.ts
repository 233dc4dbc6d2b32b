import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { TreeEntry } from './image.ts';

export interface TreeItem {
  readonly path: string;
  readonly stats: Stats;
}

const itemsPerTurn = 500;

/**
 * Every file and link below `root`, by `lstat`. Synchronous calls in slices: several times cheaper than as many promises, and
 * the engine still answers in between.
 */
export async function treeItems(root: string): Promise<TreeItem[]> {
  const items: TreeItem[] = [];
  const folders = [''];
  let sinceYield = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else items.push({ path, stats: lstatSync(join(root, path)) });
      sinceYield += 1;
    }
    if (sinceYield >= itemsPerTurn) {
      sinceYield = 0;
      await setImmediate();
    }
  }
  return items;
}

/** Reads every file. Anything that is neither file nor link cannot be part of an image. */
export async function treeEntries(root: string, items: readonly TreeItem[]): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const waiting = [...items];
  const reader = async (): Promise<void> => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
      entries.push(await treeEntry(root, item));
    }
  };
  await Promise.all([reader(), reader(), reader(), reader()]);
  return entries;
}

async function treeEntry(root: string, { path, stats }: TreeItem): Promise<TreeEntry> {
  if (stats.isSymbolicLink()) return { path, link: readlinkSync(join(root, path)) };
  if (!stats.isFile()) throw new Error(`${path} is neither a file nor a link`);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(join(root, path))) hash.update(chunk);
  return { path, mode: (stats.mode & 0o111) === 0 ? '-' : 'x', sha256: hash.digest('hex') };
}
