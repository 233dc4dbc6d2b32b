import { chmodSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalImage, imageDigest } from '../../../src/engine/images/digest.ts';
import { treeEntries, treeItems } from '../../../src/engine/images/tree.ts';
import { processHarness } from './process-harness.ts';
import type { ProcessHarness } from './process-harness.ts';
import { runToEnd, shell, writeImage } from './rig.ts';

const configuration = {
  command: ['node', 'server.js'],
  entryPoint: null,
  workingDirectory: '.',
  environment: { NODE_ENV: 'production', GREETING: 'Grüß "dich"' },
  stopSignal: null,
};
const files = [
  {
    path: 'server.js',
    mode: '-',
    sha256: 'f9444510dc7403e41049deb133f6892aa6a63c05591b2b59e4ee5b234d7bbd99',
  },
  {
    path: 'bin/start',
    mode: 'x',
    sha256: '56499de5fc53b34e9b9db62fe0eeec3770a508a4619c5fe48dd8519d530451f3',
  },
  { path: 'latest', link: 'bin/start' },
] as const;

describe('the digest of an image', () => {
  it('is the one that docs/images.md works out', () => {
    const digest = imageDigest(configuration, files);
    const page = readFileSync(new URL('../../../docs/images.md', import.meta.url), 'utf8');
    expect(page).toContain(canonicalImage(configuration, files));
    expect(page).toContain(digest);
    expect(digest).toBe('sha256:9026f23e3d2a2b6f334d313cef3298fa1ddfd08c3efcfefc8a948ef0afc797a5');
  });

  it('does not depend on the order of files and variables', () => {
    const environment = { GREETING: 'Grüß "dich"', NODE_ENV: 'production' };
    expect(imageDigest({ ...configuration, environment }, files.toReversed())).toBe(
      imageDigest(configuration, files),
    );
  });

  it.each([
    ['a command', { ...configuration, command: ['node', 'other.js'] }, files],
    ['a variable', { ...configuration, environment: {} }, files],
    ['a stop signal', { ...configuration, stopSignal: 'SIGINT' }, files],
    ['a file less', configuration, files.slice(1)],
    ['a mode', configuration, [{ ...files[0], mode: 'x' as const }, ...files.slice(1)]],
    ['a link', configuration, [...files.slice(0, 2), { path: 'latest', link: 'server.js' }]],
  ])('differs by %s', (_, other, otherFiles) => {
    expect(imageDigest(other, otherFiles)).not.toBe(imageDigest(configuration, files));
  });
});

describe('an image', () => {
  let harness: ProcessHarness;
  beforeEach(async () => {
    harness = await processHarness();
  });
  afterEach(async () => harness.close());

  const refused = expect.objectContaining({
    code: 'CannotPullContainerError',
    message: expect.stringContaining('changed after it was made'),
  });

  it('that was changed before its first use is refused', async () => {
    const { reference, root } = await writeImage(harness.images, { 'a.txt': 'a' });
    writeFileSync(join(root, 'b.txt'), 'b');
    await expect(harness.runtime.start(shell(reference, 'true'))).rejects.toEqual(refused);
  });

  it.each([
    [
      'has a file changed in place, its time set back',
      (root: string) => {
        const file = join(root, 'a.txt');
        chmodSync(file, 0o644);
        writeFileSync(file, 'b');
        chmodSync(file, 0o444);
        utimesSync(file, 1, 1);
      },
    ],
    ['has a file added', (root: string) => writeFileSync(join(root, 'sub', 'c.txt'), 'c')],
    ['has a file removed', (root: string) => rmSync(join(root, 'a.txt'))],
    ['has a file made executable', (root: string) => chmodSync(join(root, 'a.txt'), 0o555)],
    [
      'has a file made a link',
      (root: string) => {
        rmSync(join(root, 'a.txt'));
        symlinkSync('sub/b.txt', join(root, 'a.txt'));
      },
    ],
  ])('that %s is refused after it has been used', async (_, change) => {
    const { reference, root } = await writeImage(harness.images, { 'a.txt': 'a', 'sub/b.txt': 'b' });
    expect(await runToEnd(harness.runtime, shell(reference, 'cat a.txt'))).toMatchObject({
      lastLines: ['a'],
    });
    change(root);
    await expect(harness.runtime.start(shell(reference, 'true'))).rejects.toEqual(refused);
  });

  it('that was copied elsewhere and back is still the same', async () => {
    const { reference, root } = await writeImage(harness.images, { 'a.txt': 'a' });
    await runToEnd(harness.runtime, shell(reference, 'true'));
    const file = join(root, 'a.txt');
    renameSync(file, `${file}.away`);
    writeFileSync(file, readFileSync(`${file}.away`), { mode: 0o444 });
    rmSync(`${file}.away`);
    expect(await runToEnd(harness.runtime, shell(reference, 'cat a.txt'))).toMatchObject({
      lastLines: ['a'],
    });
  });

  it('whose name is not its digest, or whose description cannot be read, is refused', async () => {
    const one = await writeImage(harness.images, { 'a.txt': 'a' });
    const two = await writeImage(harness.images, { 'a.txt': 'b' });
    rmSync(join(one.folder, 'image.json'));
    writeFileSync(join(one.folder, 'image.json'), readFileSync(join(two.folder, 'image.json')));
    await expect(harness.runtime.start(shell(one.reference, 'true'))).rejects.toEqual(refused);
    writeFileSync(join(two.folder, 'image.json'), '{"format":1');
    await expect(harness.runtime.start(shell(two.reference, 'true'))).rejects.toEqual(refused);
  });

  it('has its links told as links, and modes by the executable bit alone', async () => {
    const { root } = await writeImage(harness.images, { 'run.sh': '#!/bin/sh\n', 'a.txt': '' });
    symlinkSync('a.txt', join(root, 'link'));
    chmodSync(join(root, 'a.txt'), 0o600);
    const entries = await treeEntries(root, await treeItems(root));
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(entries.toSorted((left, right) => (left.path < right.path ? -1 : 1))).toEqual([
      { path: 'a.txt', mode: '-', sha256: empty },
      { path: 'link', link: 'a.txt' },
      { path: 'run.sh', mode: 'x', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });
});
