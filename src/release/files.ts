import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { glob, lstat, readlink } from 'node:fs/promises';
import { isAbsolute, join, normalize, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../refusal.ts';
import type { ImageFile } from './image.ts';

/** Never part of a source or an image unless it is named outright. */
const neverFollowed = ['.git', '.fairway'];

/**
 * The files below `context` that globs choose, as `/`-separated relative paths, sorted. A folder stands for all that is
 * in it; a glob that begins with `!` takes away.
 */
export async function chooseFiles(context: string, globs: readonly string[]): Promise<readonly string[]> {
  const wanted = globs.filter((pattern) => !pattern.startsWith('!'));
  const unwanted = globs.flatMap((pattern) =>
    pattern.startsWith('!') ? withContents(pattern.slice(1)) : [],
  );
  const ignored = neverFollowed.filter(
    (name) => !wanted.some((pattern) => pattern.split('/').includes(name)),
  );
  const exclude = [
    ...unwanted,
    ...ignored.flatMap((name) => withContents(`**/${name}`)),
    ...ignored.flatMap(withContents),
  ];
  const chosen = new Set<string>();
  for await (const entry of glob(wanted.flatMap(withContents), {
    cwd: context,
    exclude,
    withFileTypes: true,
  })) {
    if (entry.isDirectory()) continue;
    chosen.add(relative(context, join(entry.parentPath, entry.name)).split(sep).join('/'));
  }
  return [...chosen].sort();
}

function withContents(pattern: string): string[] {
  const plain = pattern.replace(/\/+$/, '');
  return plain.endsWith('**') ? [plain, `${plain}/*`] : [plain, `${plain}/**`];
}

export async function describeFile(context: string, path: string): Promise<ImageFile> {
  const file = join(context, path);
  const status = await lstat(file);
  if (status.isSymbolicLink()) return { path, link: await linkInside(context, path) };
  return { path, mode: (status.mode & 0o111) === 0 ? '-' : 'x', sha256: await hashFile(file) };
}

async function hashFile(file: string): Promise<string> {
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
