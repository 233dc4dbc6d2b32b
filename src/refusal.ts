/**
 * What a user can mend. Anything else that is thrown is a bug of ours and is shown as one.
 * A refusal always means: nothing was changed by the step that refused.
 */
export interface Problem {
  /** Stable, kebab-case, for scripts and searches: `unknown-environment`. */
  readonly code: string;
  /** One sentence: what is wrong. */
  readonly what: string;
  /** Where: a file with line, a path in the description (`services.api.port`), an address. */
  readonly where?: string;
  /** Why it matters or how it came about, with what was found and what was expected. */
  readonly why?: string;
  /** What to do next, as a command or an edit. */
  readonly next: string;
}

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(problems: Problem | readonly [Problem, ...Problem[]], options?: { cause?: unknown }) {
    const list: readonly [Problem, ...Problem[]] = isList(problems) ? problems : [problems];
    super(list.map((problem) => problem.what).join('\n'), options);
    this.problems = list;
  }
}

function isList(
  value: Problem | readonly [Problem, ...Problem[]],
): value is readonly [Problem, ...Problem[]] {
  return Array.isArray(value);
}
