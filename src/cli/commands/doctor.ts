import type { Found } from '../../prerequisites/examination.ts';
import { exitCodes } from '../../deployment/verdict.ts';
import { writeJson, type StreamOptions } from '../session.ts';

/** Whether the tools that the description names are here, and new enough. Looks only. */
export async function run(options: StreamOptions): Promise<number> {
  const { loadApp } = await import('../../app/load.ts');
  const { examine } = await import('../../prerequisites/examination.ts');
  const app = await loadApp(options.app ?? process.cwd());
  const found = await examine(app);
  if (options.json) writeJson({ app: app.name, tools: found });
  else for (const line of doctorLines(app.name, found)) console.log(line);
  return found.every(({ state }) => state === 'fine') ? 0 : exitCodes.refused;
}

export function doctorLines(app: string, found: readonly Found[]): readonly string[] {
  if (found.length === 0) return [`✓ ${app} names no tools that people need`];
  const bad = found.filter(({ state }) => state !== 'fine');
  const lines = found.flatMap(({ tool, wanted, version, state, next }) => {
    const what = version ?? (state === 'missing' ? 'not found' : 'says no version');
    const least = wanted === null ? '' : ` (${wanted} or newer)`;
    const line = `  ${state === 'fine' ? '✓' : '✗'} ${tool.padEnd(15)} ${what}${least}`;
    return next === null ? [line] : [line, `    ${next}`];
  });
  const all = bad.length === 0;
  const verdict = all
    ? `✓ ${app}: all tools are here`
    : `✗ ${app}: ${bad.length} of ${found.length} tools ${bad.length === 1 ? 'is' : 'are'} not as wanted`;
  return [verdict, ...lines];
}
