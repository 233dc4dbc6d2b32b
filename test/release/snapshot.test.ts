import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { imageDigest as digestOfTheEngine } from '../../src/engine/images/digest.ts';
import { treeEntries, treeItems } from '../../src/engine/images/tree.ts';
import type { ImageConfig } from '../../src/release/image.ts';
import { imagePlace, writeSnapshot, type Snapshot } from '../../src/release/snapshot.ts';
import { folder } from './folder.ts';

const files = {
  'server.js': 'console.log(1);\n',
  'bin/start': '#!/bin/sh\n',
  'public/deep/a.txt': 'a',
  'public/deep/b.txt': 'b',
};
const config: ImageConfig = {
  command: ['node', 'server.js'],
  entryPoint: null,
  workingDirectory: '.',
  environment: {},
  stopSignal: null,
};

function snapshotOf(context: string, store: string, more: Partial<Snapshot> = {}): Snapshot {
  return { context, store, config, paths: Object.keys(files), searchPath: '/usr/bin', ...more };
}

const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

describe('a snapshot', () => {
  it('holds its files for reading only, with how to run them', async () => {
    const [context, store] = [folder(files), folder()];
    symlinkSync('server.js', join(context, 'latest'));
    const digest = await writeSnapshot(
      snapshotOf(context, store, { paths: [...Object.keys(files), 'latest'] }),
    );
    const place = imagePlace(store, digest);
    expect(readdirSync(store)).toEqual([digest.slice('sha256:'.length)]);
    expect(JSON.parse(readFileSync(join(place, 'image.json'), 'utf8'))).toEqual({
      format: 1,
      digest,
      ...config,
      host: { path: '/usr/bin' },
    });
    const modes = ['.', 'bin', 'public', 'public/deep', 'server.js', 'bin/start', 'public/deep/a.txt'];
    expect(modes.map((path) => `${path} ${modeOf(join(place, 'root', path))}`)).toEqual([
      '. 555',
      'bin 555',
      'public 555',
      'public/deep 555',
      'server.js 444',
      'bin/start 555',
      'public/deep/a.txt 444',
    ]);
    expect(readlinkSync(join(place, 'root', 'latest'))).toBe('server.js');
    expect(readFileSync(join(place, 'root', 'server.js'), 'utf8')).toBe(files['server.js']);
  });

  it('is what the engine finds under its digest', async () => {
    const store = folder();
    const digest = await writeSnapshot(snapshotOf(folder(files), store));
    const root = join(imagePlace(store, digest), 'root');
    expect(digestOfTheEngine(config, await treeEntries(root, await treeItems(root)))).toBe(digest);
  });

  it('with the same content is the same image, and is written once', async () => {
    const store = folder();
    const first = await writeSnapshot(snapshotOf(folder(files), store));
    const written = statSync(join(imagePlace(store, first), 'image.json')).mtimeMs;
    let copies = 0;
    const again = await writeSnapshot(
      snapshotOf(folder(files), store, {
        copy: (from, to) => {
          copies += 1;
          return copyFile(from, to);
        },
      }),
    );
    expect([again, copies]).toEqual([first, 0]);
    expect(statSync(join(imagePlace(store, first), 'image.json')).mtimeMs).toBe(written);
  });

  it('with other content, or another command, is another image', async () => {
    const store = folder();
    const digests = [
      await writeSnapshot(snapshotOf(folder(files), store)),
      await writeSnapshot(snapshotOf(folder({ ...files, 'server.js': 'other' }), store)),
      await writeSnapshot(
        snapshotOf(folder(files), store, { config: { ...config, command: ['node', 'other.js'] } }),
      ),
    ];
    expect(new Set(digests).size).toBe(3);
    expect(readdirSync(store)).toHaveLength(3);
  });

  it('is of what was copied, also when a file changes between the look and the copy', async () => {
    const [context, store] = [folder(files), folder()];
    const digest = await writeSnapshot(
      snapshotOf(context, store, {
        copy: (from, to) => {
          if (from.endsWith('server.js')) writeFileSync(from, 'changed meanwhile');
          return copyFile(from, to);
        },
      }),
    );
    const root = join(imagePlace(store, digest), 'root');
    expect(readFileSync(join(root, 'server.js'), 'utf8')).toBe('changed meanwhile');
    expect(digestOfTheEngine(config, await treeEntries(root, await treeItems(root)))).toBe(digest);
  });

  it('that several write at once is there once, and all are told the same', async () => {
    const [context, store] = [folder(files), folder()];
    const digests = await Promise.all(
      Array.from({ length: 5 }, () => writeSnapshot(snapshotOf(context, store))),
    );
    expect(new Set(digests).size).toBe(1);
    expect(readdirSync(store)).toEqual([digests[0]?.slice('sha256:'.length)]);
  });

  it('leaves nothing where the disk is full, and says so', async () => {
    const [context, store] = [folder(files), folder()];
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const full = writeSnapshot(
        snapshotOf(context, store, {
          copy: async (from, to) => {
            await copyFile(from, to);
            if (from.endsWith('b.txt')) throw Object.assign(new Error('no space'), { code });
          },
        }),
      );
      await expect(full).rejects.toMatchObject({
        name: 'Refusal',
        problems: [{ code: 'disk-full', where: store }],
      });
      expect(readdirSync(store)).toEqual([]);
    }
  });

  it('leaves nothing where a copy fails otherwise, and hands the failure on as it is', async () => {
    const [context, store] = [folder(files), folder()];
    const failure = Object.assign(new Error('the disk is broken'), { code: 'EIO' });
    const broken = writeSnapshot(snapshotOf(context, store, { copy: () => Promise.reject(failure) }));
    await expect(broken).rejects.toBe(failure);
    expect(readdirSync(store)).toEqual([]);
  });
});

