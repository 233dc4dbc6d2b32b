import { execa } from 'execa';
import type { App } from '../app/app.ts';
import { tools, type ToolName } from './tool.ts';
import { isOlder, versionIn, versionOf, versionText } from './version.ts';

/** What was found of a tool that the description names. */
export interface Found {
  readonly tool: ToolName;
  /** The oldest version that will do; null: any. */
  readonly wanted: string | null;
  /** Null where it is not there, or does not say. */
  readonly version: string | null;
  readonly state: 'fine' | 'old' | 'missing' | 'silent';
  /** What to do about it; null where it is fine. */
  readonly next: string | null;
}

/** Looks for every tool of the description, side by side. Nothing is changed. */
export async function examine({ description }: Pick<App, 'description'>): Promise<readonly Found[]> {
  const named = Object.keys(tools).filter((name): name is ToolName => name in description.tools);
  return Promise.all(named.map((tool) => look(tool, description.tools[tool] ?? '*')));
}

async function look(tool: ToolName, least: string): Promise<Found> {
  const wanted = least === '*' ? null : least;
  const { asks, page } = tools[tool];
  const told = await answerOf(asks);
  const version = told === null ? null : versionIn(told);
  const found = { tool, wanted, version: version === null ? null : versionText(version) };
  const from = wanted === null ? '' : `, ${wanted} or newer`;
  if (told === null) return { ...found, state: 'missing', next: `install it${from}: ${page}` };
  if (version === null)
    return wanted === null
      ? { ...found, state: 'fine', next: null }
      : { ...found, state: 'silent', next: `see that it is ${wanted} or newer: ${page}` };
  if (wanted !== null && isOlder(version, versionOf(wanted)))
    return { ...found, state: 'old', next: `install ${wanted} or newer: ${page}` };
  return { ...found, state: 'fine', next: null };
}

/** A program that hangs tells nothing. Milliseconds. */
const patience = 20_000;

/** What the first of the programs that there is says; null where none can be run. */
async function answerOf(asks: (typeof tools)[ToolName]['asks']): Promise<string | null> {
  for (const [program, ...words] of asks) {
    const { failed, stdout, stderr } = await execa(program, words, {
      reject: false,
      stdin: 'ignore',
      timeout: patience,
    });
    if (!failed) return `${stdout}\n${stderr}`;
  }
  return null;
}
