import { createHistogram } from 'node:perf_hooks';
import type { Result } from './load.ts';
import type { Figures } from './words.ts';

/** Counts results and keeps their latencies in a histogram of Node's own, to a thousandth of their value. */
export class Tally {
  requests = 0;
  failed = 0;
  readonly #latencies = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  #versions: Record<string, number> = {};

  add(result: Result): void {
    this.requests += 1;
    if (result.failed) this.failed += 1;
    if (result.version !== null) this.#versions[result.version] = (this.#versions[result.version] ?? 0) + 1;
    // Microseconds: the histogram holds whole numbers.
    this.#latencies.record(Math.min(3_600_000_000, Math.max(1, Math.round(result.milliseconds * 1_000))));
  }

  versions(): Readonly<Record<string, number>> {
    return this.#versions;
  }

  figures(): Figures {
    // The histogram rounds ranks; of few latencies that would leave out the slowest. Ranks are rounded up here.
    const at = (percentile: number): number | null => {
      if (this.requests === 0) return null;
      const rank = Math.ceil((percentile / 100) * this.requests);
      return Math.round(this.#latencies.percentile((100 * rank) / this.requests)) / 1_000;
    };
    return {
      requests: this.requests,
      failed: this.failed,
      p50: at(50),
      p95: at(95),
      p99: at(99),
      max: at(100),
    };
  }

  reset(): void {
    this.requests = 0;
    this.failed = 0;
    this.#versions = {};
    this.#latencies.reset();
  }
}
