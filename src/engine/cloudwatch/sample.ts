/** What is known of the values that a metric had during one period. */
export interface Sample {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** The values, ascending, each with how often; null where somebody told their statistics only. */
  readonly values: Values | null;
}

export type Values = readonly (readonly [value: number, count: number])[];

/** So many values are kept apart; beyond, those that share two leading digits are one. */
const mostValues = 400;

/** Null where there is no value. */
export function sampleOf(values: Values): Sample | null {
  const given = values.filter(([, count]) => count > 0);
  const [first] = given;
  if (first === undefined) return null;
  let [count, sum, min, max] = [0, 0, first[0], first[0]];
  for (const [value, times] of given) {
    count += times;
    sum += value * times;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { count, sum, min, max, values: compact(given) };
}

export function merged(one: Sample, other: Sample): Sample {
  return {
    count: one.count + other.count,
    sum: one.sum + other.sum,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    values: one.values === null || other.values === null ? null : compact([...one.values, ...other.values]),
  };
}

function compact(values: Values): Values {
  const whole = gathered(values, 4);
  return whole.length <= mostValues ? whole : gathered(whole, 2);
}

function gathered(values: Values, digits: number): Values {
  const counts = new Map<number, number>();
  for (const [value, count] of values) {
    const rounded = Number(value.toPrecision(digits));
    counts.set(rounded, (counts.get(rounded) ?? 0) + count);
  }
  return [...counts].toSorted(([a], [b]) => a - b);
}

/** `Sum`, `Average`, `p99.9` and the like; null where it cannot be told. */
export type Statistic = (sample: Sample) => number | null;

/** Null where the engine has no statistic of that name. */
export function statistic(name: string): Statistic | null {
  switch (name) {
    case 'SampleCount':
      return ({ count }) => count;
    case 'Sum':
      return ({ sum }) => sum;
    case 'Average':
      return ({ sum, count }) => sum / count;
    case 'Minimum':
      return ({ min }) => min;
    case 'Maximum':
      return ({ max }) => max;
    default: {
      const share = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)?.[1];
      return share === undefined ? within(name) : (sample) => percentile(sample, Number(share) / 100);
    }
  }
}

export const isExtended = (name: string): boolean => /^(p\d|PR\(|TC\()/.test(name);

/** `TC(0.1:0.3)`: how many values are above the one and at most the other; `PR(0.1:0.3)`: how many percent. */
function within(name: string): Statistic | null {
  const [, kind, from, to] = /^(TC|PR)\((\d+(?:\.\d+)?)?:(\d+(?:\.\d+)?)?\)$/.exec(name) ?? [];
  if (kind === undefined || (from === undefined && to === undefined)) return null;
  const least = from === undefined ? -Infinity : Number(from);
  const most = to === undefined ? Infinity : Number(to);
  return ({ count, min, max, values }) => {
    const known = min === max ? [[min, count] as const] : values;
    if (known === null) return null;
    const inside = known.reduce(
      (sum, [value, times]) => (value > least && value <= most ? sum + times : sum),
      0,
    );
    return kind === 'TC' ? inside : (inside / count) * 100;
  };
}

function percentile({ count, min, max, values }: Sample, share: number): number | null {
  if (min === max) return min;
  if (values === null) return null;
  const rank = count * share;
  let seen = 0;
  for (const [value, times] of values) {
    seen += times;
    // Rounding must not lead out of what was there.
    if (seen >= rank) return Math.min(max, Math.max(min, value));
  }
  return max;
}
