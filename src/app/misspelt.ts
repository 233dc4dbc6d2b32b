import { isPlainObject, type Path, renderPath, startsWith, valueAt } from './path.ts';
import type { Found } from './problems.ts';

/** A key that is not known, and the known one that was probably meant. */
type Misspelt = Found & { readonly meant: string };

/** Those that can be read as what was meant: it is not said beside them, and meant by one of them only. */
export function misspeltKeys(found: readonly Found[], input: unknown): readonly Misspelt[] {
  const taken = new Set<string>();
  return found.filter((problem): problem is Misspelt => {
    const meant = meantPath(problem);
    if (meant === null || valueAt(input, meant) !== undefined || taken.has(renderPath(meant))) return false;
    taken.add(renderPath(meant));
    return valueAt(input, problem.path) !== undefined;
  });
}

/** The input with each of these keys in place of the misspelt one. */
export function readAsMeant(misspelt: readonly Misspelt[], input: unknown): unknown {
  return misspelt.reduce((value: unknown, { path, meant }) => renamed(value, path, meant), input);
}

/** A path in what `readAsMeant` gave, as the user wrote it. */
export function asWritten(path: Path, misspelt: readonly Misspelt[]): Path {
  for (const one of misspelt) {
    const meant = meantPath(one);
    if (meant !== null && startsWith(path, meant)) return [...one.path, ...path.slice(meant.length)];
  }
  return path;
}

function meantPath({ path, meant }: Found): Path | null {
  return meant === undefined ? null : [...path.slice(0, -1), meant];
}

function renamed(value: unknown, [first, ...rest]: Path, meant: string): unknown {
  if (Array.isArray(value))
    return value.map((entry: unknown, index) => (index === first ? renamed(entry, rest, meant) : entry));
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).map(([key, entry]): [string, unknown] => {
    if (key !== String(first)) return [key, entry];
    return rest.length === 0 ? [meant, entry] : [key, renamed(entry, rest, meant)];
  });
  return Object.fromEntries(entries);
}
