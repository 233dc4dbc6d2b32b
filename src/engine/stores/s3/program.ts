import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalog } from './catalog.ts';
import { openPieces } from './pieces.ts';
import { serveS3 } from './server.ts';

/** How long a file may lie about that nothing refers to: it may belong to an upload that another server takes. */
const sweptAfter = 24 * 3600 * 1000;

/**
 * The server of buckets: a process of its own, so that data goes through when the engine does not run. It is told by its
 * environment where it listens (PORT), keeps its data (S3_DATA), which buckets it makes (S3_BUCKETS), in which region
 * (S3_REGION), and the key (S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY).
 */
export async function runS3(environment: NodeJS.ProcessEnv): Promise<void> {
  const given = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  const data = given('S3_DATA');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const file = join(data, 'catalog.db');
  // For its owner alone; SQLite gives what it makes beside it the same mode.
  closeSync(openSync(file, 'a', 0o600));
  const catalog = openCatalog(file);
  const pieces = openPieces(join(data, 'pieces'));
  const names = (environment['S3_BUCKETS'] ?? '').split(',').filter((name) => name !== '');
  for (const name of names) catalog.createBucket(name, Date.now());
  pieces.sweep(catalog.pieceIds(), Date.now() - sweptAfter);
  const served = await serveS3(Number(given('PORT')), {
    library: { catalog, pieces, region: environment['S3_REGION'] ?? 'us-east-1', clock: Date.now },
    credentials: { accessKeyId: given('S3_ACCESS_KEY_ID'), secretAccessKey: given('S3_SECRET_ACCESS_KEY') },
    onInternalError: (error) =>
      console.error(error instanceof Error ? (error.stack ?? error.message) : error),
  });
  console.log(`S3 serves ${names.join(', ')} at http://127.0.0.1:${served.port}`);
  process.once('SIGTERM', () => {
    void served.close().then(() => {
      catalog.close();
      process.exit(0);
    });
  });
}
