import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { glob, lstat, readlink } from 'node:fs/promises';
import { isAbsolute, join, normalize, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../refusal.ts';
import type { ImageFile } from './image.ts';

/**
 * Never part of an image unless it is named outright: what is not the app's, and the file that gives this machine its
 * secrets.
 */
const neverShipped = ['.git', '.fairway', '.env'];
/** Nor of a source. What is installed follows from the lock file. */
const neverSource = [...neverShipped, 'node_modules'];

/**
 * The files and links of an image, as `/`-separated paths relative to `context`, sorted. A folder, or `**`, stands for
 * all that is in it, hidden or not; a glob that begins with `!` takes away. A link stands for itself: nothing is found
 * through it.
 */
export function chooseFiles(context: string, globs: readonly string[]): Promise<readonly string[]> {
  return choose(context, globs, neverShipped, withHidden);
}

/** As `chooseFiles`, for what an image is built from: tools keep their caches in hidden files, so those must be named. */
export function chooseSources(context: string, globs: readonly string[]): Promise<readonly string[]> {
  return choose(context, globs, neverSource, (pattern) => [pattern]);
}

async function choose(
  context: string,
  globs: readonly string[],
  never: readonly string[],
  widen: (pattern: string) => readonly string[],
): Promise<readonly string[]> {
  const wanted = globs.filter((pattern) => !pattern.startsWith('!'));
  const unwanted = globs.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const ignored = never.filter((name) => !wanted.some((pattern) => pattern.split('/').includes(name)));
  const exclude = [...unwanted, ...ignored, ...ignored.map((name) => `**/${name}`)].flatMap(withContents);
  const chosen = new Set<string>();
  const found = glob(wanted.flatMap(withContents).flatMap(widen), {
    cwd: context,
    exclude,
    withFileTypes: true,
  });
  for await (const entry of found) {
    // A socket or a pipe belongs to somebody's running program, not to what is built.
    if (!entry.isFile() && !entry.isSymbolicLink()) continue;
    chosen.add(relative(context, join(entry.parentPath, entry.name)).split(sep).join('/'));
  }
  const links = await linkedFolders(context, chosen);
  return [...chosen].filter((path) => !foldersOf(path).some((folder) => links.has(folder))).sort();
}

/** The links among the folders that paths lead through. */
async function linkedFolders(context: string, paths: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const links = new Set<string>();
  for (const folder of new Set([...paths].flatMap(foldersOf)))
    if ((await lstat(join(context, folder))).isSymbolicLink()) links.add(folder);
  return links;
}

/** `a/b/c.ts` → `a`, `a/b` */
function foldersOf(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1);
  return names
    .map((_, index) => names.slice(0, index + 1).join('/'))
    .filter((folder) => !/^[./]*$/.test(folder));
}

function withContents(pattern: string): readonly string[] {
  const plain = pattern.replace(/\/+$/, '');
  return plain.endsWith('**') ? [plain, `${plain}/*`] : [plain, `${plain}/**`];
}

/** `**` passes over names that begin with a dot. Those in hidden folders in hidden folders are few, and still found. */
function withHidden(pattern: string): readonly string[] {
  if (!pattern.endsWith('**')) return [pattern];
  const once = `${pattern}/.*`;
  const twice = `${once}/**/.*`;
  return [pattern, once, `${once}/**`, twice, `${twice}/**`, `${twice}/**/.*`];
}

export async function describeFile(context: string, path: string): Promise<ImageFile> {
  const file = join(context, path);
  const status = await lstat(file);
  if (status.isSymbolicLink()) return { path, link: await linkInside(context, path) };
  return { path, mode: (status.mode & 0o111) === 0 ? '-' : 'x', sha256: await hashFile(file) };
}

export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function linkInside(context: string, path: string): Promise<string> {
  const link = await readlink(join(context, path));
  const target = normalize(join(path, '..', link));
  if (!isAbsolute(link) && !target.startsWith('..')) return link;
  throw new Refusal({
    code: 'link-leaves-image',
    what: `${path} is a link to a place outside the image`,
    where: join(context, path),
    why: `it points to ${link}; what runs must not change when something outside the image does`,
    next: 'leave it out with a glob such as `!node_modules`, or put a copy in its place',
  });
}
