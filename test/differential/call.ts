import type { Party } from './party.ts';

/** One call of a sequence, which both parties get, each with its own names of what it made before. */
export interface Call {
  readonly operation: string;
  /** For the report of a difference. */
  readonly said: unknown;
  readonly answer: (party: Party) => Promise<unknown>;
}

export function call<Answer extends object>(
  operation: string,
  said: unknown,
  ask: (party: Party) => Promise<Answer>,
  makes: Readonly<Record<string, (answer: Answer) => string | undefined>> = {},
): Call {
  return {
    operation,
    said,
    async answer(party) {
      let answer: Answer;
      try {
        answer = await ask(party);
      } catch (error) {
        if (error instanceof NotMade) return { notMade: error.message };
        // Not an answer of the API, but none at all, or one that cannot be read.
        if (!(error instanceof Error && '$fault' in error)) return { unanswered: String(error) };
        return { error: error.name };
      }
      for (const [name, of] of Object.entries(makes)) {
        const identifier = of(answer);
        if (identifier !== undefined) party.made.set(name, identifier);
      }
      return Object.fromEntries(Object.entries(answer).filter(([key]) => key !== '$metadata'));
    },
  };
}

class NotMade extends Error {}

/** The ARN or id of what an earlier call made. Where there was no such call there is nothing to ask either party. */
export function made(party: Party, name: string): string {
  const identifier = party.made.get(name);
  if (identifier === undefined) throw new NotMade(name);
  return identifier;
}
