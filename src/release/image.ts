import { createHash } from 'node:crypto';

/**
 * An image without Docker: a content-addressed snapshot of a built service and its command. The format is written down
 * in docs/images.md; the engine reads it, nobody changes it.
 */
export interface ImageConfig {
  readonly command: readonly string[];
  readonly entryPoint: readonly string[] | null;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stopSignal: string | null;
}

export type ImageFile =
  | { readonly path: string; readonly mode: 'x' | '-'; readonly sha256: string }
  | { readonly path: string; readonly link: string };

/** `sha256:<hex>` over the canonical JSON of configuration and files, sorted by path. */
export function imageDigest(config: ImageConfig, files: readonly ImageFile[]): string {
  const { command, entryPoint, workingDirectory, environment, stopSignal } = config;
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map(canonicalFile);
  const variables = Object.fromEntries(Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1)));
  const canonical = {
    command,
    entryPoint,
    workingDirectory,
    environment: variables,
    stopSignal,
    files: sorted,
  };
  return `sha256:${createHash('sha256').update(JSON.stringify(canonical)).digest('hex')}`;
}

function canonicalFile(file: ImageFile): ImageFile {
  return 'link' in file
    ? { path: file.path, link: file.link }
    : { path: file.path, mode: file.mode, sha256: file.sha256 };
}
