import type { Result } from './load.ts';
import { Tally } from './tally.ts';
import type { TrafficFailure, TrafficSample, TrafficSecond, TrafficSummary } from './words.ts';

const failuresKept = 20;

/** Everything a client has seen, for its samples and its summary. Times are those of `performance.now()`. */
export class TrafficRecord {
  readonly #start: number;
  readonly #epoch: number;
  readonly #all = new Tally();
  readonly #sample = new Tally();
  readonly #second = new Tally();
  readonly #phases = new Map<string, Tally>();
  readonly #failures: TrafficFailure[] = [];
  readonly #perVersion: Record<string, { requests: number; failed: number }> = {};
  readonly #perSecond: TrafficSecond[] = [];
  readonly #changes: { readonly from: number; readonly phase: string | null }[] = [];
  #sampledAt: number;

  /** `epoch`: milliseconds since the epoch at zero of the other times. */
  constructor(start: number, epoch: number) {
    this.#start = start;
    this.#epoch = epoch;
    this.#sampledAt = start;
  }

  enter(phase: string | null, now: number): void {
    this.#changes.push({ from: now, phase });
  }

  add(result: Result, now: number): void {
    this.#closeSeconds(now);
    this.#all.add(result);
    this.#sample.add(result);
    this.#second.add(result);
    this.#phaseAt(result.due)?.add(result);
    if (result.version !== null) {
      const counts = (this.#perVersion[result.version] ??= { requests: 0, failed: 0 });
      counts.requests += 1;
      if (result.failed) counts.failed += 1;
    }
    if (result.failed && this.#failures.length < failuresKept) this.#failures.push(this.#failure(result));
  }

  sample(now: number): TrafficSample {
    const seconds = (now - this.#sampledAt) / 1_000;
    const figures = this.#sample.figures();
    const rps = seconds > 0 ? Math.round((figures.requests / seconds) * 10) / 10 : 0;
    const sample = { at: Math.round(this.#epoch + now), ...figures, rps, versions: this.#sample.versions() };
    this.#sample.reset();
    this.#sampledAt = now;
    return sample;
  }

  summary(now: number, missed: number): TrafficSummary {
    const second = this.#secondOf(now);
    this.#closeSeconds(now);
    if (this.#second.requests > 0) this.#perSecond.push(this.#closed(second));
    return {
      seconds: Math.round(now - this.#start) / 1_000,
      missed,
      ...this.#all.figures(),
      failures: this.#failures,
      perVersion: this.#perVersion,
      perSecond: this.#perSecond,
      phases: Object.fromEntries([...this.#phases].map(([name, tally]) => [name, tally.figures()])),
    };
  }

  #secondOf(now: number): number {
    return Math.floor((now - this.#start) / 1_000);
  }

  #closeSeconds(now: number): void {
    while (this.#perSecond.length < this.#secondOf(now))
      this.#perSecond.push(this.#closed(this.#perSecond.length));
  }

  #closed(second: number): TrafficSecond {
    const closed = { second, ...this.#second.figures(), versions: this.#second.versions() };
    this.#second.reset();
    return closed;
  }

  #phaseAt(due: number): Tally | undefined {
    const phase = this.#changes.findLast(({ from }) => from <= due)?.phase ?? null;
    if (phase === null) return undefined;
    const tally = this.#phases.get(phase) ?? new Tally();
    this.#phases.set(phase, tally);
    return tally;
  }

  #failure({ request, due, status, error, version, reused }: Result): TrafficFailure {
    const connection = reused ? 'reused' : 'new';
    const at = Math.round(this.#epoch + due);
    return { at, request: `${request.method} ${request.path}`, status, error, version, connection };
  }
}
