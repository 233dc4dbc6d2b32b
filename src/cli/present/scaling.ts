import { exitCodes } from '../../deployment/verdict.ts';
import type { Cause, Verdict } from '../../journal/cause.ts';
import { causeLines } from './lines.ts';

/** How it went to run another number of tasks of a service. */
export interface Scaling {
  readonly verdict: Extract<Verdict, 'succeeded' | 'nothing-to-do' | 'needs-attention'>;
  readonly cause: Cause | null;
  readonly environment: string;
  readonly service: string;
  /** What was asked for, what was before, and what the description says: nothing of one that scales. */
  readonly count: number;
  readonly before: number;
  readonly described: number | null;
  /** What runs at the end; null where the engine could not say. */
  readonly running: number | null;
}

export function scalingText(scaling: Scaling): string {
  const { service, environment, count, before, described } = scaling;
  const lines = [verdictWords(scaling)];
  if (scaling.cause) lines.push(...causeLines(scaling.cause).map((line) => `  ${line}`));
  if (scaling.verdict === 'needs-attention' && scaling.cause?.code !== 'superseded')
    lines.push(
      '',
      `the engine goes on trying for ${tasks(count)}; \`fairway scale ${service} ${before} --environment ${environment}\` asks for ${before} again`,
    );
  if (described === null)
    lines.push(
      `${service} scales by itself: its policies go on from here, and the next deployment leaves its count alone`,
    );
  else if (count !== described)
    lines.push(`the next deployment takes the ${described} of the description again`);
  return lines.join('\n');
}

function verdictWords({ verdict, service, count, before, running }: Scaling): string {
  switch (verdict) {
    case 'succeeded':
      return `✓ succeeded: ${service} runs ${tasks(count)}, and was asked for ${before} before`;
    case 'nothing-to-do':
      return `✓ nothing to do: ${service} runs ${tasks(count)}`;
    case 'needs-attention':
      return `! needs attention: ${service} was asked for ${tasks(count)}, and ${running ?? 'an unknown number'} of them run`;
  }
}

const tasks = (count: number): string => (count === 1 ? '1 task' : `${count} tasks`);

export function scalingJson(scaling: Scaling) {
  return { ...scaling, exitCode: exitCodes[scaling.verdict] };
}
