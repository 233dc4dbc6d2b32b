import { describe, expect, test } from 'vitest';
import { withHeartbeat } from '../../src/journal/heartbeat.ts';
import type { Lease } from '../../src/journal/lease.ts';
import { openS3 } from '../../src/journal/s3/store.ts';
import { LeaseLost, type JournalStore } from '../../src/journal/store.ts';
import { Refusal } from '../../src/refusal.ts';
import { eventually } from '../engine/tasks/rig.ts';
import { anna, ben, started, take } from './conformance.ts';
import { memoryBucket, memoryObjects } from './memory-bucket.ts';

function rig() {
  let now = 1_700_000_000_000;
  let marks = 0;
  const bucket = memoryBucket(memoryObjects(() => now));
  const open = (): JournalStore =>
    openS3({
      bucket,
      clock: () => now,
      alive: () => 'unknown',
      newMark: () => `mark-${(marks += 1)}`,
      pause: () => Promise.resolve(),
    });
  return { open, advance: (milliseconds: number) => (now += milliseconds) };
}

/** Counts renewals, and lets a test have its say in each. */
function watched(store: JournalStore, before: () => Promise<void> = () => Promise.resolve()) {
  let renewals = 0;
  return {
    count: () => renewals,
    store: {
      ...store,
      async renew(lease: Lease) {
        renewals += 1;
        await before();
        return store.renew(lease);
      },
    },
  };
}

describe('a lease that is held', () => {
  test('is renewed though nobody asks for it, until it is released', async () => {
    const { open, advance } = rig();
    const { store, count } = watched(open());
    const kept = withHeartbeat(store, 2);
    const lease = await take(kept, anna);
    for (let round = 0; round < 3; round += 1) {
      advance(40_000);
      const before = count();
      await eventually(() => count() > before + 1, 'another renewal');
      expect(await open().acquire(ben)).toMatchObject({ held: true, by: anna });
    }
    await kept.release(lease);
    const after = count();
    expect((await take(open(), ben)).epoch).toBe(2);
    expect(count()).toBe(after);
  });

  test('is renewed again after S3 was away', async () => {
    const { open } = rig();
    let away = true;
    const { store, count } = watched(open(), async () => {
      if (away) throw new Refusal({ code: 'journal-unreachable', what: 'it is away', next: 'wait' });
    });
    const kept = withHeartbeat(store, 2);
    const lease = await take(kept, anna);
    await eventually(() => count() > 2, 'renewals that fail');
    away = false;
    const before = count();
    await eventually(() => count() > before + 1, 'renewals that do not');
    expect(await kept.append(lease, 'd1', started)).toMatchObject({ seq: 1 });
    await kept.release(lease);
  });

  test('is not renewed by a beat that was under way when it was released', async () => {
    const { open } = rig();
    const held = Promise.withResolvers<void>();
    const { store, count } = watched(open(), () => held.promise);
    const kept = withHeartbeat(store, 2);
    const lease = await take(kept, anna);
    await eventually(() => count() === 1, 'a renewal');
    const released = kept.release(lease);
    held.resolve();
    await released;
    expect(await open().holder()).toBeNull();
  });

  test('is let alone once it is lost', async () => {
    const { open, advance } = rig();
    const { store, count } = watched(open());
    const kept = withHeartbeat(store, 2);
    const lease = await take(kept, anna);
    advance(60_000);
    // A beat of before may have renewed it in the moment.
    while ((await open().acquire(ben)).held) advance(60_000);
    await eventually(async () => {
      const before = count();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return count() === before || null;
    }, 'an end of the renewals');
    await expect(kept.append(lease, 'd1', started)).rejects.toThrow(LeaseLost);
  });
});
