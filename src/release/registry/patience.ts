import type { Refusal } from '../../refusal.ts';

/** Failed, and may well succeed the next time. What it comes to when it does not is the refusal. */
export class Transient extends Error {
  override readonly name = 'Transient';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** Before the second, third and fourth try. Milliseconds. */
const pauses = [250, 1000, 3000];

/** Tries again what fails for a moment: four times in all. Rejects with the last one's refusal. */
export async function persevere<Result>(
  act: () => Promise<Result>,
  pause: (milliseconds: number) => Promise<void>,
): Promise<Result> {
  for (const milliseconds of pauses) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      await pause(milliseconds);
    }
  }
  return act().catch((error: unknown) => {
    throw error instanceof Transient ? error.refusal : error;
  });
}
