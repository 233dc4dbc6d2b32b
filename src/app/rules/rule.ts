import type { AppEnvironment } from '../app.ts';
import { nearest } from '../nearest.ts';
import type { Path } from '../path.ts';
import type { Found } from '../problems.ts';

/** What the schema cannot say: whether the parts agree with each other, in one environment. Paths are those of settings. */
export type EnvironmentRule = (environment: AppEnvironment) => readonly Found[];

/** A name that must be one of those that exist. */
export function mustExist(
  what: string,
  name: string,
  existing: readonly string[],
  path: Path,
): readonly Found[] {
  if (existing.includes(name)) return [];
  const likely = nearest(name, existing);
  return [
    {
      code: `unknown-${what}`,
      path,
      what: `There is no ${what} \`${name}\`.`,
      why: existing.length === 0 ? `The app has no ${what}.` : `Expected one of ${list(existing)}.`,
      next:
        likely === null
          ? `Describe the ${what} \`${name}\`, or name one that exists.`
          : `Did you mean \`${likely}\`?`,
    },
  ];
}

export function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
