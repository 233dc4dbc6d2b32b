import { expect, test } from 'vitest';
import type { Event } from '../../src/journal/event.ts';
import type { Holder, Lease } from '../../src/journal/lease.ts';
import { LeaseLost, type JournalStore } from '../../src/journal/store.ts';

/** A store under test, with a clock and a register of the living in the test's hands. */
export interface Bench {
  /** Another process's view of the same journal. */
  open(): JournalStore;
  advance(milliseconds: number): void;
  kill(holder: Holder): void;
}

export const anna: Holder = {
  who: 'anna@laptop',
  host: 'laptop',
  pid: 100,
  startTime: 'a',
  purpose: 'deploy staging',
};
export const ben: Holder = {
  who: 'ben@laptop',
  host: 'laptop',
  pid: 200,
  startTime: 'b',
  purpose: 'rollback staging',
};

export const started: Event = {
  type: 'deployment.started',
  kind: { kind: 'deploy' },
  by: 'anna@laptop',
  host: 'laptop',
  fairway: '0.0.0',
};
const committed: Event = { type: 'release.committed' };

/** What every journal store must do, whatever it keeps its events in. */
export function journalConformance(makeBench: () => Promise<Bench>): void {
  test('gives the lease to one and tells the other who has it', async () => {
    const bench = await makeBench();
    await take(bench.open(), anna);
    expect(await bench.open().acquire(ben)).toMatchObject({ held: true, by: anna });
    expect(await bench.open().holder()).toMatchObject({ by: anna });
  });

  test('gives the lease to exactly one of fifty who ask at once', async () => {
    const bench = await makeBench();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        bench.open().acquire({ ...ben, pid: index, who: `nr-${index}` }),
      ),
    );
    expect(answers.filter(({ held }) => !held)).toHaveLength(1);
  });

  test('gives the lease on once it is released', async () => {
    const bench = await makeBench();
    const store = bench.open();
    const lease = await take(store, anna);
    await store.release(lease);
    expect(await store.holder()).toBeNull();
    expect((await take(bench.open(), ben)).epoch).toBeGreaterThan(lease.epoch);
  });

  test('writes nothing more under a lease that was released', async () => {
    const bench = await makeBench();
    const store = bench.open();
    const lease = await take(store, anna);
    await store.append(lease, 'd1', started);
    await store.release(lease);
    await expect(store.append(lease, 'd1', committed)).rejects.toThrow(LeaseLost);
    await expect(store.renew(lease)).rejects.toThrow(LeaseLost);
    await store.release(lease);
    expect((await bench.open().read('d1')).entries).toHaveLength(1);
  });

  test('goes on with the journal of an earlier deployment', async () => {
    const bench = await makeBench();
    const store = bench.open();
    const lease = await take(store, anna);
    for (const id of ['d1', 'd2', 'd1', 'd3', 'd1', 'd2']) await store.append(lease, id, started);
    const lengths = ['d1', 'd2', 'd3'].map(async (id) =>
      (await bench.open().read(id)).entries.map(({ seq }) => seq),
    );
    expect(await Promise.all(lengths)).toEqual([[1, 2, 3], [1, 2], [1]]);
  });

  test('keeps the lease as long as it is renewed, and no longer', async () => {
    const bench = await makeBench();
    const store = bench.open();
    let lease = await take(store, anna);
    for (let round = 0; round < 5; round += 1) {
      bench.advance(40_000);
      lease = await store.renew(lease);
    }
    bench.advance(58_000);
    expect(await bench.open().acquire(ben)).toMatchObject({ held: true });
    bench.advance(2001);
    await take(bench.open(), ben);
  });

  test('takes the lease of a dead holder over at once', async () => {
    const bench = await makeBench();
    await take(bench.open(), anna);
    bench.kill(anna);
    expect(await bench.open().holder()).toBeNull();
    await take(bench.open(), ben);
  });

  test('lets a holder that lost its lease write no more', async () => {
    const bench = await makeBench();
    const frozen = bench.open();
    const lost = await take(frozen, anna);
    await frozen.append(lost, 'd1', started);
    bench.advance(60_001);
    const store = bench.open();
    const lease = await take(store, ben);
    await expect(frozen.append(lost, 'd1', committed)).rejects.toThrow(LeaseLost);
    await expect(frozen.renew(lost)).rejects.toThrow(LeaseLost);
    await frozen.release(lost);
    await store.append(lease, 'd1', committed);
    expect((await store.read('d1')).entries.map(({ seq, event }) => [seq, event.type])).toEqual([
      [1, 'deployment.started'],
      [2, 'release.committed'],
    ]);
  });

  test('reads back what was appended, in order, also elsewhere', async () => {
    const bench = await makeBench();
    const store = bench.open();
    const lease = await take(store, anna);
    const written = [];
    for (let index = 0; index < 20; index += 1) {
      written.push(
        await store.append(lease, 'd1', { type: 'stage.entered', service: 'api', stage: `s${index} “ü”\n` }),
      );
    }
    expect(await bench.open().read('d1')).toEqual({ entries: written, droppedBytes: 0 });
  });

  test('lists deployments oldest first, and none where there is none', async () => {
    const bench = await makeBench();
    const store = bench.open();
    expect(await store.deployments()).toEqual([]);
    const lease = await take(store, anna);
    for (const id of ['20260102-a', '20260101-b', '20260103-c']) await store.append(lease, id, started);
    expect(await store.deployments()).toEqual(['20260101-b', '20260102-a', '20260103-c']);
    expect(await store.read('unheard-of')).toEqual({ entries: [], droppedBytes: 0 });
  });
}

export async function take(store: JournalStore, holder: Holder): Promise<Lease> {
  const lease = await store.acquire(holder);
  if (lease.held) throw new Error(`the lease is held by ${lease.by.who}`);
  return lease;
}
