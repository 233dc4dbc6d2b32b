import type { Environment } from '../app/environment.ts';
import { Refusal } from '../refusal.ts';

/** What the description asks of this environment and no code acts on yet is refused, never ignored. */
export function assertActedOn({ name, notYet }: Environment): void {
  const problems = notYet.map(({ path, what }) => ({
    code: 'not-yet',
    what: `not yet: ${what}`,
    where: path,
    next: `leave it out of ${name} for now`,
  }));
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
}
