import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { abreast } from './abreast.ts';
import { describeFile } from './files.ts';
import { whyNotWritten } from './full-disk.ts';
import { imageDigest, type ImageConfig, type ImageFile } from './image.ts';

export interface Snapshot {
  /** The folder whose files are taken. */
  readonly context: string;
  readonly paths: readonly string[];
  readonly config: ImageConfig;
  /** The engine's image store. */
  readonly store: string;
  /** The PATH that the image's commands are looked up in; not part of its digest. */
  readonly searchPath: string;
  /** Replaceable so that a full disk can be tested. */
  readonly copy?: (from: string, to: string) => Promise<void>;
}

/**
 * Puts a snapshot into the image store, once: an image with the same digest is the same image. It is written beside
 * its place and renamed, so that a crash never leaves half an image under a digest.
 */
export async function writeSnapshot(snapshot: Snapshot): Promise<string> {
  const { store, config, context, paths } = snapshot;
  const files = await abreast(paths, (path) => describeFile(context, path));
  const digest = imageDigest(config, files);
  if (isThere(store, digest)) return digest;
  await removeOldDrafts(store);
  const draft = await mkdtemp(join(store, draftPrefix)).catch((error: unknown) => {
    throw whyNotWritten(error, store, 'the image');
  });
  try {
    const written = await fill(draft, snapshot, files);
    // Somebody else may have been faster with the very same image.
    if (isThere(store, written)) await discard(draft);
    else await rename(draft, imagePlace(store, written));
    return written;
  } catch (error) {
    await discard(draft);
    if (isThere(store, digest)) return digest;
    throw whyNotWritten(error, store, 'the image');
  }
}

function isThere(store: string, digest: string): boolean {
  return existsSync(join(imagePlace(store, digest), 'image.json'));
}

export function imagePlace(store: string, digest: string): string {
  return join(store, digest.replace(/^sha256:/, ''));
}

/** @returns the digest of what was copied: a file may have changed since it was looked at */
async function fill(
  draft: string,
  { context, config, searchPath, copy = cloneFile }: Snapshot,
  wanted: readonly ImageFile[],
): Promise<string> {
  const root = join(draft, 'root');
  const folders = new Set(wanted.map(({ path }) => dirname(path)));
  await mkdir(root, { recursive: true, mode: 0o700 });
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  const files = await abreast(wanted, async (file) => {
    await place(context, root, file, copy);
    return describeFile(root, file.path);
  });
  const digest = imageDigest(config, files);
  const manifest = { format: 1, digest, ...config, host: { path: searchPath } };
  await writeFile(join(draft, 'image.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await Promise.all([...parentsOf(folders)].map((folder) => chmod(join(root, folder), 0o555)));
  return digest;
}

function cloneFile(from: string, to: string): Promise<void> {
  return copyFile(from, to, constants.COPYFILE_FICLONE);
}

async function place(
  context: string,
  root: string,
  file: ImageFile,
  copy: NonNullable<Snapshot['copy']>,
): Promise<void> {
  const target = join(root, file.path);
  if ('link' in file) return symlink(file.link, target);
  await copy(join(context, file.path), target);
  await chmod(target, file.mode === 'x' ? 0o555 : 0o444);
}

function parentsOf(folders: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set<string>(['.']);
  for (const folder of folders) {
    for (let parent = folder; parent !== '.'; parent = dirname(parent)) all.add(parent);
  }
  return all;
}

const draftPrefix = 'draft-';

/** No image takes this long to write: whoever began the draft has died. Milliseconds. */
const forgotten = 60 * 60_000;

async function removeOldDrafts(store: string): Promise<void> {
  for (const name of await readdir(store)) {
    if (!name.startsWith(draftPrefix)) continue;
    const draft = join(store, name);
    const status = await stat(draft).catch(() => null);
    if (status && Date.now() - status.mtimeMs > forgotten) await discard(draft);
  }
}

async function discard(draft: string): Promise<void> {
  await makeWritable(draft);
  await rm(draft, { recursive: true, force: true });
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
