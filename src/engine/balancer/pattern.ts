export type Matcher = (text: string) => boolean;

type Part =
  | { readonly kind: 'literal'; readonly char: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'any' };

/**
 * An ALB pattern: `*` is any text (also none), `?` any one character, `\*` `\?` `\\` themselves.
 * Matching takes time linear in the text for each `*`, whatever the pattern.
 */
export function compilePattern(pattern: string, { ignoreCase }: { ignoreCase: boolean }): Matcher {
  const parts = partsOf(ignoreCase ? pattern.toLowerCase() : pattern);
  const fold = ignoreCase ? (text: string) => text.toLowerCase() : (text: string) => text;
  const literal = parts.map((part) => (part.kind === 'literal' ? part.char : '')).join('');
  const wild = parts.filter((part) => part.kind !== 'literal');
  if (wild.length === 0) return (text) => fold(text) === literal;
  if (wild.length === 1 && parts.at(-1)?.kind === 'any') return (text) => fold(text).startsWith(literal);
  return (text) => matches(parts, fold(text));
}

export function anyOf(patterns: readonly string[], options: { ignoreCase: boolean }): Matcher {
  const matchers = patterns.map((pattern) => compilePattern(pattern, options));
  return (text) => matchers.some((matcher) => matcher(text));
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (char === '*') {
      if (parts.at(-1)?.kind !== 'any') parts.push({ kind: 'any' });
    } else if (char === '?') parts.push({ kind: 'one' });
    else if (char === '\\' && at + 1 < pattern.length)
      parts.push({ kind: 'literal', char: pattern.charAt(++at) });
    else parts.push({ kind: 'literal', char });
  }
  return parts;
}

/** Greedy with one step back to the latest `*`, which is enough: an earlier one could take nothing that it cannot. */
function matches(parts: readonly Part[], text: string): boolean {
  let part = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = parts[part];
    if (current?.kind === 'any') {
      star = part++;
      starAt = at;
    } else if (current !== undefined && (current.kind === 'one' || current.char === text.charAt(at))) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (parts[part]?.kind === 'any') part++;
  return part === parts.length;
}
