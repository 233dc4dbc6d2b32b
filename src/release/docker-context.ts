import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readFile, readdir, readlink, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { abreast } from './abreast.ts';
import { dockerIgnore, type DockerIgnore } from './docker-ignore.ts';
import { hashFile } from './files.ts';

/**
 * What Docker builds from: a Dockerfile and a folder without what its `.dockerignore` leaves out. Never in it, unless that
 * file says so (`!.env`): what is not the app's, and the file that gives this machine its secrets.
 */
const neverSent = ['**/.git', '**/.fairway', '**/.env'];

/** What the owner may do in a copied folder: fill it, and remove it. */
const ownersAll = 0o700;

interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly mode: number;
}

export interface DockerSource {
  readonly context: string;
  readonly dockerfile: string;
}

/** Names of the ignore files that there are, the one that counts first: of the Dockerfile alone, or of the folder. */
async function ignoreFiles({ context, dockerfile }: DockerSource): Promise<readonly string[]> {
  const candidates = [`${dockerfile}.dockerignore`, join(context, '.dockerignore')];
  const found = await Promise.all(candidates.map((file) => stat(file).catch(() => null)));
  return candidates.filter((_, index) => found[index]?.isFile() ?? false);
}

async function ignoreOf(source: DockerSource): Promise<DockerIgnore> {
  const [file] = await ignoreFiles(source);
  const text = file === undefined ? '' : await readFile(file, 'utf8');
  return dockerIgnore([...neverSent, ...text.replace(/^\uFEFF/, '').split(/\r?\n/)]);
}

/** Folders, files and links that are sent, in order; each folder before what is in it. */
async function entriesOf(source: DockerSource): Promise<readonly Entry[]> {
  const ignore = await ignoreOf(source);
  const entries: Entry[] = [];
  const walk = async (folder: string): Promise<void> => {
    const found = await readdir(join(source.context, folder), { withFileTypes: true });
    for (const item of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      const ignored = ignore.ignores(path);
      const kind = item.isDirectory()
        ? 'folder'
        : item.isFile()
          ? 'file'
          : item.isSymbolicLink()
            ? 'link'
            : null;
      if (kind !== null && !ignored) {
        const { mode } = await lstat(join(source.context, path));
        entries.push({ path, kind, mode: mode & 0o777 });
      }
      if (kind === 'folder' && (!ignored || ignore.hasExceptions)) await walk(path);
    }
  };
  await walk('');
  return entries;
}

/** Changes whenever the Dockerfile or anything that is sent does. */
export async function dockerSourceDigest(source: DockerSource): Promise<string> {
  return digestOf(source, await entriesOf(source));
}

async function digestOf(source: DockerSource, entries: readonly Entry[]): Promise<string> {
  const described = await abreast(entries, async ({ path, kind, mode }) => {
    const place = join(source.context, path);
    const content = kind === 'file' ? await hashFile(place) : kind === 'link' ? await readlink(place) : null;
    return { path, kind, mode: kind === 'link' ? null : mode, content };
  });
  const inputs = {
    dockerfile: await hashFile(source.dockerfile),
    architecture: process.arch,
    entries: described,
  };
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/**
 * Puts all that is sent into `folder`, so that what is built is what is digested, whatever is edited meanwhile.
 * @returns the copy, and its digest
 */
export async function stageSource(
  source: DockerSource,
  folder: string,
): Promise<{ readonly staged: DockerSource; readonly digest: string }> {
  const staged = { context: join(folder, 'context'), dockerfile: join(folder, basename(source.dockerfile)) };
  await mkdir(staged.context);
  const [ignore] = await ignoreFiles(source);
  // Docker reads it too: what is no longer there it does not miss.
  if (ignore !== undefined && ignore !== join(source.context, '.dockerignore'))
    await copyFile(ignore, `${staged.dockerfile}.dockerignore`);
  await copyFile(source.dockerfile, staged.dockerfile);
  const entries = await entriesOf(source);
  for (const { path, kind } of entries)
    if (kind === 'folder') await mkdir(join(staged.context, path), { recursive: true });
  await abreast(entries, async ({ path, kind }) => {
    const [from, to] = [join(source.context, path), join(staged.context, path)];
    if (kind === 'folder') return;
    await mkdir(join(to, '..'), { recursive: true });
    if (kind === 'link') await symlink(await readlink(from), to);
    else await copyFile(from, to, constants.COPYFILE_FICLONE);
  });
  for (const { path, kind, mode } of entries)
    if (kind === 'folder') await chmod(join(staged.context, path), mode | ownersAll);
  return { staged, digest: await digestOf(staged, entries) };
}
