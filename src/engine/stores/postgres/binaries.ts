import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fingerprintOf } from './package.ts';
import type { PostgresPackage } from './package.ts';

/**
 * A copy of PostgreSQL, made once and never changed, so that a server that runs is untouched by `npm ci`, and where another user
 * can reach it. Returns the folder that holds `bin`, `lib` and `share`.
 */
export function copyOfPostgres(source: PostgresPackage, base: string): string {
  const folder = join(base, 'postgres', `${source.version}-${fingerprintOf(source).slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  makeFolder(dirname(folder));
  copyFolder(source.native, unfinished);
  makeLinks(source.native, unfinished);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Only for building extensions. */
const unneeded = new Set(['include', 'pkgconfig', 'pgxs']);

/** Modes are set, not kept: npm under a strict umask leaves files that only their owner can read. */
function copyFolder(from: string, to: string): void {
  makeFolder(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      if (!unneeded.has(entry.name)) copyFolder(source, target);
    } else if (entry.isSymbolicLink()) {
      symlinkSync(readlinkSync(source), target);
    } else if (!entry.name.endsWith('.a')) {
      copyFileSync(source, target, constants.COPYFILE_FICLONE);
      chmodSync(target, (lstatSync(source).mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
}

/** npm packages hold no links: the package lists them, and makes them by an install script that npm may not have run. */
function makeLinks(native: string, copy: string): void {
  for (const { source, target } of readLinks(join(native, 'pg-symlinks.json'))) {
    const link = join(copy, target);
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(basename(source), link);
  }
}

function readLinks(file: string): { source: string; target: string }[] {
  if (!existsSync(file)) return [];
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return Array.isArray(value) ? value.flatMap((item) => linkOf(item)) : [];
}

/** Both paths begin with `native/`, and a link points into its own folder. */
function linkOf(item: unknown): { source: string; target: string }[] {
  if (typeof item !== 'object' || item === null || !('source' in item) || !('target' in item)) return [];
  const { source, target } = item;
  if (typeof source !== 'string' || typeof target !== 'string') return [];
  if (dirname(source) !== dirname(target) || !target.startsWith('native/') || target.includes('..'))
    return [];
  return [{ source, target: target.slice('native/'.length) }];
}
