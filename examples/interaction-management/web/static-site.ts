import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface StaticFile {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** null where compression would not pay. */
  readonly gzipped: Uint8Array<ArrayBuffer> | null;
}

/** By path from the root of the site, e.g. `/assets/index-4f2a8c1b.js`. */
export type StaticSite = ReadonlyMap<string, StaticFile>;

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** The whole site in memory: it is small, and it never changes while the release runs. */
export async function readStaticSite(folder: string): Promise<StaticSite> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = join(entry.parentPath, entry.name);
        const path = `/${relative(folder, file).split(sep).join('/')}`;
        return [path, await staticFile(path, await readFile(file))] as const;
      }),
  );
  return new Map(files);
}

async function staticFile(path: string, content: Buffer): Promise<StaticFile> {
  const contentType = contentTypes[extname(path)] ?? 'application/octet-stream';
  const compressible = /^text|json|svg/.test(contentType) && content.length > 1_000;
  return {
    contentType,
    cacheControl: cacheControl(path),
    etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`,
    body: new Uint8Array(content),
    gzipped: compressible ? new Uint8Array(await promisify(gzip)(content)) : null,
  };
}

/**
 * The file that stands for `path` in this version: `/assets/index-4f2a8c1b.js` may be asked for by the page of the version
 * before or after, when a deployment moved the traffic between the page and its script.
 */
export function sameAssetOfThisVersion(site: StaticSite, path: string): StaticFile | undefined {
  const wanted = assetName(path);
  if (wanted === null) return undefined;
  return [...site].find(([candidate]) => assetName(candidate) === wanted)?.[1];
}

/** `index.js` for `/assets/index-4f2a8c1b.js`; null for what is no asset. */
function assetName(path: string): string | null {
  const [, stem, extension] = /^\/assets\/([\w.-]+)-[\w-]{8}\.(\w+)$/.exec(path) ?? [];
  return stem === undefined || extension === undefined ? null : `${stem}.${extension}`;
}

/** Names below /assets/ hold a hash of their content, so they never change; all else is asked for again each time. */
function cacheControl(path: string): string {
  return path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}
