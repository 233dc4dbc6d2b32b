import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthGate } from '../../app/environment.ts';
import { ask, type Question, type Reply } from './exchange.ts';
import { stopped, type Finding } from './finding.ts';
import type { GateContext } from './gate.ts';
import { judge } from './judgement.ts';

/** Milliseconds. */
const firstPause = 50;
const longestPause = 500;
const patience = 5_000;

/**
 * Healthy by what it says, not only by its status. Asked until it is, or the time is up: an app may need a moment to
 * find its database. What it said last is the evidence.
 */
export async function judgeHealth(gate: HealthGate, context: GateContext): Promise<Finding> {
  const question: Question = { method: 'GET', path: gate.path, headers: {}, body: null };
  const deadline = context.clock() + gate.within * 1_000;
  let last: Reply | null = null;
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 1.5)) {
    const left = Math.max(1, deadline - context.clock());
    const reply = await ask(context.target, question, Math.min(patience, left), context.signal);
    if (context.signal.aborted) return stopped;
    // Cut short by our own deadline, a try says less than the answer before it.
    const cutShort = reply.kind === 'failure' && reply.timedOut && left < patience;
    last = cutShort && last ? last : reply;
    const { holds, sentence, evidence, secrets } = judge(question, gate.expect, last);
    if (holds) return { passed: true, summary: sentence, evidence: [], secrets };
    if (context.clock() + pause >= deadline)
      return {
        passed: false,
        summary: `${sentence} (tried for ${gate.within} s)`,
        evidence: [evidence],
        secrets,
      };
    await sleep(pause, undefined, { signal: context.signal }).catch(() => {});
    if (context.signal.aborted) return stopped;
  }
}
