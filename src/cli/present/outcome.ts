import { exitCodes, type Outcome } from '../../deployment/verdict.ts';
import type { TimelineStep } from '../../deployment/timeline.ts';
import { causeLines, seconds } from './lines.ts';

const words: Readonly<Record<Outcome['verdict'], string>> = {
  succeeded: '✓ succeeded: what was wanted runs, and has all the traffic',
  'nothing-to-do': '✓ nothing to do: what runs is what is wanted',
  refused: '✗ refused: nothing was changed',
  'rolled-back': '✗ rolled back: the old version runs, as before',
  'needs-attention': '! needs attention: it cannot be shown that everything is as wanted, or as before',
};

/** The verdict, its cause with the evidence, what runs now, and where the time went. */
export function outcomeText(
  outcome: Outcome,
  timeline: readonly TimelineStep[],
  address: string | null,
): string {
  const lines = [verdictWords(outcome)];
  if (outcome.cause) lines.push(...causeLines(outcome.cause).map((line) => `  ${line}`));
  const running = Object.entries(outcome.running);
  if (running.length > 0) {
    lines.push('', 'runs now');
    lines.push(
      ...running.map(
        ([service, revision]) =>
          `  ${service.padEnd(10)} ${revision === null ? '(nothing)' : revisionName(revision)}`,
      ),
    );
  }
  if (timeline.length > 0) {
    const whole = timeline.reduce((sum, { took }) => sum + took, 0);
    lines.push(
      '',
      `took ${seconds(whole)}: ${timeline.map(({ step, took }) => `${step} ${seconds(took)}`).join(' · ')}`,
    );
  }
  const somethingRuns = running.some(([, revision]) => revision !== null);
  if (address !== null && somethingRuns && outcome.verdict !== 'refused') lines.push('', `open ${address}`);
  return lines.join('\n');
}

function verdictWords({ verdict, running }: Outcome): string {
  const nothingRan = Object.values(running).every((revision) => revision === null);
  // Nothing was even looked at: a resume without anything to resume.
  if (verdict === 'nothing-to-do' && Object.keys(running).length === 0) return '✓ nothing to do';
  return verdict === 'rolled-back' && nothingRan ? '✗ rolled back: nothing runs, as before' : words[verdict];
}

export function outcomeJson(outcome: Outcome, timeline: readonly TimelineStep[]) {
  const { verdict, cause, deployment, release, running } = outcome;
  return { verdict, exitCode: exitCodes[verdict], cause, deployment, release, running, timeline };
}

/** `…:task-definition/family:7` → `family:7` */
export function revisionName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
