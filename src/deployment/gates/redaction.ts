import { literally, patternsOf } from './encodings.ts';

/** Replaces every secret in a text by `***`. */
export type Strike = (text: string) => string;

/** A shorter secret would strike half of every text; it is struck only where it stands alone. */
const shortest = 4;
/** The beginning of a secret is struck at the end of a text when it is longer than this. */
const telling = 5;

/**
 * Secrets in every form in which they may be written (encodings.ts). The longest is struck first, so that no secret
 * leaves the rest of a longer one behind.
 */
export function striker(secrets: Iterable<string>): Strike {
  const longestFirst = [...new Set(secrets)].sort((a, b) => b.length - a.length);
  const long = longestFirst.filter((secret) => secret.length >= shortest);
  const short = longestFirst.filter((secret) => secret.length < shortest && secret.trim() !== '');
  const alone = short.map((secret) => `(?<![\\w.])${literally(secret)}(?![\\w.])`);
  const patterns = new Set([...long.flatMap(patternsOf), ...alone]);
  if (patterns.size === 0) return (text) => text;
  const pattern = new RegExp([...patterns].join('|'), 'g');
  return (text) => withoutBeginning(text.replaceAll(pattern, '***'), long);
}

/** An answer that breaks off may break off in the middle of a secret. */
function withoutBeginning(text: string, secrets: readonly string[]): string {
  let hidden = 0;
  for (const secret of secrets)
    for (
      let length = Math.min(secret.length, text.length + 1) - 1;
      length > Math.max(hidden, telling);
      length -= 1
    )
      if (text.endsWith(secret.slice(0, length))) hidden = length;
  return hidden === 0 ? text : `${text.slice(0, -hidden)}***`;
}

const secretName =
  /pass(word|wd|phrase)?$|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authorization|cookie|credential|session|jwt|bearer|signature/i;

/** Whether the name of a field, a header or a variable says that its value is secret. */
export const namesSecret = (name: string): boolean => secretName.test(name);

/** The values in a JSON value whose names say that they are secret, at any depth, as far as `counts` agrees. */
export function secretsIn(
  value: unknown,
  counts: (text: string) => boolean = always,
  named = false,
): readonly string[] {
  if (typeof value === 'string') return named && counts(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    secretsIn(inner, counts, Array.isArray(value) ? named : namesSecret(key)),
  );
}

const always = (): boolean => true;

/** `secretStore: "connected"` is no secret, `token: "f3a9…"` is: what an app answers is judged by its look as well. */
export const looksSecret = (text: string): boolean =>
  text.length >= 20 || (text.length >= 8 && /\d/.test(text));

/** Secrets nobody named but which show by their shape: a password in an address, a signed token. */
export const strikeByShape: Strike = (text) =>
  text
    .replaceAll(/(?<=\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/@]+(?=@)/gi, '***')
    .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '***');

/** What an app or a command said, line by line, cleared of secrets. */
export function strikeLines(lines: readonly string[], secrets: Iterable<string>): readonly string[] {
  const known = striker(secrets);
  return lines.map((line) => strikeByShape(known(line)));
}

/** One text, cleared of secrets. Whoever clears many makes a `striker` once. */
export const strike = (text: string, secrets: Iterable<string>): string =>
  strikeByShape(striker(secrets)(text));
