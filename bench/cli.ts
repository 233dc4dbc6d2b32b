import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot, program } from '../src/cli/package.ts';
import type { Figures } from './main.ts';

const rounds = 10;
/** The largest of the examples whose sources are here: a plan looks at them. */
const largest = join(packageRoot, 'examples', 'interaction-management');

/** Start-up: the built command line run by `node` itself, taken in turns with a bare one. */
export async function benchCli(): Promise<Figures> {
  const home = mkdtempSync(join(tmpdir(), 'bench-cli-'));
  const env = { ...process.env, FAIRWAY_HOME: home };
  const time = (...words: readonly string[]): number => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
    return performance.now() - started;
  };
  try {
    const bare: number[] = [];
    const help: number[] = [];
    const plan: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(time('-e', '0'));
      help.push(time(program('cli'), '--help'));
      plan.push(time(program('cli'), '-C', largest, 'plan', 'local'));
    }
    return {
      'cli.help_ratio': median(help) / median(bare),
      'cli.help_ms': median(help),
      'cli.plan_s': median(plan) / 1000,
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
