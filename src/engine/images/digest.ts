import { createHash } from 'node:crypto';
import type { ImageConfiguration, TreeEntry } from './image.ts';

/** `sha256:<hex>` of the canonical JSON of an image. docs/images.md has a worked example. */
export function imageDigest(configuration: ImageConfiguration, files: readonly TreeEntry[]): string {
  return `sha256:${createHash('sha256').update(canonicalImage(configuration, files), 'utf8').digest('hex')}`;
}

/**
 * The exact text that is hashed: keys in this order, no white space, `environment` by name and `files` by path, both in
 * JavaScript's own string order (UTF-16 code units).
 */
export function canonicalImage(configuration: ImageConfiguration, files: readonly TreeEntry[]): string {
  const { command, entryPoint, workingDirectory, environment, stopSignal } = configuration;
  return JSON.stringify({
    command,
    entryPoint,
    workingDirectory,
    environment: Object.fromEntries(
      Object.entries(environment).toSorted(([left], [right]) => byCodeUnits(left, right)),
    ),
    stopSignal,
    files: files.toSorted((left, right) => byCodeUnits(left.path, right.path)).map(canonicalEntry),
  });
}

function canonicalEntry(entry: TreeEntry): TreeEntry {
  return 'link' in entry
    ? { path: entry.path, link: entry.link }
    : { path: entry.path, mode: entry.mode, sha256: entry.sha256 };
}

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
