import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { openCatalog } from '../../../src/engine/stores/s3/catalog.ts';
import { listObjectsV2 } from '../../../src/engine/stores/s3/listing.ts';
import { openPieces } from '../../../src/engine/stores/s3/pieces.ts';
import { childrenOf, parseXml, textOf } from '../../../src/engine/stores/s3/xml.ts';

const word = fc.string({
  unit: fc.constantFrom('a', 'b', '/', 'é', '😀', '\ue000'),
  minLength: 1,
  maxLength: 5,
});
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a listing tells in all its pages: S3's rule, said in another way. */
function told(keys: readonly string[], prefix: string, delimiter: string | null): readonly string[] {
  const names = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const at = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? key : `${key.slice(0, at + 1)}…`;
    });
  return [...new Set(names)].toSorted(bytewise);
}

it('tells every key and every folder once, in the order of their bytes, however small its pages are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-listing-'));
  const catalog = openCatalog(join(folder, 'catalog.db'));
  onTestFinished(() => {
    catalog.close();
    rmSync(folder, { recursive: true });
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(word, { maxLength: 12 }),
      fc.oneof(fc.constant(''), word),
      fc.constantFrom(null, '/', 'é'),
      fc.integer({ min: 1, max: 4 }),
      async (keys, prefix, delimiter, size) => {
        const bucket = `b${(run += 1)}`;
        catalog.createBucket(bucket, 0);
        catalog.together(() => {
          for (const key of keys)
            catalog.putObject(
              bucket,
              { key, size: 0, etag: '', modified: 0, headers: {}, checksums: {}, pieces: [] },
              () => true,
            );
        });
        const found: string[] = [];
        let token: string | null = null;
        do {
          const query = new URLSearchParams({ 'max-keys': String(size), prefix });
          if (delimiter !== null) query.set('delimiter', delimiter);
          if (token !== null) query.set('continuation-token', token);
          const { body } = await listObjectsV2({
            request: { method: 'GET', path: '/', query, headers: {}, bucket, key: null, body: none() },
            signed: null,
            body: { chunks: none(), trailers: new Map() },
            catalog,
            pieces: openPieces(folder),
            region: 'us-east-1',
            clock: () => 0,
          });
          const page = parseXml(typeof body === 'string' ? body : '');
          const names = [
            ...childrenOf(page, 'Contents').map((each) => textOf(each, 'Key') ?? ''),
            ...childrenOf(page, 'CommonPrefixes').map((each) => `${textOf(each, 'Prefix') ?? ''}…`),
          ];
          expect(names.length).toBeLessThanOrEqual(size);
          found.push(...names.toSorted(bytewise));
          token = textOf(page, 'NextContinuationToken');
          expect(textOf(page, 'IsTruncated')).toBe(String(token !== null));
        } while (token !== null);
        expect(found.toSorted(bytewise)).toEqual(told(keys, prefix, delimiter));
        expect(new Set(found).size).toBe(found.length);
      },
    ),
    { numRuns: 150 },
  );
});

async function* none(): AsyncGenerator<Buffer> {}
