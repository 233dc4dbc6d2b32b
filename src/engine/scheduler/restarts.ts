/** Keeps a crash loop from eating the machine: every failure of a revision doubles the wait before its next start. */
export class Restarts {
  readonly #delayMs: number;
  readonly #maxMs: number;
  readonly #failures = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(delayMs: number, maxMs: number) {
    this.#delayMs = delayMs;
    this.#maxMs = maxMs;
  }

  /** `ranMs`: how long the task had run. One that ran longer than the longest wait begins anew. */
  failed(revision: string, ranMs: number, now: number): void {
    const before = this.#failures.get(revision);
    const count = ranMs > this.#maxMs ? 1 : (before?.count ?? 0) + 1;
    this.#failures.set(revision, { count, at: now });
  }

  /** When the next task of the revision may start. */
  startAfter(revision: string): number {
    const failure = this.#failures.get(revision);
    if (failure === undefined) return 0;
    return failure.at + Math.min(this.#maxMs, this.#delayMs * 2 ** (failure.count - 1));
  }

  forget(revision: string): void {
    this.#failures.delete(revision);
  }
}
