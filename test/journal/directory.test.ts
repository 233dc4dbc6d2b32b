import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { openDirectory } from '../../src/journal/directory.ts';
import type { Holder } from '../../src/journal/lease.ts';
import { parseEntries } from '../../src/journal/line.ts';
import { Refusal } from '../../src/refusal.ts';
import { anna, journalConformance, started, take, type Bench } from './conformance.ts';

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true }))));

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  folders.push(folder);
  return folder;
}

async function makeBench(): Promise<Bench> {
  const folder = await makeFolder();
  let now = 1_700_000_000_000;
  const dead = new Set<Holder>();
  return {
    open: () =>
      openDirectory({
        folder,
        clock: () => now,
        alive: (holder) => ![...dead].some(({ pid }) => pid === holder.pid),
      }),
    advance: (milliseconds) => (now += milliseconds),
    kill: (holder) => dead.add(holder),
  };
}

describe('a journal in a directory', () => {
  journalConformance(makeBench);
});

describe('damage', () => {
  const options = (folder: string) => ({
    folder,
    clock: () => 1_700_000_000_000,
    alive: () => true as const,
  });

  test('a torn last line is dropped, said, and written over', async () => {
    const folder = await makeFolder();
    const store = openDirectory(options(folder));
    const lease = await take(store, anna);
    await store.append(lease, 'd1', started);
    const file = join(folder, 'deployments', 'd1.jsonl');
    await appendFile(file, '{"seq":2,"at":17000');

    const later = openDirectory(options(folder));
    expect(await later.read('d1')).toMatchObject({ droppedBytes: 19, entries: [{ seq: 1 }] });
    const fresh = openDirectory(options(folder));
    await fresh.append(lease, 'd1', { type: 'release.committed' });
    expect((await fresh.read('d1')).entries.map(({ seq }) => seq)).toEqual([1, 2]);
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3);
  });

  test('damage before the last line is refused with file and line', async () => {
    const folder = await makeFolder();
    const store = openDirectory(options(folder));
    const lease = await take(store, anna);
    for (let index = 0; index < 3; index += 1) await store.append(lease, 'd1', started);
    const file = join(folder, 'deployments', 'd1.jsonl');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [lines[0], 'garbage', ...lines.slice(2)].join('\n'));
    const refusal = await openDirectory(options(folder))
      .read('d1')
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ problems: [{ code: 'journal-damaged', where: `${file}:2` }] });
  });

  test('a tail torn at any byte loses that line and no other', () => {
    const entry = (seq: number) =>
      JSON.stringify({ seq, at: 1, epoch: 1, event: { type: 'stage.entered', service: 'ä', stage: 'x' } });
    const whole = Buffer.from([1, 2, 3].map((seq) => `${entry(seq)}\n`).join(''));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length }), (cut) => {
        const lengths = [1, 2, 3].map((count) =>
          Buffer.byteLength(
            [1, 2, 3]
              .slice(0, count)
              .map((seq) => `${entry(seq)}\n`)
              .join(''),
          ),
        );
        const complete = lengths.filter((length) => length <= cut).length;
        const { entries, droppedBytes, damagedLine } = parseEntries(whole.subarray(0, cut));
        expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3].slice(0, complete));
        expect(damagedLine).toBeNull();
        expect(droppedBytes).toBe(cut - (lengths[complete - 1] ?? 0));
      }),
    );
  });

  test('a full disk is a refusal, and what was written before is whole', async () => {
    const folder = await makeFolder();
    let full = false;
    const write = async (file: string, text: string) => {
      if (!full) return appendFile(file, text);
      await appendFile(file, text.slice(0, 10));
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const store = openDirectory({ ...options(folder), write });
    const lease = await take(store, anna);
    await store.append(lease, 'd1', started);
    full = true;
    await expect(store.append(lease, 'd1', started)).rejects.toMatchObject({
      problems: [{ code: 'disk-full' }],
    });
    full = false;
    await store.append(lease, 'd1', { type: 'release.committed' });
    expect((await store.read('d1')).entries.map(({ seq, event }) => [seq, event.type])).toEqual([
      [1, 'deployment.started'],
      [2, 'release.committed'],
    ]);
  });
});
