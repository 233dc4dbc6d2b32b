export type SplitCommand =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly why: string };

const SHELL_ONLY = /[&|;<>$`]/;

/** Splits at white space outside quotes, as a shell would, and refuses what only a shell could do. */
export function splitCommand(text: string): SplitCommand {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (const character of text) {
    if (quote !== null) {
      if (character === quote) quote = null;
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (SHELL_ONLY.test(character)) {
      return {
        ok: false,
        why: `a command that needs no shell: "${character}" means something to a shell only`,
      };
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== null) return { ok: false, why: `a command whose quotes are closed: ${quote} is not` };
  if (word !== null) words.push(word);
  return words.length > 0 ? { ok: true, words } : { ok: false, why: 'a command that is not empty' };
}
