/** Where the time comes from. */
export interface Clock {
  /** Milliseconds that only ever grow, with fractions. */
  now(): number;
  /** Milliseconds since the epoch. */
  date(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
};
