import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTool } from '../clients/tool.ts';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

/** An app that keeps words in Redis and files in a bucket, as its description refers to them. */
describe.skipIf(findTool('redis-server') === null)('an app with Redis and a bucket', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await openWorkbench();
    await cp(join(import.meta.dirname, 'album'), bench.shop, { recursive: true });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const visited = async (): Promise<unknown> => bench.get('/');

  test('is deployed with both, finds its data again after it was down, and tells their logs', async () => {
    const deployed = await bench.fairway('deploy', '--json');
    expect(deployed.exitCode, brief(deployed)).toBe(0);
    expect(await visited()).toEqual({ visits: 1, album: ['1'] });
    expect(await visited()).toEqual({ visits: 2, album: ['1', '2'] });
    expect((await bench.fairway('status', '--json')).exitCode).toBe(0);
    for (const [store, text] of [
      ['cache', 'Ready to accept connections'],
      ['photos', 'S3 serves shop-local-photos'],
    ] as const)
      expect((await bench.fairway('logs', '--store', store)).stdout).toContain(text);

    expect((await bench.fairway('down')).exitCode).toBe(0);
    await expect(visited()).rejects.toThrow();
    const again = await bench.fairway('deploy', '--json');
    expect(again.exitCode, brief(again)).toBe(0);
    expect(await visited()).toEqual({ visits: 3, album: ['1', '2', '3'] });
  });

  test('is refused with another kind of store under the same name, and runs on', async () => {
    const run = bench.start(['deploy', '--json'], { ALBUM_CACHE: 'bucket' });
    const { exitCode, stdout } = await run.done;
    expect(exitCode).toBe(3);
    expect(stdout).toContain('store-changed');
    expect(await visited()).toEqual({ visits: 4, album: ['1', '2', '3', '4'] });
  });
});
