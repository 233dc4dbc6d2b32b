import type * as z from 'zod';
import type { Problem } from '../refusal.ts';
import { nearest } from './nearest.ts';
import { isPlainObject, type Path, renderPath, valueAt } from './path.ts';
import { KNOWN_KEYS } from './schema/object.ts';

/** A problem whose place is still a path of keys, so that it can be moved to where the user said it. */
export interface Found extends Omit<Problem, 'where'> {
  readonly path: Path;
  /** Of an unknown key: the one that it was probably meant to be. */
  readonly meant?: string;
}

type Issue = z.core.$ZodIssue;

/** Turns what the schema refuses into problems: what was found, what was expected, the likely fix. */
export function problemsOf(issues: readonly Issue[], input: unknown): readonly Found[] {
  const found = issues.flatMap((issue) => read(issue, [], input));
  const misspelt = new Set(found.flatMap(({ meant }) => (meant === undefined ? [] : [renderPath(meant)])));
  return found
    .filter(({ problem }) => problem.code !== 'missing-key' || !misspelt.has(renderPath(problem.path)))
    .map(({ problem }) => problem);
}

interface Reading {
  readonly problem: Found;
  /** The key that an unknown key was probably meant to be: it is not missing as well. */
  readonly meant?: Path;
}

function read(issue: Issue, prefix: Path, input: unknown): readonly Reading[] {
  const path = [...prefix, ...issue.path.map(part)];
  const value = valueAt(input, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], knownKeys(issue.message)));
    case 'invalid_union':
      return readUnion(issue, path, input);
    case 'invalid_key':
      return [{ problem: wrongKey(path, issue.issues[0]) }];
    case 'invalid_type':
      return [{ problem: wrong(path, value, custom(issue.message) ?? typeName(issue.expected)) }];
    case 'invalid_value':
      return [{ problem: oneOf(path, value, issue.values) }];
    case 'too_small':
      return [{ problem: wrong(path, value, bound(issue.origin, 'at least', issue.minimum)) }];
    case 'too_big':
      return [{ problem: wrong(path, value, bound(issue.origin, 'at most', issue.maximum)) }];
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'custom':
      return [{ problem: wrong(path, value, issue.message) }];
    default:
      return issue satisfies never;
  }
}

function part(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}

function knownKeys(message: string): readonly string[] {
  return message.startsWith(KNOWN_KEYS) ? message.slice(KNOWN_KEYS.length).split(' ') : [];
}

/** Zod's own message says less than we know; ours says what was expected. */
function custom(message: string): string | null {
  return message.startsWith('Invalid ') ? null : message;
}

function unknownKey(path: Path, known: readonly string[]): Reading {
  const key = String(path.at(-1));
  const owner = renderPath(path.slice(0, -1));
  const likely = nearest(key, known);
  const problem: Found = {
    code: 'unknown-key',
    path,
    what: `${owner === '' ? 'An app' : `\`${owner}\``} has no key \`${key}\`.`,
    ...(known.length > 0 && { why: `Expected one of ${known.map((name) => `\`${name}\``).join(', ')}.` }),
    next:
      likely === null
        ? `Remove \`${key}\`, or see docs/reference.md for what there is.`
        : `Did you mean \`${likely}\`?`,
    ...(likely !== null && { meant: likely }),
  };
  return likely === null ? { problem } : { problem, meant: [...path.slice(0, -1), likely] };
}

function wrongKey(path: Path, inner: Issue | undefined): Found {
  const key = String(path.at(-1));
  const owner = renderPath(path.slice(0, -1));
  const expected = inner === undefined ? 'another name' : (custom(inner.message) ?? 'another name');
  const likely = inner?.code === 'invalid_value' ? nearest(key, inner.values.map(String)) : null;
  return {
    code: 'wrong-name',
    path,
    what: `\`${key}\` cannot stand in ${owner === '' ? 'the description' : `\`${owner}\``}.`,
    why: `Expected ${expected}.`,
    next: likely === null ? 'Rename it.' : `Did you mean \`${likely}\`?`,
  };
}

function readUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, input: unknown): readonly Reading[] {
  const value = valueAt(input, path);
  if ('options' in issue && Array.isArray(issue.options))
    return [{ problem: oneOf(path, value, issue.options) }];
  const expected = custom(issue.message) ?? 'something else';
  if (typeof value !== 'object' || value === null) {
    const words = issue.errors
      .flat()
      .flatMap((error) => (error.code === 'invalid_value' ? error.values : []));
    return [{ problem: likelyOneOf(wrong(path, value, expected), value, words) }];
  }
  const fitting = issue.errors
    .filter((errors) => !errors.some((error) => error.path.length === 0 && error.code === 'invalid_type'))
    .map((errors) => errors.flatMap((error) => read(error, path, input)))
    .map((readings) => ({ readings, cost: readings.reduce((sum, reading) => sum + costOf(reading), 0) }))
    .sort((one, other) => one.cost - other.cost);
  const best = fitting[0];
  const keys = isPlainObject(value) ? Object.keys(value).length : 0;
  const nothingFits = best === undefined || (keys > 0 && best.cost > keys * 3);
  return nothingFits || (isPlainObject(value) && keys === 0)
    ? [{ problem: wrong(path, value, expected) }]
    : best.readings;
}

/** Which alternative was meant: a key that is nearly right speaks for it, a foreign one against. */
function costOf({ problem, meant }: Reading): number {
  if (problem.code === 'unknown-key') return meant === undefined ? 3 : 1;
  return 1;
}

function oneOf(path: Path, value: unknown, options: readonly unknown[]): Found {
  const expected = options.map((option) => JSON.stringify(option)).join(', ');
  const problem = wrong(path, value, options.length === 1 ? expected : `one of ${expected}`);
  return likelyOneOf(problem, value, options);
}

function likelyOneOf(problem: Found, value: unknown, options: readonly unknown[]): Found {
  const likely = typeof value === 'string' ? nearest(value, options.map(String)) : null;
  return likely === null || problem.code === 'missing-key'
    ? problem
    : { ...problem, code: 'unknown-value', next: `Did you mean ${JSON.stringify(likely)}?` };
}

function wrong(path: Path, value: unknown, expected: string): Found {
  const key = String(path.at(-1) ?? '');
  const owner = renderPath(path.slice(0, -1));
  if (value === undefined) {
    return {
      code: 'missing-key',
      path,
      what:
        path.length === 0
          ? 'There is no description.'
          : `${owner === '' ? 'The app' : `\`${owner}\``} says nothing for \`${key}\`.`,
      why: `Expected ${expected}.`,
      next: path.length === 0 ? 'Export one: export default defineApp({ … }).' : `Add \`${key}\`.`,
    };
  }
  return {
    code: 'wrong-value',
    path,
    what: `Found ${show(value, path)}.`,
    why: `Expected ${expected}.`,
    next: mend(value, path, expected),
  };
}

function mend(value: unknown, path: Path, expected: string): string {
  if (value === null) return 'Leave it out: `null` only removes, in an environment, what the app says.';
  if (path.length === 0) return 'Export one: export default defineApp({ … }).';
  if (typeof value === 'string' && !isPrivate(path)) {
    if (expected.endsWith('number') && /^\d+(\.\d+)?$/.test(value)) return `Write ${value}, without quotes.`;
    if (expected === 'a list') return `Write [${JSON.stringify(value)}].`;
    if (expected.includes('needs no shell')) return `Write ["sh", "-c", ${JSON.stringify(value)}].`;
  }
  if (typeof value === 'number' && expected === 'a string' && !isPrivate(path))
    return `Write "${value}", in quotes.`;
  return `Correct \`${String(path.at(-1))}\`; docs/reference.md says what it may be.`;
}

const PRIVATE: ReadonlySet<string> = new Set(['variables', 'body', 'headers', 'values', 'json']);

/** What stands here may be secret, even if it should not: it is not repeated. */
function isPrivate(path: Path): boolean {
  return path.some((key) => typeof key === 'string' && PRIVATE.has(key));
}

function show(value: unknown, path: Path): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'undefined')
    return `a ${typeof value}`;
  if (isPrivate(path)) return `a ${typeof value}`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}

function typeName(expected: string): string {
  switch (expected) {
    case 'int':
      return 'a whole number';
    case 'object':
    case 'record':
      return 'an object';
    case 'array':
    case 'tuple':
      return 'a list';
    case 'string':
      return 'a string';
    case 'boolean':
      return 'true or false';
    default:
      return `a ${expected}`;
  }
}

function bound(origin: string, word: string, limit: number | bigint): string {
  switch (origin) {
    case 'string':
      return limit === 1 ? 'a text that is not empty' : `${word} ${limit} characters`;
    case 'array':
      return `${word} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
    default:
      return `${word} ${limit}`;
  }
}
