export interface Weighted<T> {
  readonly value: T;
  readonly weight: number;
}

/**
 * Smooth weighted round robin: over any run of as many picks as the weights sum to, each value comes up exactly as often
 * as its weight says, spread evenly, and a value of weight 0 never.
 */
export class WeightedChoice<T> {
  readonly #entries: { readonly value: T; readonly weight: number; current: number }[];
  readonly #total: number;

  constructor(values: readonly Weighted<T>[]) {
    this.#entries = values
      .filter(({ weight }) => weight > 0)
      .map(({ value, weight }) => ({ value, weight, current: 0 }));
    this.#total = this.#entries.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** Null where every weight is 0. */
  pick(): T | null {
    const [first] = this.#entries;
    if (first === undefined) return null;
    if (this.#entries.length === 1) return first.value;
    let best = first;
    for (const entry of this.#entries) {
      entry.current += entry.weight;
      if (entry.current > best.current) best = entry;
    }
    best.current -= this.#total;
    return best.value;
  }
}
