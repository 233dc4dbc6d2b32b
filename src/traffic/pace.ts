/** A constant rate: request number n is due at `start + n / rate`. Milliseconds; the rate is per second. */
export interface Pace {
  readonly start: number;
  readonly rate: number;
  readonly made: number;
  readonly missed: number;
}

/** Who slept longer than this did not stall on the server: what was due meanwhile is missed, not sent in one burst. */
export const oversleep = 1_000;

/** What is due by now, and when to look again. */
export function dueBy(
  pace: Pace,
  now: number,
): { readonly due: readonly number[]; readonly nextAt: number; readonly pace: Pace } {
  const at = (made: number): number => pace.start + (made * 1_000) / pace.rate;
  const total =
    now < pace.start
      ? pace.made
      : Math.max(pace.made, Math.floor(((now - pace.start) * pace.rate) / 1_000) + 1);
  const late = now - at(pace.made) > oversleep;
  const skipped = late ? total - pace.made : 0;
  const due = [];
  for (let made = pace.made + skipped; made < total; made += 1) due.push(at(made));
  return { due, nextAt: at(total), pace: { ...pace, made: total, missed: pace.missed + skipped } };
}
