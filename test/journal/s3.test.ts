import { describe, expect, test } from 'vitest';
import type { Bucket, Put } from '../../src/journal/s3/bucket.ts';
import { openS3 } from '../../src/journal/s3/store.ts';
import { LeaseLost, type JournalStore } from '../../src/journal/store.ts';
import { anna, ben, journalConformance, started, take, type Bench } from './conformance.ts';
import { memoryBucket, memoryObjects } from './memory-bucket.ts';
import type { Holder } from '../../src/journal/lease.ts';

interface Rig extends Bench {
  readonly bucket: Bucket;
  readonly now: () => number;
  readonly openOn: (bucket: Bucket) => JournalStore;
}

function makeRig(): Rig {
  let now = 1_700_000_000_000;
  let marks = 0;
  const dead = new Set<number>();
  const bucket = memoryBucket(memoryObjects(() => now));
  const openOn = (bucket: Bucket) =>
    openS3({
      bucket,
      clock: () => now,
      alive: ({ pid }: Holder) => !dead.has(pid),
      newMark: () => `mark-${(marks += 1)}`,
      pause: () => Promise.resolve(),
    });
  return {
    bucket,
    now: () => now,
    openOn,
    open: () => openOn(bucket),
    advance: (milliseconds) => (now += milliseconds),
    kill: ({ pid }) => dead.add(pid),
  };
}

describe('a journal in S3, where S3 is a model of it', () => {
  journalConformance(async () => makeRig());
});

/** The write goes through, and its answer is lost: what is told is the answer to its repetition. */
function losingAnswers(bucket: Bucket): Bucket {
  return {
    ...bucket,
    async put(key, text, condition): Promise<Put> {
      await bucket.put(key, text, condition);
      return bucket.put(key, text, condition);
    },
  };
}

describe('a write whose answer was lost', () => {
  test('is known again, and is done once', async () => {
    const { bucket, openOn } = makeRig();
    const store = openOn(losingAnswers(bucket));
    const lease = await take(store, anna);
    expect(lease.epoch).toBe(1);
    const first = await store.append(lease, 'd1', started);
    await store.renew(lease);
    const second = await store.append(lease, 'd1', { type: 'release.committed' });
    await store.append(lease, 'd2', started);
    expect((await store.read('d1')).entries).toEqual([first, second]);
    await store.release(lease);
    expect((await take(openOn(bucket), ben)).epoch).toBe(2);
    expect(await openOn(bucket).deployments()).toEqual(['d1', 'd2']);
  });
});

describe('a holder that stood still', () => {
  test('while it waited for the answer to a write does not learn that it holds what it lost', async () => {
    const rig = makeRig();
    let freezing = false;
    const store = rig.openOn({
      ...rig.bucket,
      async put(key, text, condition) {
        const put = await rig.bucket.put(key, text, condition);
        if (!freezing) return put;
        freezing = false;
        rig.advance(61_000);
        await take(rig.open(), ben);
        return put;
      },
    });
    const lease = await take(store, anna);
    freezing = true;
    await expect(store.append(lease, 'd1', started)).rejects.toThrow(LeaseLost);
    // It was written while the lease was held: who took over has read it, and it stays true.
    expect((await rig.open().read('d1')).entries).toMatchObject([{ seq: 1, epoch: 1 }]);
  });

  test('keeps its lease where nobody took it', async () => {
    const rig = makeRig();
    const store = rig.open();
    const lease = await take(store, anna);
    rig.advance(600_000);
    expect(await store.append(lease, 'd1', started)).toMatchObject({ seq: 1, epoch: 1 });
    expect(await rig.open().acquire(ben)).toMatchObject({ held: true, by: anna });
  });

  test('while it put a journal away leaves the longer one that stands there by now', async () => {
    const rig = makeRig();
    const first = rig.open();
    const lease = await take(first, anna);
    await first.append(lease, 'd1', started);
    const thaw = Promise.withResolvers<void>();
    let met = false;
    const late = rig.openOn({
      ...rig.bucket,
      async put(key, text, condition) {
        if (key === 'deployments/d1.jsonl' && !met) {
          met = true;
          await thaw.promise;
        }
        return rig.bucket.put(key, text, condition);
      },
    });
    await first.release(lease);
    const lost = await take(late, anna);
    const leaving = late.append(lost, 'd2', started).catch((error: unknown) => error);
    rig.advance(61_000);
    const store = rig.open();
    const theirs = await take(store, ben);
    await store.append(theirs, 'd1', { type: 'release.committed' });
    await store.append(theirs, 'd3', started);
    thaw.resolve();
    expect(await leaving).toBeInstanceOf(LeaseLost);
    expect((await store.read('d1')).entries.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(await store.deployments()).toEqual(['d1', 'd3']);
  });
});

describe('the time at which a lease runs out', () => {
  test('is told by the clock of who asks', async () => {
    const rig = makeRig();
    await take(rig.open(), anna);
    rig.advance(20_000);
    const behind = openS3({
      bucket: rig.bucket,
      clock: () => rig.now() - 3_600_000,
      alive: () => 'unknown',
      newMark: () => 'behind',
      pause: () => Promise.resolve(),
    });
    expect(await behind.holder()).toMatchObject({ expiresAt: rig.now() - 3_600_000 + 40_000 });
    expect(await behind.acquire(ben)).toMatchObject({ held: true });
  });
});

describe('what stands in the bucket and is no journal of ours', () => {
  const write = (bucket: Bucket, key: string, text: string) => bucket.put(key, text, { kind: 'absent' });

  test.each([
    ['head.json', '{"format":1,"epoch":1}', 'journal-damaged'],
    ['head.json', '{"mark"', 'journal-damaged'],
    ['head.json', '{"format":2,"anything":"else"}', 'journal-of-later-version'],
  ])('%s with %s is refused, and left as it is', async (key, text, code) => {
    const rig = makeRig();
    await write(rig.bucket, key, text);
    const refusal = { problems: [{ code, where: `s3://memory/${key}` }] };
    await expect(rig.open().acquire(anna)).rejects.toMatchObject(refusal);
    await expect(rig.open().read('d1')).rejects.toMatchObject(refusal);
    expect((await rig.bucket.get(key))?.text).toBe(text);
  });

  test('among the deployments is refused with its key, when it is read', async () => {
    const rig = makeRig();
    await write(rig.bucket, 'deployments/d1.jsonl', '{"seq":1,"at":1');
    expect(await rig.open().deployments()).toEqual(['d1']);
    await expect(rig.open().read('d1')).rejects.toMatchObject({
      problems: [{ code: 'journal-damaged', where: 's3://memory/deployments/d1.jsonl' }],
    });
  });
});

test('a bucket in which something is always in the way is refused in the end', async () => {
  const { bucket, openOn } = makeRig();
  const store = openOn({ ...bucket, put: async () => ({ kind: 'not-written' }) });
  await expect(store.acquire(anna)).rejects.toMatchObject({ problems: [{ code: 'journal-unreachable' }] });
});

test('a head that somebody deleted is a lost lease to who had it', async () => {
  const rig = makeRig();
  let gone = false;
  const store = rig.openOn({
    ...rig.bucket,
    get: (key) => (gone ? Promise.resolve(null) : rig.bucket.get(key)),
    put: (...wanted) => (gone ? Promise.resolve({ kind: 'not-written' }) : rig.bucket.put(...wanted)),
  });
  const lease = await take(store, anna);
  gone = true;
  await expect(store.append(lease, 'd1', started)).rejects.toThrow(LeaseLost);
});
