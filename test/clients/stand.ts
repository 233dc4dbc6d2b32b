import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { brief, openWorkbench, type Workbench } from '../journeys/workbench.ts';

const execute = promisify(execFile);

/** An app that Fairway deployed, and what points others' clients at the engine that runs it. */
export interface Stand extends AsyncDisposable {
  readonly bench: Workbench;
  /** As `fairway engine start` prints it, and nothing else of AWS. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a client; fails with what it printed unless it ends with 0. */
  run(program: string, words: readonly string[]): Promise<string>;
  /** The same, of a client that is expected to fail. */
  refused(program: string, words: readonly string[]): Promise<string>;
}

export async function openStand(): Promise<Stand> {
  const bench = await openWorkbench({ env: { SHOP_BAKE: '0' } });
  await bench.release('1');
  const deployed = await bench.fairway('deploy', '--json');
  if (deployed.exitCode !== 0) {
    await bench[Symbol.asyncDispose]();
    throw new Error(brief(deployed));
  }
  const { stdout } = await execute(
    '/bin/sh',
    ['-c', `${(await bench.fairway('engine', 'start')).stdout}\nenv`],
    {
      env: { PATH: bench.env['PATH'] ?? '' },
    },
  );
  const printed = stdout.split('\n').filter((line) => line.startsWith('AWS_'));
  const env = {
    PATH: bench.env['PATH'] ?? '',
    HOME: bench.folder,
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...Object.fromEntries(
      printed.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
  };
  return {
    bench,
    env,
    run: async (program, words) =>
      (await execute(program, [...words], { cwd: bench.folder, env, maxBuffer: 1e8 })).stdout,
    refused: async (program, words) => {
      try {
        const { stdout: said } = await execute(program, [...words], { cwd: bench.folder, env });
        throw new Error(`${words.join(' ')} was expected to fail, and said ${said}`);
      } catch (error) {
        if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string')
          return error.stderr;
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}
