import type * as z from 'zod';
import { isPlainObject, type Path, renderPath, startsWith, valueAt } from './path.ts';
import { type Found, problemsOf } from './problems.ts';

export interface Salvaged<Output> {
  readonly data: Output;
  /** What was left out because the schema refused it. */
  readonly lost: readonly Path[];
}

/**
 * What is sound of a value that the schema refused: without what it complained of, and as long as it complains without
 * what that stands in. So one typing mistake does not hide all that the rules would find elsewhere.
 */
export function salvage<Output>(
  schema: z.ZodType<Output>,
  input: unknown,
  problems: readonly Found[],
): Salvaged<Output> | null {
  let lost: readonly Path[] = problems.map(({ path }) => path);
  for (;;) {
    const rest = lost.reduce((value: unknown, path) => without(value, path), input);
    const parsed = schema.safeParse(rest);
    if (parsed.success) return { data: parsed.data, lost };
    const above = problemsOf(parsed.error.issues, rest).map(({ path }) => path.slice(0, -1));
    // What nothing stands in cannot be left out.
    if (above.some((path) => path.length === 0)) return null;
    lost = [...lost, ...above];
  }
}

function without(value: unknown, path: Path): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return undefined;
  if (Array.isArray(value))
    return value.map((entry, index) => (index === first ? without(entry, rest) : entry));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) => {
      if (key !== String(first)) return [[key, entry]];
      return rest.length === 0 ? [] : [[key, without(entry, rest)]];
    }),
  );
}

/** Whether a rule's finding stands although something was left out, or may be only a consequence of that. */
export function stands({ path, code }: Found, lost: readonly Path[], input: unknown): boolean {
  if (lost.length === 0) return true;
  const overlaps = lost.some((gone) => startsWith(path, gone) || startsWith(gone, path));
  const named = valueAt(input, path);
  const names = new Set(lost.map((gone) => String(gone[1])));
  if (overlaps || (typeof named === 'string' && names.has(named)) || names.has(String(path.at(-1))))
    return false;
  if (code === 'secret-written-down' || (code.startsWith('unknown-') && code !== 'unknown-kept-value'))
    return true;
  if (code === 'variable-without-value' && lost.some(([first]) => first === 'variables')) return false;
  const entry = renderPath(path.slice(0, 2));
  const shared = code === 'route-taken-twice' || code === 'no-service' ? 1 : 2;
  return !lost.some((gone) => (shared === 1 ? gone[0] === path[0] : renderPath(gone.slice(0, 2)) === entry));
}
