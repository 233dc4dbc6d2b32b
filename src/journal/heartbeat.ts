import { leaseRenewal, type Lease } from './lease.ts';
import { LeaseLost, type JournalStore } from './store.ts';

/**
 * A store whose leases are renewed for as long as their holder lives, whatever it is at: an image that is built or a migration
 * that runs may take longer than a lease lasts. A process that stands still renews nothing.
 */
export function withHeartbeat(store: JournalStore, every: number = leaseRenewal): JournalStore {
  const hearts = new Map<number, Heart>();
  return {
    ...store,
    async acquire(holder) {
      const lease = await store.acquire(holder);
      if (!lease.held) hearts.set(lease.epoch, startHeart(store, lease, every));
      return lease;
    },
    async release(lease) {
      // A renewal that came after the release would undo it.
      await hearts.get(lease.epoch)?.stop();
      hearts.delete(lease.epoch);
      await store.release(lease);
    },
  };
}

interface Heart {
  stop(): Promise<void>;
}

function startHeart(store: JournalStore, lease: Lease, every: number): Heart {
  let beat: Promise<void> = Promise.resolve();
  let beating = false;
  const timer = setInterval(() => {
    if (beating) return;
    beating = true;
    beat = store
      .renew(lease)
      .catch((error: unknown) => {
        // Whatever else it is, the next beat tries again; and who acts on the lease is told by its own writes.
        if (error instanceof LeaseLost) clearInterval(timer);
      })
      .then(() => {
        beating = false;
      });
  }, every);
  // The lease runs out with the process: it is no reason for it to stay.
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await beat;
    },
  };
}
