import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { IntegrationGate } from '../../app/environment.ts';
import { signalGroup } from '../../process/group.ts';
import { stepBack } from '../../process/priority.ts';
import { stopped, type Finding } from './finding.ts';
import type { GateContext } from './gate.ts';
import { looksSecret, namesSecret } from './redaction.ts';

/** How long a command that was told to end may take. Milliseconds. */
const grace = 2_000;
/** Of the output; the last lines of it are shown. Characters. */
const keptOutput = 200_000;

type End =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'not-started'; readonly why: string };

/**
 * The app's own tests, as its people run them: through the shell, in the app's folder, with their environment and the
 * address of green. Exit code 0 passes. Nothing that the command started outlives it.
 */
export async function judgeIntegration(gate: IntegrationGate, context: GateContext): Promise<Finding> {
  if (context.signal.aborted) return stopped;
  const child = spawn(gate.command, {
    shell: true,
    cwd: context.root,
    env: {
      ...process.env,
      FAIRWAY_TARGET_URL: context.target.url,
      FAIRWAY_TARGET_HEADERS: JSON.stringify(context.target.headers),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that all of it can be ended.
    detached: true,
  });
  stepBack(child.pid);
  const output = new Tail(keptOutput);
  const [out, err] = [new StringDecoder('utf8'), new StringDecoder('utf8')];
  child.stdout.on('data', (chunk: Buffer) => output.add(out.write(chunk)));
  child.stderr.on('data', (chunk: Buffer) => output.add(err.write(chunk)));

  const ended = Promise.withResolvers<End>();
  child.on('error', (error) => ended.resolve({ kind: 'not-started', why: error.message }));
  // What it left running in the background holds the pipes open; it ends with the command.
  child.on('exit', () => signalGroup(child.pid, 'SIGKILL'));
  child.on('close', (code, signal) =>
    ended.resolve(code === null ? { kind: 'killed', by: signal ?? 'a signal' } : { kind: 'exited', code }),
  );

  let late = false;
  let killer: NodeJS.Timeout | undefined;
  const finish = (): void => {
    signalGroup(child.pid, 'SIGTERM');
    killer ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), grace);
  };
  const timer = setTimeout(() => {
    late = true;
    finish();
  }, gate.timeout * 1_000);
  const lastResort = (): void => signalGroup(child.pid, 'SIGKILL');
  context.signal.addEventListener('abort', finish, { once: true });
  process.once('exit', lastResort);
  const end = await ended.promise;
  process.off('exit', lastResort);
  context.signal.removeEventListener('abort', finish);
  clearTimeout(timer);
  clearTimeout(killer);
  if (context.signal.aborted) return stopped;

  const passed = end.kind === 'exited' && end.code === 0 && !late;
  const exitCode = end.kind === 'exited' ? end.code : null;
  const evidence = { kind: 'output', source: gate.command, exitCode, lines: output.lines() } as const;
  return {
    passed,
    summary: `${gate.command} ${late ? `did not end within ${gate.timeout} s` : inWords(end)}`,
    evidence: passed ? [] : [evidence],
    secrets: secretsOfEnvironment(process.env),
  };
}

function inWords(end: End): string {
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? 'passed' : `ended with exit code ${end.code}`;
    case 'killed':
      return `was ended by ${end.by}`;
    case 'not-started':
      return `could not be started: ${end.why}`;
  }
}

/** A test run that prints its environment prints the user's keys. */
function secretsOfEnvironment(environment: NodeJS.ProcessEnv): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && namesSecret(name) && looksSecret(value) ? [value] : [],
  );
}

/** The end of a text that may be long. */
class Tail {
  readonly #limit: number;
  #text = '';
  #cut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length <= 2 * this.#limit) return;
    this.#text = this.#text.slice(-this.#limit);
    this.#cut = true;
  }

  /** Without what may be half of a line. */
  lines(): readonly string[] {
    const lines = this.#text.trimEnd().split(/\r?\n/);
    if (this.#cut) lines.shift();
    return lines.length === 1 && lines[0] === '' ? [] : lines;
  }
}
