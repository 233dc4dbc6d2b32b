/** The right to change an environment, held by one process at a time. */
export interface Lease {
  readonly held: false;
  /** Counts up with every holder; events carry it, so that a holder that lost its lease is seen. */
  readonly epoch: number;
  readonly holder: Holder;
  readonly since: number;
  /** Milliseconds since the epoch. Renewed while its holder lives. */
  readonly expiresAt: number;
}

export interface Holder {
  /** Who started it: `anna@laptop`. */
  readonly who: string;
  readonly host: string;
  readonly pid: number;
  /** Tells a process from a later one with the same pid. */
  readonly startTime: string;
  /** Whose pids these are: tells machines of the same name apart. Absent where that cannot be known. */
  readonly pidSpace?: string;
  /** What it is for: `deploy local`. */
  readonly purpose: string;
}

/** How long a lease lasts without renewal, and how often its holder renews it. Milliseconds. */
export const leaseTerm = 60_000;
export const leaseRenewal = 15_000;

/** What a lease file holds. */
export interface LeaseFile {
  readonly holder: Holder;
  readonly since: number;
  readonly expiresAt: number;
  readonly released: boolean;
}

export type Availability = 'free' | 'held';

/**
 * Whether a lease may be taken over. Liveness is known only for a holder on this machine; elsewhere its expiry decides.
 */
export function availability(
  file: LeaseFile,
  now: number,
  alive: (holder: Holder) => boolean | 'unknown',
): Availability {
  if (file.released || file.expiresAt <= now) return 'free';
  return alive(file.holder) === false ? 'free' : 'held';
}
