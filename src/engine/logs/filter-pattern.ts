import { parseJsonPattern } from './json-pattern.ts';
import type { Matches } from './json-pattern.ts';
import { invalid } from './names.ts';
import { regularExpression } from './regular-expression.ts';

/**
 * The common part of CloudWatch Logs' filter patterns: terms and "quoted phrases" that must all be there, `-term` that must not,
 * `?term` of which any will do, `%regular expression%`, and conditions on JSON in braces. Case counts. Patterns in brackets, for
 * messages of columns, are refused.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function parsePattern(pattern: string): Matches {
  const text = pattern.trim();
  if (text.startsWith('{')) return parseJsonPattern(text);
  if (text.startsWith('['))
    throw invalid('Invalid filter pattern: this engine does not have space-delimited patterns.');
  return termsPattern(text);
}

interface Term {
  readonly sign: '' | '-' | '?';
  readonly matches: Matches;
}

function termsPattern(text: string): Matches {
  const terms = [...text.matchAll(TERM)].map(([whole, sign = '', phrase, expression, word]) =>
    termOf(whole, sign, phrase, expression, word),
  );
  const of = (sign: Term['sign']) => terms.filter((term) => term.sign === sign);
  const [required, excluded, optional] = [of(''), of('-'), of('?')];
  // Beside other terms, optional ones are passed over.
  const any = required.length + excluded.length > 0 ? [] : optional;
  return (message) =>
    required.every((term) => term.matches(message)) &&
    !excluded.some((term) => term.matches(message)) &&
    (any.length === 0 || any.some((term) => term.matches(message)));
}

/** A sign, then a quoted phrase, an expression or a word. */
const TERM = /([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|(\S+))/g;

function termOf(
  whole: string,
  sign: string,
  phrase: string | undefined,
  expression: string | undefined,
  word: string | undefined,
): Term {
  const kind = sign === '-' || sign === '?' ? sign : '';
  if (expression !== undefined) {
    const regular = regularExpression(expression);
    return { sign: kind, matches: (message) => regular.test(message) };
  }
  const wanted = phrase?.replaceAll(/\\(.)/g, '$1') ?? word ?? '';
  if (phrase === undefined && wanted.includes('"')) throw invalid(`Invalid filter pattern: ${whole}`);
  return { sign: kind, matches: (message) => message.includes(wanted) };
}
