import type { Entry, Event } from './event.ts';
import type { Holder, Lease } from './lease.ts';

/**
 * Where the journal and the lease of one environment are kept: a directory here, S3 for teams. One conformance suite
 * (test/journal/conformance.ts) runs against every store.
 *
 * Semantics:
 * - `acquire` gives the lease to one of any number of callers; the others get who holds it. An expired lease, or one
 *   whose holder is known to be dead, is taken over under the next epoch.
 * - `append` is durable when it resolves. It fails with `LeaseLost` when a later epoch exists; nothing is written then. Where
 *   the answer came too late to be sure of the lease, it may fail so with the event written under a lease still held.
 * - `release` ends the lease, if it is still the caller's.
 * - `read` repairs a torn tail (a crash in the middle of an append) and says how much was dropped; damage before the
 *   tail is a `Refusal` that names file and line.
 * - Deployments are listed oldest first. Reading needs no lease.
 */
export interface JournalStore {
  acquire(holder: Holder): Promise<Lease | HeldBy>;
  renew(lease: Lease): Promise<Lease>;
  release(lease: Lease): Promise<void>;
  holder(): Promise<HeldBy | null>;
  deployments(): Promise<readonly string[]>;
  read(deployment: string): Promise<JournalReading>;
  append(lease: Lease, deployment: string, event: Event): Promise<Entry>;
}

export interface JournalReading {
  readonly entries: readonly Entry[];
  /** Bytes of a torn tail; 0 when the journal is whole. */
  readonly droppedBytes: number;
}

/** The lease is somebody else's. */
export interface HeldBy {
  readonly held: true;
  readonly by: Holder;
  readonly since: number;
  readonly expiresAt: number;
}

/** A holder that lost its lease can write no more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor() {
    super('the lease on the environment was lost to another deployment');
  }
}
