/**
 * Latencies in buckets that grow with the value: 16 to each power of two of microseconds, so that any percentile is
 * known to within 6 %, and a histogram costs the same however many values it holds.
 */
const SUB_BITS = 4;
const SUB = 1 << SUB_BITS;
/** 2^36 µs is 19 hours. */
const BUCKETS = (36 - SUB_BITS + 1) * SUB;

/** As sent over the wire: only the buckets that hold something, ascending. */
export interface HistogramCounts {
  readonly count: number;
  readonly sumMicros: number;
  readonly buckets: readonly (readonly [index: number, count: number])[];
}

export class Histogram {
  #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;

  record(micros: number): void {
    const index = bucketOf(micros);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    this.#sum += micros;
  }

  counts(): HistogramCounts {
    const buckets: [number, number][] = [];
    this.#counts.forEach((count, index) => {
      if (count > 0) buckets.push([index, count]);
    });
    return { count: this.#count, sumMicros: Math.round(this.#sum), buckets };
  }
}

/** The bucket of a value in microseconds. */
export function bucketOf(micros: number): number {
  const value = Math.max(0, Math.floor(micros));
  if (value < SUB) return value;
  const exponent = Math.floor(Math.log2(value));
  if (exponent >= 36) return BUCKETS - 1;
  return (exponent - SUB_BITS + 1) * SUB + (Math.floor(value / 2 ** (exponent - SUB_BITS)) - SUB);
}

/** The first value in microseconds that no longer falls into this bucket. */
export function bucketEnd(index: number): number {
  if (index < SUB) return index + 1;
  const exponent = Math.floor(index / SUB) + SUB_BITS - 1;
  return (SUB + (index % SUB) + 1) * 2 ** (exponent - SUB_BITS);
}

/** A percentile in milliseconds (`share` 0.99 is p99), rounded up to its bucket's end; null where nothing was counted. */
export function percentileMs(histogram: HistogramCounts, share: number): number | null {
  if (histogram.count === 0) return null;
  const rank = Math.max(1, Math.ceil(histogram.count * share));
  let seen = 0;
  for (const [index, count] of histogram.buckets) {
    seen += count;
    if (seen >= rank) return bucketEnd(index) / 1000;
  }
  return null;
}

/** What was counted between two readings of the same balancer. */
export function since(earlier: HistogramCounts, later: HistogramCounts): HistogramCounts {
  const before = new Map(earlier.buckets);
  return {
    count: later.count - earlier.count,
    sumMicros: later.sumMicros - earlier.sumMicros,
    buckets: later.buckets
      .map(([index, count]): [number, number] => [index, count - (before.get(index) ?? 0)])
      .filter(([, count]) => count > 0),
  };
}
