import { chmod, copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refusal } from '../refusal.ts';
import { describeFile } from './files.ts';
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
}

/**
 * Puts a snapshot into the image store, once: an image with the same digest is the same image. It is written beside
 * its place and renamed, so that a crash never leaves half an image under a digest.
 */
export async function writeSnapshot(snapshot: Snapshot): Promise<string> {
  const files = await Promise.all(snapshot.paths.map((path) => describeFile(snapshot.context, path)));
  const digest = imageDigest(snapshot.config, files);
  const place = imagePlace(snapshot.store, digest);
  if (existsSync(join(place, 'image.json'))) return digest;
  const draft = join(snapshot.store, `draft-${process.pid}-${digest.slice(-12)}`);
  try {
    await rm(draft, { recursive: true, force: true });
    await fill(draft, snapshot, files, digest);
    await rename(draft, place);
  } catch (error) {
    await makeWritable(draft);
    await rm(draft, { recursive: true, force: true });
    // Somebody else was faster with the very same image.
    if (existsSync(join(place, 'image.json'))) return digest;
    throw fullDisk(error, snapshot.store) ?? error;
  }
  return digest;
}

export function imagePlace(store: string, digest: string): string {
  return join(store, digest.replace(/^sha256:/, ''));
}

async function fill(
  draft: string,
  { context, config, searchPath }: Snapshot,
  files: readonly ImageFile[],
  digest: string,
): Promise<void> {
  const root = join(draft, 'root');
  const folders = new Set(files.map(({ path }) => dirname(path)));
  await mkdir(root, { recursive: true, mode: 0o700 });
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await Promise.all(files.map((file) => place(context, root, file)));
  const manifest = { format: 1, digest, ...config, host: { path: searchPath } };
  await writeFile(join(draft, 'image.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await Promise.all([...parentsOf(folders)].map((folder) => chmod(join(root, folder), 0o555)));
}

async function place(context: string, root: string, file: ImageFile): Promise<void> {
  const target = join(root, file.path);
  if ('link' in file) return symlink(file.link, target);
  await copyFile(join(context, file.path), target, constants.COPYFILE_FICLONE);
  await chmod(target, file.mode === 'x' ? 0o555 : 0o444);
}

function parentsOf(folders: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set<string>(['.']);
  for (const folder of folders) {
    for (let parent = folder; parent !== '.'; parent = dirname(parent)) all.add(parent);
  }
  return all;
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(join(folder, 'root'), 0o700).catch(() => undefined);
}

function fullDisk(error: unknown, store: string): Refusal | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return null;
  const problem = {
    code: 'disk-full',
    what: 'there is no space left to keep the image',
    where: store,
    next: 'free some space and deploy again; nothing was changed',
  };
  return new Refusal(problem, { cause: error });
}
