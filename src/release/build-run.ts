import { execa } from 'execa';
import { signalGroup } from '../process/group.ts';
import { stepBack } from '../process/priority.ts';

export interface BuildRun {
  readonly service: string;
  /** What is run, as people would write it. */
  readonly said: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** The build command ended otherwise than with 0: what it said last is the cause. */
export class BuildFailed extends Error {
  override readonly name = 'BuildFailed';
  readonly service: string;
  readonly command: string;
  readonly exitCode: number | null;
  readonly lines: readonly string[];

  constructor(service: string, command: string, exitCode: number | null, lines: readonly string[]) {
    super(`building ${service} failed: \`${command}\` ended with ${exitCode ?? 'a signal'}`);
    this.service = service;
    this.command = command;
    this.exitCode = exitCode;
    this.lines = lines;
  }
}

/** How long a build that was told to end may take. Milliseconds. */
const grace = 2000;

/** Rejects with `BuildFailed` unless it ends with 0. */
export async function runBuild({ service, said, argv, cwd, env, signal }: BuildRun): Promise<void> {
  if (signal?.aborted === true) throw new BuildFailed(service, said, null, []);
  const [program = '', ...words] = argv;
  // In a group of its own, so that all that the command started ends with it.
  const build = execa(program, words, {
    cwd,
    ...(env === undefined ? {} : { env }),
    all: true,
    reject: false,
    stdin: 'ignore',
    detached: true,
  });
  stepBack(build.pid);
  let killer: NodeJS.Timeout | undefined;
  const kill = (): void => signalGroup(build.pid, 'SIGKILL');
  const end = (): void => {
    signalGroup(build.pid, 'SIGTERM');
    killer = setTimeout(kill, grace);
  };
  signal?.addEventListener('abort', end, { once: true });
  process.once('exit', kill);
  const result = await build;
  process.off('exit', kill);
  signal?.removeEventListener('abort', end);
  clearTimeout(killer);
  if (!result.failed) return;
  const lines = result.all.split('\n').slice(-40);
  throw new BuildFailed(service, said, result.exitCode ?? null, lines);
}
