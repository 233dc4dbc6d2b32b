import type { Problem, Refusal } from '../../refusal.ts';

/** A refusal as people read it: what, where, why, what next; all problems at once. */
export function problemText({ problems }: Refusal): string {
  return problems.map(oneProblem).join('\n\n');
}

function oneProblem({ what, where, why, next }: Problem): string {
  const lines = [`✗ ${what}`];
  if (where !== undefined) lines.push(indent('where', where));
  if (why !== undefined) lines.push(indent('why', why));
  lines.push(indent('next', next));
  return lines.join('\n');
}

function indent(label: string, text: string): string {
  return text
    .split('\n')
    .map((line, index) => `  ${(index === 0 ? label : '').padEnd(6)}${line}`)
    .join('\n');
}

/** A fault of ours: it says so, with what a report needs. */
export function bugText(error: unknown, version: string): string {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    '✗ this is a fault in Fairway, not in your app',
    indent('what', detail),
    indent(
      'next',
      `nothing is known to be lost; run \`fairway status\` to see what runs, and report the lines above`,
    ),
    indent('', `Fairway ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`),
  ].join('\n');
}

export function problemJson({ problems }: Refusal) {
  return {
    verdict: 'refused',
    exitCode: 3,
    cause: { code: problems[0].code, what: problems[0].what },
    problems,
  };
}
