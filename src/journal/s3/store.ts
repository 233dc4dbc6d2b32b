import type { Entry, Event } from '../event.ts';
import { leaseTerm, type Holder, type Lease } from '../lease.ts';
import { parseEntries } from '../line.ts';
import { LeaseLost, type HeldBy, type JournalReading, type JournalStore } from '../store.ts';
import { absent, type Bucket, type Condition } from './bucket.ts';
import { damaged, inTheWay, laterVersion } from './failure.ts';
import { parseHead, printHead, type Head, type OpenJournal } from './head.ts';

export interface S3Options {
  readonly bucket: Bucket;
  readonly clock: () => number;
  /** `unknown` for a holder of which this machine cannot know. */
  readonly alive: (holder: Holder) => boolean | 'unknown';
  /** Another one each time. */
  readonly newMark: () => string;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** A version of the head as it was read, or as this process wrote it. */
interface Seen {
  readonly head: Head;
  readonly etag: string;
}

/**
 * For how long after it began to write a holder is sure of its lease. Others take it over `leaseTerm` after that write at
 * the earliest, by S3's clock, which tells whole seconds; what lies between is for that and for clocks that go unevenly.
 */
const surely = leaseTerm - 10_000;

/** How often one write is tried while others are in its way: each of these tries is itself tried again while S3 is away. */
const mostTries = 20;

const headKey = 'head.json';
const archived = 'deployments/';
const archiveKey = (deployment: string) => `${archived}${deployment}.jsonl`;

/**
 * The journal in S3: `head.json`, which is the lease and the journal of the deployment last written to, and
 * `deployments/<id>.jsonl` for the others. Every write of the head is conditional on the version that its writer has read:
 * so all of them, of all holders, are one sequence, and each is made in knowledge of all before it. Taking the lease over
 * is one of them. Whoever lost it knows an older version only, and can write nothing any more; and whoever has it has read
 * everything that was ever written. docs/decisions/0016 says why it is so, and shows that it holds.
 */
export function openS3({ bucket, clock, alive, newMark, pause }: S3Options): JournalStore {
  /** What this process wrote last: most writes need not read before. */
  let known: Seen | null = null;
  /** Writes of one process come one after the other: its heartbeat, its judgements and its loop. */
  let turn: Promise<unknown> = Promise.resolve();
  /** A reading of the head under way that several reads share. */
  let glance: Promise<(Seen & { readonly age: number }) | null> | null = null;

  return { acquire, renew, release, holder, deployments, read, append };

  function acquire(wanted: Holder): Promise<Lease | HeldBy> {
    return inTurn(async () => {
      const mark = newMark();
      const since = clock();
      for (let tries = 1; ; tries += 1) {
        const seen = await look();
        if (seen?.head.mark === mark) return won(seen, since);
        if (seen !== null && isHeld(seen.head, seen.age)) return heldBy(seen.head, seen.age);
        const open = seen?.head.open ?? null;
        const epoch = (seen?.head.epoch ?? 0) + 1;
        const head: Head = { mark, epoch, holder: wanted, since, released: false, open };
        const written = await write(seen, head);
        if (written !== null) return won(written, since);
        await stepAside(tries);
      }
    });
  }

  function won(seen: Seen, since: number): Lease {
    known = seen;
    const { epoch, holder } = seen.head;
    return { held: false, epoch, holder, since, expiresAt: since + leaseTerm };
  }

  function renew(lease: Lease): Promise<Lease> {
    return inTurn(async () => {
      const { at } = await change(lease, (head) => head);
      return { ...lease, expiresAt: at + leaseTerm };
    });
  }

  function release(lease: Lease): Promise<void> {
    return inTurn(async () => {
      try {
        await replace(lease, (head) => ({ ...head, released: true }));
      } catch (error) {
        if (!(error instanceof LeaseLost)) throw error;
      }
    });
  }

  async function holder(): Promise<HeldBy | null> {
    const seen = await look();
    return seen !== null && isHeld(seen.head, seen.age) ? heldBy(seen.head, seen.age) : null;
  }

  async function deployments(): Promise<readonly string[]> {
    // In this order: what leaves the head has been archived before.
    const open = (await look())?.head.open;
    const kept = (await bucket.list(archived))
      .filter((key) => key.endsWith('.jsonl'))
      .map((key) => key.slice(archived.length, -'.jsonl'.length));
    return [...new Set(open ? [...kept, open.deployment] : kept)].sort();
  }

  async function read(deployment: string): Promise<JournalReading> {
    glance ??= look().finally(() => (glance = null));
    const open = (await glance)?.head.open;
    const entries = open?.deployment === deployment ? open.entries : await readArchive(deployment);
    return { entries, droppedBytes: 0 };
  }

  function append(lease: Lease, deployment: string, event: Event): Promise<Entry> {
    return inTurn(async () => {
      const { head } = await change(lease, async (head) => {
        const { entries } = await opened(head, deployment);
        const entry: Entry = { seq: entries.length + 1, at: clock(), epoch: lease.epoch, event };
        return { ...head, open: { deployment, entries: [...entries, entry] } };
      });
      const entry = head.open?.entries.at(-1);
      if (!entry) throw new Error(`nothing was appended to ${deployment}`);
      return entry;
    });
  }

  /** What a deployment has in its journal. Another one that the head has is archived first: it is about to leave it. */
  async function opened({ open }: Head, deployment: string): Promise<OpenJournal> {
    if (open?.deployment === deployment) return open;
    if (open) await archive(open);
    return { deployment, entries: await readArchive(deployment) };
  }

  /**
   * Replaces the head under a lease, and does not come back before it is certain that the lease was still held after that:
   * a process that stood still while it waited for the answer may have lost it meanwhile.
   */
  async function change(lease: Lease, revise: Revision): Promise<Seen & { readonly at: number }> {
    const done = await replace(lease, revise);
    if (isSure(done.at)) return done;
    const { at } = await change(lease, (head) => head);
    return { ...done, at };
  }

  /** Fails with `LeaseLost` where the lease is not the holder's any more. */
  async function replace(lease: Lease, revise: Revision): Promise<Seen & { readonly at: number }> {
    const mark = newMark();
    const at = clock();
    for (let tries = 1; ; tries += 1) {
      const seen = known ?? (await look());
      if (seen === null || !isOurs(seen.head, lease)) throw new LeaseLost();
      if (seen.head.mark === mark) return { ...seen, at };
      // What a write that fails leaves behind is not known.
      known = null;
      const written = await write(seen, { ...(await revise(seen.head)), mark });
      if (written !== null) {
        known = written;
        return { ...written, at };
      }
      await stepAside(tries);
    }
  }

  async function write(seen: Seen | null, head: Head): Promise<Seen | null> {
    const condition: Condition = seen === null ? absent : { kind: 'unchanged', etag: seen.etag };
    const put = await bucket.put(headKey, printHead(head), condition);
    glance = null;
    return put.kind === 'written' ? { head, etag: put.etag } : null;
  }

  async function look(): Promise<(Seen & { readonly age: number }) | null> {
    const found = await bucket.get(headKey);
    if (found === null) return null;
    const head = parseHead(found.text);
    if (head === 'of-a-later-version') throw laterVersion(`${bucket.place}/${headKey}`);
    if (head === null) throw damaged(`${bucket.place}/${headKey}`, 'the lease');
    return { head, etag: found.etag, age: found.age };
  }

  /**
   * What has left the head. A journal grows and is never cut: of two versions the longer one holds the shorter, so that
   * whoever comes late with an older one leaves what is there.
   */
  async function archive({ deployment, entries }: OpenJournal): Promise<void> {
    const key = archiveKey(deployment);
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    let condition = absent;
    for (let tries = 1; ; tries += 1) {
      if ((await bucket.put(key, text, condition)).kind === 'written') return;
      const there = await bucket.get(key);
      if (there !== null && entriesOf(deployment, there.text).length >= entries.length) return;
      condition = there === null ? absent : { kind: 'unchanged', etag: there.etag };
      await stepAside(tries);
    }
  }

  async function readArchive(deployment: string): Promise<readonly Entry[]> {
    const found = await bucket.get(archiveKey(deployment));
    return found === null ? [] : entriesOf(deployment, found.text);
  }

  function entriesOf(deployment: string, text: string): readonly Entry[] {
    const { entries, droppedBytes, damagedLine } = parseEntries(Buffer.from(text));
    if (damagedLine !== null || droppedBytes > 0)
      throw damaged(`${bucket.place}/${archiveKey(deployment)}`, `the journal of ${deployment}`);
    return entries;
  }

  function isHeld({ released, holder }: Head, age: number): boolean {
    return !released && age < leaseTerm && alive(holder) !== false;
  }

  function heldBy({ holder: by, since }: Head, age: number): HeldBy {
    return { held: true, by, since, expiresAt: clock() + leaseTerm - age };
  }

  /** A clock that was set back says nothing. */
  function isSure(at: number): boolean {
    const passed = clock() - at;
    return passed >= 0 && passed < surely;
  }

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  /** One that lost looks again at once; where that was not enough, those in its way get time. */
  async function stepAside(tries: number): Promise<void> {
    if (tries === mostTries) throw inTheWay(bucket.place, tries);
    if (tries > 1) await pause(Math.min(1000, 25 * 2 ** tries));
  }
}

type Revision = (head: Head) => Head | Promise<Head>;

function isOurs({ epoch, since, released }: Head, lease: Lease): boolean {
  return epoch === lease.epoch && since === lease.since && !released;
}
