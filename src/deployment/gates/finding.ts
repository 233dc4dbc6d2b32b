import { stripVTControlCharacters } from 'node:util';
import type { Gate } from '../../app/environment.ts';
import type { Evidence } from '../../journal/evidence.ts';
import type { GateOutcome } from './gate.ts';
import { strikeByShape, striker, type Strike } from './redaction.ts';

/** What a gate found, as it found it: uncut, and with secrets still in it. It goes nowhere but to `conclude`. */
export interface Finding {
  readonly passed: boolean;
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  /** What the gate itself learned to be secret. */
  readonly secrets: readonly string[];
}

export const stopped: Finding = {
  passed: false,
  summary: 'stopped before it could decide: the deployment is being rolled back',
  evidence: [],
  secrets: [],
};

const longest = { summary: 1_000, body: 2_000, text: 500, line: 500, lines: 40 };

/** Strikes first and cuts then: a cut through the middle of a secret would leave half of it unrecognised. */
export function conclude(
  gate: Gate,
  finding: Finding,
  secrets: readonly string[],
  seconds: number,
): GateOutcome {
  const known = striker([...secrets, ...finding.secrets]);
  const strike: Strike = (text) => strikeByShape(known(stripVTControlCharacters(text)));
  return {
    gate: gate.name,
    kind: gate.kind,
    passed: finding.passed,
    summary: cut(strike(finding.summary), longest.summary),
    seconds,
    evidence: finding.evidence.map((evidence) => clear(evidence, strike)),
  };
}

function clear(evidence: Evidence, strike: Strike): Evidence {
  const text = (value: string): string => cut(strike(value), longest.text);
  switch (evidence.kind) {
    case 'response':
      return {
        ...evidence,
        request: text(evidence.request),
        body: cut(strike(evidence.body), longest.body),
        expected: text(evidence.expected),
        found: text(evidence.found),
      };
    case 'output':
      return { ...evidence, source: text(evidence.source), lines: lastLines(evidence.lines, strike) };
    case 'task':
      return { ...evidence, reason: text(evidence.reason), lines: lastLines(evidence.lines, strike) };
    case 'figures':
    case 'statements':
      return evidence;
  }
}

/** Struck as one text, because a key may have several lines. */
function lastLines(lines: readonly string[], strike: Strike): readonly string[] {
  if (lines.length === 0) return [];
  const struck = strike(lines.join('\n')).split('\n');
  return struck.slice(-longest.lines).map((line) => cut(line, longest.line));
}

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
