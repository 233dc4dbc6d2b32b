import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

const app = join(import.meta.dirname, '..');
const modules = join(app, '../../node_modules');

export interface Release {
  /** What a deployment copies: the built services, and no node_modules anywhere near. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** Builds a version from a copy of the sources, with its overlay on top, and keeps only what was built. */
export async function buildRelease(overlay: string | null): Promise<Release> {
  const scratch = await mkdtemp(join(tmpdir(), 'im-release-'));
  const remove = () => rm(scratch, { recursive: true, force: true });
  try {
    const source = join(scratch, 'source');
    const generated = new Set(['node_modules', 'dist']);
    await cp(app, source, { recursive: true, filter: (path) => !generated.has(basename(path)) });
    if (overlay !== null) await cp(join(app, overlay), source, { recursive: true });
    await symlink(modules, join(source, 'node_modules'));
    // The static checks see version 1 where it lies; an overlay is complete only here.
    if (overlay !== null) await run('node', ['node_modules/typescript/bin/tsc', '-p', '.'], source);
    await run('node', ['build.mjs'], source);
    const folder = join(scratch, 'release');
    await rename(join(source, 'dist'), folder);
    await rm(source, { recursive: true });
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; anything but exit code 0 is an error here. */
async function run(command: 'node', args: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await runToEnd(args, cwd, process.env);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}:\n${stdout}${stderr}`);
}

export async function runToEnd(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<Finished> {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  child.stdin.end(input);
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

/** One service of a release as a process, with what it logged. */
export class RunningService {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #closed: Promise<unknown>;

  constructor(release: Release, bundle: string, env: NodeJS.ProcessEnv) {
    const child = spawn(process.execPath, [bundle], {
      cwd: release.folder,
      env: { PATH: process.env['PATH'], PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#closed = once(child, 'close');
    createInterface({ input: child.stdout }).on('line', (line) => this.#lines.push(line));
  }

  get output(): string {
    return this.#lines.join('\n');
  }

  get exited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The first log line of this event. */
  async logged(event: string): Promise<Readonly<Record<string, unknown>>> {
    await eventually(() => this.output.includes(`"event":"${event}"`));
    return JSON.parse(this.#lines.find((line) => line.includes(`"event":"${event}"`)) ?? '{}');
  }

  /** The address it listens on. */
  async address(): Promise<string> {
    return `http://127.0.0.1:${String((await this.logged('listening'))['port'])}`;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The exit code, or the signal that ended it. */
  async ended(): Promise<number | string | null> {
    await this.#closed;
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.exited) this.signal('SIGKILL');
    await this.#closed;
  }
}

/** Waits for something to become true, for as long as a very slow machine may need. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never became true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
