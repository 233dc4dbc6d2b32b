import { spawn } from 'node:child_process';
import type { Account } from './account.ts';

export interface ProgramRun {
  readonly file: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly account: Account | null;
  readonly input?: string;
}

const longestRun = 120_000;

/** Runs one of PostgreSQL's programs to its end; fails with its last output. */
export async function runProgram({ file, args, folder, account, input }: ProgramRun): Promise<void> {
  const child = spawn(file, args, {
    cwd: folder,
    // A login's locale or PG* variables must not decide what a cluster becomes.
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: 'pipe',
    timeout: longestRun,
    killSignal: 'SIGKILL',
    ...(account === null ? {} : { uid: account.uid | 0, gid: account.gid | 0 }),
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const ended = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? '' : `exit code ${code ?? signal}`));
  });
  if (ended !== '') throw new Error(`${ended}: ${output.trim().split('\n').slice(-6).join(' / ')}`);
}
