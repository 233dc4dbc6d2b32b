import { describe, expect, it } from 'vitest';
import { outcomeJson, outcomeText } from '../../src/cli/present/outcome.ts';
import { bugText, problemJson, problemText } from '../../src/cli/present/problem.ts';
import { exitCodes, type Outcome } from '../../src/deployment/verdict.ts';
import type { TimelineStep } from '../../src/deployment/timeline.ts';
import { Refusal } from '../../src/refusal.ts';

const definition = (name: string): string =>
  `arn:aws:ecs:local:000000000000:task-definition/shop-local-${name}`;
const timeline: readonly TimelineStep[] = [
  { step: 'build', took: 4.25 },
  { step: 'green up', took: 2.1 },
  { step: 'gates', took: 12.5 },
];
const base = { deployment: '20261120-101502-3fa9', release: '1f0c22ab90de' };
const running = { api: definition('api:7'), web: definition('web:3') };
const cause = {
  code: 'gate-failed',
  service: 'api',
  what: 'health: expected status 200, found 503',
  evidence: [{ kind: 'output', source: 'node test.js', exitCode: 1, lines: ['not ok'] }],
} as const;

const outcomes: { readonly [Verdict in Outcome['verdict']]: Outcome & { readonly verdict: Verdict } } = {
  succeeded: { ...base, verdict: 'succeeded', cause: null, running },
  'nothing-to-do': { verdict: 'nothing-to-do', cause: null, deployment: null, release: null, running },
  refused: { ...base, verdict: 'refused', cause, release: null, running },
  'rolled-back': { ...base, verdict: 'rolled-back', cause, running },
  'needs-attention': { ...base, verdict: 'needs-attention', cause, running: { ...running, web: null } },
};

describe('how a deployment ended', () => {
  it.each(Object.values(outcomes))('is told as before: $verdict', async (outcome) => {
    const steps = outcome.verdict === 'nothing-to-do' ? [] : timeline;
    const text = outcomeText(outcome, steps, 'http://127.0.0.1:20200');
    await expect(`${text}\n`).toMatchFileSnapshot(`../golden/present/outcome.${outcome.verdict}.txt`);
  });

  it('does not speak of an old version where none was, nor give an address where nothing runs', () => {
    const nothing = { ...outcomes['rolled-back'], running: { api: null, web: null } };
    const text = outcomeText(nothing, [], 'http://127.0.0.1:20200');
    expect(text).toMatch(/^✗ rolled back: nothing runs, as before\n/);
    expect(text).not.toContain('old version');
    expect(text).not.toContain('20200');
  });

  it('gives no address where there is none', () => {
    expect(outcomeText(outcomes.succeeded, [], null)).not.toContain('open');
  });

  it.each(Object.values(outcomes))('has its verdict, exit code and cause as JSON: $verdict', (outcome) => {
    expect(JSON.parse(JSON.stringify(outcomeJson(outcome, timeline)))).toEqual({
      verdict: outcome.verdict,
      exitCode: exitCodes[outcome.verdict],
      cause: outcome.cause,
      deployment: outcome.deployment,
      release: outcome.release,
      running: outcome.running,
      timeline,
    });
  });

  it('has an exit code of its own for every verdict, and none that is taken', () => {
    const codes = Object.values(exitCodes);
    expect(new Set(codes).size).toBe(Object.keys(outcomes).length);
    expect(codes).not.toContain(1);
    expect(codes).not.toContain(64);
  });
});

const problems = {
  one: new Refusal({
    code: 'unknown-environment',
    what: 'there is no environment called stagging',
    where: 'fairway.config.ts',
    why: 'the description has local and staging',
    next: 'fairway deploy staging',
  }),
  brief: new Refusal({ code: 'disk-full', what: 'the disk is full', next: 'free some space' }),
  many: new Refusal([
    {
      code: 'port-taken',
      what: 'port 20200 is taken',
      where: '127.0.0.1:20200',
      next: 'stop what listens there',
    },
    {
      code: 'port-taken',
      what: 'port 20201 is taken',
      where: '127.0.0.1:20201',
      next: 'stop what listens there',
    },
  ]),
  long: new Refusal({
    code: 'engine-not-started',
    what: 'the embedded engine did not start',
    why: 'the last lines it wrote:\nError: no such file\n    at open',
    next: 'mend what it says:\n  fairway status',
  }),
};

describe('what a user can mend', () => {
  it.each(Object.entries(problems))('is told as before: %s', async (name, refusal) => {
    await expect(`${problemText(refusal)}\n`).toMatchFileSnapshot(`../golden/present/problem.${name}.txt`);
  });

  it('has all problems as JSON, the first as the cause, and the exit code of a refusal', () => {
    expect(problemJson(problems.many)).toEqual({
      verdict: 'refused',
      exitCode: exitCodes.refused,
      cause: { code: 'port-taken', what: 'port 20200 is taken' },
      problems: problems.many.problems,
    });
  });
});

describe('a fault of ours', () => {
  it('says that it is ours, with what a report needs', () => {
    const error = new TypeError('undefined is not a function');
    error.stack = 'TypeError: undefined is not a function\n    at carryOut (rollout.ts:7:1)';
    expect(bugText(error, '0.1.0').split('\n')).toEqual([
      '✗ this is a fault in Fairway, not in your app',
      '  what  TypeError: undefined is not a function',
      '            at carryOut (rollout.ts:7:1)',
      expect.stringMatching(/^ {2}next {2}.*fairway status/),
      `        Fairway 0.1.0, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    ]);
  });

  it('that is no error is shown too', () => {
    expect(bugText('a string', '0.1.0')).toContain('  what  a string\n');
  });
});
