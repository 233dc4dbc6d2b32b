/**
 * An image without Docker: `<images>/<sha256 hex>/image.json` beside `root/`, the tree it was made of.
 * The format is written down in docs/images.md; the writer lives elsewhere and shares nothing but that page.
 */
export interface Image extends ImageConfiguration {
  readonly format: 1;
  /** `sha256:<64 hex digits>` over the configuration and the tree; see digest.ts. */
  readonly digest: string;
  /** What belongs to the machine the image was made on and is no part of its identity. */
  readonly host: { readonly path: string };
}

/** Meanings as in a Docker image's own configuration. `workingDirectory` is relative to `root/`. */
export interface ImageConfiguration {
  readonly command: readonly string[];
  readonly entryPoint: readonly string[] | null;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stopSignal: string | null;
}

/** `path` uses `/` and is relative to `root/`. Folders are no entries: an empty one is not part of an image. */
export type TreeEntry =
  | { readonly path: string; readonly mode: 'x' | '-'; readonly sha256: string }
  | { readonly path: string; readonly link: string };

/** `null` where the text is no image.json of format 1. */
export function parseImage(text: string): Image | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || value['format'] !== 1) return null;
  const { digest, command, entryPoint, workingDirectory, environment, stopSignal, host } = value;
  if (typeof digest !== 'string' || !isTexts(command) || typeof workingDirectory !== 'string') return null;
  if (!(entryPoint === null || isTexts(entryPoint)) || !isTextRecord(environment)) return null;
  if (!(stopSignal === null || typeof stopSignal === 'string')) return null;
  if (!isRecord(host) || typeof host['path'] !== 'string') return null;
  return {
    format: 1,
    digest,
    command,
    entryPoint,
    workingDirectory,
    environment,
    stopSignal,
    host: { path: host['path'] },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((item) => typeof item === 'string');
}
