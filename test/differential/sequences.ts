import fc from 'fast-check';
import { freePort } from '../ports.ts';
import type { Call } from './call.ts';
import { Comparison, type Difference } from './comparison.ts';
import { known, type Known } from './differences.ts';
import type { Party } from './party.ts';

/**
 * The calls that a sequence begins with, and those that it may go on with. `prefix` is in every name that it gives; the ports
 * are free on this machine, where the engine's listeners are real ones.
 */
export type Calls = (
  prefix: string,
  ports: readonly [number, number, number],
) => { readonly first: readonly Call[]; readonly any: fc.Arbitrary<Call> };

export interface Outcome {
  /** Those that no entry of `differences.ts` explains, each once, with the call that showed it first. */
  readonly unexplained: readonly (Difference & { readonly said: unknown })[];
  /** How many answers were compared, and how many of them were errors: that something was compared at all. */
  readonly answers: number;
  readonly errors: number;
  /** What broke moto itself, which ends a sequence. */
  readonly unanswered: readonly string[];
}

/** The same sequences in every run; `PROPERTY_SEED=…` draws others. */
const seed = Number(process.env['PROPERTY_SEED'] ?? 1);

/** Asks both the same, sequence after sequence. */
export async function compareAll(
  calls: Calls,
  engine: Party,
  moto: Party,
  size: { readonly sequences: number; readonly length: number },
): Promise<Outcome> {
  const found = new Map<string, Difference & { readonly said: unknown }>();
  const unanswered: string[] = [];
  let answers = 0;
  let errors = 0;
  for (let run = 0; run < size.sequences; run += 1) {
    const { first, any } = calls(`s${run}-`, [await freePort(), await freePort(), await freePort()]);
    const [rest = []] = fc.sample(fc.array(any, { minLength: size.length, maxLength: size.length }), {
      seed: 1000 * seed + run,
      numRuns: 1,
    });
    const comparison = new Comparison();
    for (const { operation, said, answer } of [...first, ...rest]) {
      const [ours, theirs] = await Promise.all([answer(engine), answer(moto)]);
      if (has(ours, 'unanswered')) throw new Error(`the engine: ${operation} ${JSON.stringify(ours)}`);
      if (has(theirs, 'unanswered')) {
        unanswered.push(operation);
        break;
      }
      answers += 1;
      if (has(ours, 'error')) errors += 1;
      for (const difference of comparison.differences(operation, ours, theirs))
        if (!known.some((entry) => explains(entry, difference)))
          found.set(identity(difference), found.get(identity(difference)) ?? { ...difference, said });
      // One has made something that the other has not: what follows would tell of that again and again.
      if (has(ours, 'error') !== has(theirs, 'error')) break;
    }
  }
  return { unexplained: [...found.values()], answers, errors, unanswered };
}

const identity = (difference: Difference): string => `${difference.operation} ${difference.path}`;

function explains(entry: Known, difference: Difference): boolean {
  return (
    entry.operations.includes(difference.operation) &&
    entry.paths.includes(difference.path) &&
    entry.engine.test(difference.engine) &&
    entry.moto.test(difference.moto)
  );
}

const has = (answer: unknown, key: string): boolean =>
  typeof answer === 'object' && answer !== null && key in answer;
