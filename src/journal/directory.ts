import { link, mkdir, open, readdir, readFile, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import type { Entry, Event } from './event.ts';
import { parseEntries } from './line.ts';
import { availability, leaseTerm, type Holder, type Lease, type LeaseFile } from './lease.ts';
import { LeaseLost, type HeldBy, type JournalReading, type JournalStore } from './store.ts';

export interface DirectoryOptions {
  readonly folder: string;
  readonly clock: () => number;
  /** `unknown` for a holder on another machine. */
  readonly alive: (holder: Holder) => boolean | 'unknown';
  /** Appends durably; replaceable so that a full disk can be tested. */
  readonly write?: (file: string, text: string) => Promise<void>;
}

/**
 * The journal in a folder: `deployments/<id>.jsonl`, one line an event, synced before the next act; and
 * `lease/<epoch>.json`, created exclusively, so that of several takers one wins.
 */
export function openDirectory(options: DirectoryOptions): JournalStore {
  const { folder, clock, alive } = options;
  const write = options.write ?? appendDurably;
  const journals = join(folder, 'deployments');
  const leases = join(folder, 'lease');
  const fileOf = (deployment: string) => join(journals, `${deployment}.jsonl`);
  /** The next sequence number of each journal this process has read or written. */
  const nextSeq = new Map<string, number>();

  return { acquire, renew, release, holder, deployments, read, append };

  async function acquire(wanted: Holder): Promise<Lease | HeldBy> {
    await mkdir(leases, { recursive: true, mode: 0o700 });
    for (;;) {
      const newest = await newestLease();
      const now = clock();
      if (newest && availability(newest.file, now, alive) === 'held') return heldBy(newest.file);
      const epoch = (newest?.epoch ?? 0) + 1;
      const file: LeaseFile = { holder: wanted, since: now, expiresAt: now + leaseTerm, released: false };
      if (await createExclusively(epoch, file)) {
        await forgetOlderThan(epoch);
        return { held: false, epoch, holder: wanted, since: now, expiresAt: file.expiresAt };
      }
    }
  }

  async function renew(lease: Lease): Promise<Lease> {
    await assertOurs(lease);
    const renewed = { ...lease, expiresAt: clock() + leaseTerm };
    await replace(lease.epoch, {
      holder: lease.holder,
      since: lease.since,
      expiresAt: renewed.expiresAt,
      released: false,
    });
    return renewed;
  }

  async function release(lease: Lease): Promise<void> {
    const newest = await newestLease();
    if (newest?.epoch !== lease.epoch) return;
    await replace(lease.epoch, {
      holder: lease.holder,
      since: lease.since,
      expiresAt: clock(),
      released: true,
    });
  }

  async function holder(): Promise<HeldBy | null> {
    const newest = await newestLease();
    return newest && availability(newest.file, clock(), alive) === 'held' ? heldBy(newest.file) : null;
  }

  async function deployments(): Promise<readonly string[]> {
    const names = await namesIn(journals);
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => name.slice(0, -'.jsonl'.length))
      .sort();
  }

  async function read(deployment: string): Promise<JournalReading> {
    const bytes = await readIfThere(fileOf(deployment));
    const { entries, droppedBytes, damagedLine } = parseEntries(bytes);
    if (damagedLine !== null) {
      throw new Refusal({
        code: 'journal-damaged',
        what: `the journal of ${deployment} is damaged at line ${damagedLine}`,
        where: `${fileOf(deployment)}:${damagedLine}`,
        why: 'only its last line can be torn by a crash; damage before it means that something else wrote to the file or the disk failed',
        next: 'restore the file from a backup, or move it away to go on without that deployment in the history',
      });
    }
    // A torn tail is cut off by the next append, which has to read again for that.
    if (droppedBytes === 0) nextSeq.set(deployment, entries.length + 1);
    else nextSeq.delete(deployment);
    return { entries, droppedBytes };
  }

  async function append(lease: Lease, deployment: string, event: Event): Promise<Entry> {
    await assertOurs(lease);
    await mkdir(journals, { recursive: true, mode: 0o700 });
    let seq = nextSeq.get(deployment);
    if (seq === undefined) {
      const { entries, droppedBytes } = await read(deployment);
      if (droppedBytes > 0) await cutTail(fileOf(deployment), droppedBytes);
      seq = entries.length + 1;
    }
    const entry: Entry = { seq, at: clock(), epoch: lease.epoch, event };
    // Unknown until it is known to be durable: a failed write may have left half a line.
    nextSeq.delete(deployment);
    try {
      await write(fileOf(deployment), `${JSON.stringify(entry)}\n`);
    } catch (error) {
      throw fullDisk(error, fileOf(deployment)) ?? error;
    }
    nextSeq.set(deployment, seq + 1);
    return entry;
  }

  async function assertOurs(lease: Lease): Promise<void> {
    const newest = await newestLease();
    if (newest?.epoch !== lease.epoch || newest.file.released) throw new LeaseLost();
  }

  async function newestLease(): Promise<{ epoch: number; file: LeaseFile } | null> {
    for (;;) {
      const epochs = (await namesIn(leases))
        .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
        .map(Number);
      if (epochs.length === 0) return null;
      const epoch = Math.max(...epochs);
      const bytes = await readIfThere(leaseFile(epoch));
      // Gone between listing and reading: a newer one was made and this one forgotten.
      if (bytes.length > 0) return { epoch, file: parseLease(bytes) };
    }
  }

  function leaseFile(epoch: number): string {
    return join(leases, `${epoch}.json`);
  }

  /** Linking is atomic and fails when the name is taken; so the file is whole from the first moment it exists. */
  async function createExclusively(epoch: number, file: LeaseFile): Promise<boolean> {
    const draft = await writeDraft(file);
    try {
      await link(draft, leaseFile(epoch));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async function replace(epoch: number, file: LeaseFile): Promise<void> {
    await rename(await writeDraft(file), leaseFile(epoch));
  }

  async function writeDraft(file: LeaseFile): Promise<string> {
    const draft = join(leases, `draft-${process.pid}-${crypto.randomUUID()}`);
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(JSON.stringify(file));
      await handle.sync();
    } catch (error) {
      throw fullDisk(error, leases) ?? error;
    } finally {
      await handle.close();
    }
    return draft;
  }

  async function forgetOlderThan(epoch: number): Promise<void> {
    const names = await namesIn(leases);
    const old = names.filter((name) => /^\d+\.json$/.test(name) && Number.parseInt(name, 10) < epoch - 10);
    await Promise.all(old.map((name) => rm(join(leases, name), { force: true })));
  }
}

function parseLease(bytes: Buffer): LeaseFile {
  const file: LeaseFile = JSON.parse(bytes.toString('utf8'));
  return file;
}

function heldBy({ holder, since, expiresAt }: LeaseFile): HeldBy {
  return { held: true, by: holder, since, expiresAt };
}

async function appendDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.appendFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function cutTail(file: string, bytes: number): Promise<void> {
  const { length } = await readIfThere(file);
  await truncate(file, length - bytes);
}

function fullDisk(error: unknown, file: string): Refusal | null {
  if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') return null;
  const problem = {
    code: 'disk-full',
    what: 'there is no space left to write the journal',
    where: file,
    why: 'an act that is not in the journal could not be undone after a crash, so it is not done',
    next: 'free some space and run `fairway resume`',
  };
  return new Refusal(problem, { cause: error });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function readIfThere(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
