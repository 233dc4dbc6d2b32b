import type { Expectation } from '../../app/environment.ts';
import type { Evidence } from '../../journal/evidence.ts';
import type { Question, Reply } from './exchange.ts';
import { mismatches, type Mismatch } from './expectation.ts';
import { parseJson } from './jsonPath.ts';
import { looksSecret, namesSecret, secretsIn } from './redaction.ts';

/** A reply beside what was expected of it. */
export interface Judgement {
  readonly holds: boolean;
  /** `GET /health answered 200 but database is "disconnected" instead of "connected"` */
  readonly sentence: string;
  readonly evidence: Evidence;
  /** What the body calls a token, a password and so on, whether or not anybody asked to keep it. */
  readonly secrets: readonly string[];
}

export function judge(question: Question, expectation: Expectation, reply: Reply): Judgement {
  const request = `${question.method} ${question.path}`;
  if (reply.kind === 'failure')
    return {
      holds: false,
      sentence: `${request} got ${reply.what}`,
      evidence: {
        kind: 'response',
        request,
        status: reply.status,
        body: reply.body,
        expected: 'an answer',
        found: reply.what,
      },
      secrets: secretsInBody(reply.body),
    };
  const { status, body } = reply.answer;
  return faulted(request, status, body, mismatches(expectation, reply.answer));
}

/** An answer with what is wrong about it; nothing wrong means that it holds. */
export function faulted(
  request: string,
  status: number,
  body: string,
  faults: readonly Mismatch[],
): Judgement {
  const expected = faults.map((fault) => fault.expected).join(', ');
  const found = faults.map((fault) => fault.found).join(', ');
  return {
    holds: faults.length === 0,
    sentence: sentence(request, status, faults),
    evidence: { kind: 'response', request, status, body, expected, found },
    secrets: secretsInBody(body),
  };
}

function sentence(request: string, status: number, faults: readonly Mismatch[]): string {
  if (faults.length === 0) return `${request} answered ${status} as expected`;
  const faultless = !faults.some((fault) => fault.found === `status ${status}`);
  const said = faults.map((fault) => fault.sentence).join(' and ');
  return faultless ? `${request} answered ${status} but ${said}` : `${request} answered ${said}`;
}

function secretsInBody(body: string): readonly string[] {
  const json = parseJson(body);
  return json.found ? secretsIn(json.value, looksSecret) : secretsInPart(body);
}

/** Of JSON that broke off. */
function secretsInPart(body: string): readonly string[] {
  const fields = body.matchAll(/"(?<name>[^"\\]{1,100})"\s*:\s*"(?<value>(?:[^"\\]|\\.)*)/g);
  return [...fields].flatMap(({ groups }) => {
    const { name = '', value = '' } = groups ?? {};
    return namesSecret(name) && looksSecret(value) ? [value] : [];
  });
}
