import type { Expectation } from '../../app/environment.ts';
import { parseJson, valueAt } from './jsonPath.ts';

/** A complete HTTP answer. Header names are in lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One part of an expectation that does not hold. */
export interface Mismatch {
  /** `database "connected"` */
  readonly expected: string;
  /** `database "disconnected"` */
  readonly found: string;
  /** `database is "disconnected" instead of "connected"` */
  readonly sentence: string;
}

/** What of an answer is not as expected, status first; empty when all is. */
export function mismatches(expectation: Expectation, answer: Answer): readonly Mismatch[] {
  return [
    ...statusMismatch(expectation.status, answer.status),
    ...headerMismatches(expectation.headers, answer.headers),
    ...bodyMismatch(expectation.contains, answer.body),
    ...jsonMismatches(expectation.json, answer.body),
  ];
}

/** No status named means any success. */
function statusMismatch(expected: readonly number[], status: number): readonly Mismatch[] {
  const holds = expected.length > 0 ? expected.includes(status) : status >= 200 && status < 300;
  if (holds) return [];
  const wanted = expected.length > 0 ? expected.join(' or ') : '200 to 299';
  return [
    {
      expected: `status ${wanted}`,
      found: `status ${status}`,
      sentence: `status ${status} instead of ${wanted}`,
    },
  ];
}

function headerMismatches(
  expected: Expectation['headers'],
  headers: Readonly<Record<string, string>>,
): readonly Mismatch[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const value = headers[name.toLowerCase()];
    if (value !== undefined && sameHeader(value, wanted)) return [];
    return [differs(`header ${name}`, wanted, value === undefined ? absent : { found: true, value })];
  });
}

/** `application/json` also stands for `application/json; charset=utf-8`: parameters count only where they are named. */
function sameHeader(value: string, wanted: string): boolean {
  return value === wanted || (!wanted.includes(';') && value.split(';')[0]?.trim() === wanted);
}

function bodyMismatch(wanted: string | null, body: string): readonly Mismatch[] {
  if (wanted === null || body.includes(wanted)) return [];
  const text = JSON.stringify(wanted);
  return [
    {
      expected: `a body with ${text}`,
      found: `a body without ${text}`,
      sentence: `the body does not contain ${text}`,
    },
  ];
}

function jsonMismatches(expected: Expectation['json'], body: string): readonly Mismatch[] {
  const entries = Object.entries(expected);
  if (entries.length === 0) return [];
  const json = parseJson(body);
  if (!json.found)
    return [
      {
        expected: entries.map(([path, wanted]) => `${path} ${JSON.stringify(wanted)}`).join(', '),
        found: body === '' ? 'an empty body' : 'a body that is not JSON',
        sentence: body === '' ? 'the body is empty' : 'the body is not JSON',
      },
    ];
  return entries.flatMap(([path, wanted]) => {
    const found = valueAt(json.value, path);
    return found.found && found.value === wanted ? [] : [differs(path, wanted, found)];
  });
}

const absent = { found: false } as const;

function differs(subject: string, wanted: unknown, found: ReturnType<typeof valueAt>): Mismatch {
  const value = found.found ? JSON.stringify(found.value) : null;
  const expected = JSON.stringify(wanted);
  return {
    expected: `${subject} ${expected}`,
    found: value === null ? `no ${subject}` : `${subject} ${value}`,
    sentence: `${subject} is ${value ?? 'missing'} instead of ${expected}`,
  };
}