const writer = fileURLToPath(new URL('./snapshot-writer.ts', import.meta.url));

describe('a snapshot that another process writes', () => {
  const paths = Object.keys(files).join(',');

  it('is not there when that process dies in the middle, and the next one writes it whole', async () => {
    const [context, store] = [folder(files), folder()];
    const died = spawnSync(process.execPath, [writer, context, store, paths, 'dies']);
    expect(died.signal).toBe('SIGKILL');
    const left = readdirSync(store);
    expect(left).toEqual([expect.stringMatching(/^draft-/)]);
    const digest = await writeSnapshot(snapshotOf(context, store));
    expect(readdirSync(store).toSorted()).toEqual([digest.slice('sha256:'.length), ...left].toSorted());
  });

  it('does not leave its draft behind for ever', async () => {
    const store = folder();
    mkdirSync(join(store, 'draft-old/root/deep'), { recursive: true });
    mkdirSync(join(store, 'draft-new'));
    chmodSync(join(store, 'draft-old/root'), 0o555);
    const hoursAgo = new Date(Date.now() - 2 * 60 * 60_000);
    utimesSync(join(store, 'draft-old'), hoursAgo, hoursAgo);
    const digest = await writeSnapshot(snapshotOf(folder(files), store));
    expect(readdirSync(store).toSorted()).toEqual([digest.slice('sha256:'.length), 'draft-new'].toSorted());
  });

  it('is there once, and no draft with it, for whom read-only folders are read-only', () => {
    const [context, store] = [folder(files), folder()];
    chmodSync(store, 0o777);
    chmodSync(context, 0o755);
    const said = execFileSync(process.execPath, [writer, context, store, paths, 'as-nobody'], {
      encoding: 'utf8',
    });
    const digests: unknown = JSON.parse(said);
    expect(digests).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^sha256:/)));
    expect(readdirSync(store)).toHaveLength(1);
  });

  it('may have more files than a process may open', () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`f${index}`, `${index}`]));
    const [context, store] = [folder(many), folder()];
    const words = [process.execPath, writer, context, store, Object.keys(many).join(',')];
    const said = spawnSync('sh', ['-c', 'ulimit -n 100 && exec "$@"', 'sh', ...words], { encoding: 'utf8' });
    expect([said.status, said.stderr]).toEqual([0, '']);
    expect(readdirSync(store)).toHaveLength(1);
  });
});
