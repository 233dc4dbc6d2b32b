import type { SmokeGate, SmokeStep } from '../../app/environment.ts';
import { ask, type Question, type Reply } from './exchange.ts';
import type { Mismatch } from './expectation.ts';
import { stopped, type Finding } from './finding.ts';
import type { GateContext } from './gate.ts';
import { parseJson, valueAt } from './jsonPath.ts';
import { faulted, judge, type Judgement } from './judgement.ts';
import { namesSecret, secretsIn } from './redaction.ts';
import { filled, filledBody, filledPath, namesIn, textOf } from './template.ts';

/** Each step as a user would do it, once, in order; the first that is not as expected ends it. */
export async function judgeSmoke(gate: SmokeGate, context: GateContext, patience = 10_000): Promise<Finding> {
  const kept = new Map<string, unknown>();
  const secrets: string[] = [];
  for (const [index, step] of gate.steps.entries()) {
    const where = `step "${step.name}" (${index + 1} of ${gate.steps.length})`;
    const unknown = namesIn([step.path, step.headers, step.body]).find((name) => !kept.has(name));
    if (unknown !== undefined)
      return failed(`${where} needs {{${unknown}}}, which no step before it keeps`, [], secrets);

    const question = questionOf(step, kept);
    secrets.push(...secretsOf(step));
    const reply = await ask(context.target, question, patience, context.signal);
    if (context.signal.aborted) return stopped;
    // Before anything is said about the answer: what is kept is secret even where the answer is wrong.
    const missing = keep(step, reply, kept, secrets);
    const expected = judge(question, step.expect, reply);
    const judgement = expected.holds ? withKept(question, reply, missing, expected) : expected;
    secrets.push(...judgement.secrets);
    if (!judgement.holds) return failed(`${where}: ${judgement.sentence}`, [judgement.evidence], secrets);
  }
  const steps = gate.steps.length === 1 ? '1 step' : `all ${gate.steps.length} steps`;
  return { passed: true, summary: `${steps} answered as expected`, evidence: [], secrets };
}

function failed(summary: string, evidence: Finding['evidence'], secrets: readonly string[]): Finding {
  return { passed: false, summary, evidence, secrets };
}

function questionOf(step: SmokeStep, kept: ReadonlyMap<string, unknown>): Question {
  const named = Object.entries(step.headers).map(([name, value]) => [
    name.toLowerCase(),
    filled(value, kept),
  ]);
  const headers: Record<string, string> = Object.fromEntries(named);
  const path = filledPath(step.path, kept);
  const body = filledBody(step.body, kept);
  if (body === undefined || body === null) return { method: step.method, path, headers, body: null };
  const kind = headers['content-type'] ?? (typeof body === 'string' ? 'text/plain' : 'application/json');
  const text =
    typeof body === 'string' ? body : kind.includes('form-urlencoded') ? form(body) : JSON.stringify(body);
  return { method: step.method, path, headers: { ...headers, 'content-type': kind }, body: text };
}

function form(body: unknown): string {
  const fields = new URLSearchParams();
  const entries = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  for (const [name, value] of entries) fields.set(name, textOf(value));
  return fields.toString();
}

/** Takes what later steps need out of the answer; returns the faults of what is not there. */
function keep(
  step: SmokeStep,
  reply: Reply,
  kept: Map<string, unknown>,
  secrets: string[],
): readonly Mismatch[] {
  const json = reply.kind === 'answer' ? parseJson(reply.answer.body) : ({ found: false } as const);
  return Object.entries(step.keep).flatMap(([name, path]) => {
    const found = json.found ? valueAt(json.value, path) : json;
    if (found.found && found.value !== null && found.value !== '') {
      kept.set(name, found.value);
      secrets.push(...textsIn(found.value));
      return [];
    }
    const is = found.found ? JSON.stringify(found.value) : 'missing';
    return [
      {
        expected: `${path}, to be kept as {{${name}}}`,
        found: found.found ? `${path} ${is}` : `no ${path}`,
        sentence: `${path}, to be kept as {{${name}}}, is ${is}`,
      },
    ];
  });
}

function withKept(
  question: Question,
  reply: Reply,
  missing: readonly Mismatch[],
  otherwise: Judgement,
): Judgement {
  if (reply.kind === 'failure' || missing.length === 0) return otherwise;
  const { status, body } = reply.answer;
  return faulted(`${question.method} ${question.path}`, status, body, missing);
}

/** A kept value as a whole, and every text in it. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [textOf(value)];
  return [textOf(value), ...Object.values(value).flatMap(textsIn)];
}

/** What the description itself sends as a password or a key. */
function secretsOf(step: SmokeStep): readonly string[] {
  const headers = Object.entries(step.headers).filter(([name]) => namesSecret(name));
  const query = [...new URLSearchParams(step.path.split('?')[1] ?? '')].filter(([name]) => namesSecret(name));
  const values = [...headers, ...query].flatMap(([, value]) => [value, ...value.split(' ').slice(1)]);
  return [...values, ...secretsIn(step.body)].filter((value) => namesIn(value).length === 0);
}
