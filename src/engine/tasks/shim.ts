import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * The process that owns a task: leader of its group, parent of the container's main process, so that the task needs no
 * engine to live and its exit code is never lost. A POSIX shell, because there is one per task: 1 MB and 2 ms each.
 *
 * - It waits for a line before it starts anything. The engine sends that line once the shim's identity is on disk, so an
 *   engine that dies in between leaves no process that nobody knows.
 * - File descriptor 3 is the state file, 4 the log, both opened by the engine: the shim may run as a user who can reach
 *   neither. A line in the state file counts once its line feed is there.
 * - The main process runs in the foreground, not by `&`: a shell starts background commands with SIGINT ignored, which
 *   they could not undo. Traps run only after the foreground command has ended, so no signal to the group ends the wait,
 *   and a trapped (unlike an ignored) signal is at its default again in the main process.
 * - It says "started" to an engine that may just have died: that must not be the task's end, hence no SIGPIPE.
 * - When the main process has ended, everything left in the group is killed, the shim included, as a container's PID
 *   namespace is. Only while the engine stops the task (it says so by SIGURG, which nobody else sends) the rest is given
 *   the grace time, by the engine; the sleep is for an engine that dies meanwhile.
 */
const script = `
umask 022
trap : HUP INT QUIT TERM USR1 USR2 ALRM PIPE TSTP TTIN TTOU
trap 'stopping=1' URG
read -r go || exit 0
grace=$1
shift
/bin/sh -c 'echo "main $$" >&3; trap "" PIPE; echo started; trap - PIPE; exec 3>&-; unset PWD OLDPWD SHLVL; exec "$@" </dev/null >&4 2>&4 4>&-' sh "$@"
code=$?
echo "exit $code" >&3
if [ "$stopping" ]; then PATH="/bin:/usr/bin:$PATH" sleep "$grace"; fi
kill -KILL 0
`;

export interface ShimOptions {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly user: { readonly uid: number; readonly gid: number } | null;
  readonly graceSeconds: number;
  readonly stateFile: string;
  readonly logFile: string;
}

export interface Shim {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Starts the main process; resolves when it exists, rejects when the shim ended before. */
  release(): Promise<void>;
}

/** Rejects when there is no shell, no such folder, or too long an environment. */
export async function spawnShim(options: ShimOptions): Promise<Shim> {
  const state = openSync(options.stateFile, 'w', 0o600);
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const { argv, environment } = exact(options);
    const child = spawn('/bin/sh', ['-c', script, 'sh', String(options.graceSeconds), ...argv], {
      cwd: options.workingFolder,
      env: environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore', state, log],
      // macOS has users with negative ids, which are unsigned elsewhere.
      ...(options.user === null ? {} : { uid: options.user.uid | 0, gid: options.user.gid | 0 }),
    });
    const { pid, stdin, stdout } = child;
    if (pid === undefined || stdin === null || stdout === null) {
      throw await new Promise<Error>((resolve) => child.once('error', resolve));
    }
    child.on('error', () => {});
    stdin.on('error', () => {});
    child.unref();
    return {
      pid,
      process: child,
      release: () =>
        new Promise((resolve, reject) => {
          const settle = (outcome: () => void): void => {
            stdin.destroy();
            stdout.destroy();
            outcome();
          };
          stdout.once('data', () => settle(resolve));
          child.once('exit', () => settle(() => reject(new Error('the shim ended before the task'))));
          stdin.write('go\n');
        }),
    };
  } finally {
    closeSync(state);
    closeSync(log);
  }
}

/** What the shim has said so far. */
export interface ShimState {
  readonly mainPid: number | null;
  readonly exitCode: number | null;
}

export function readShimState(file: string): ShimState {
  let text = '';
  try {
    text = readFileSync(file, 'latin1');
  } catch {
    // Not there: the shim has not started, and said nothing.
  }
  return { mainPid: said(text, 'main'), exitCode: said(text, 'exit') };
}

function said(text: string, word: 'main' | 'exit'): number | null {
  const match = new RegExp(`^${word} (\\d+)\\n`, 'm').exec(text);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** Names that a shell may set, refuse or drop by itself. */
const shellsOwn =
  /^(?:BASH.*|DIRSTACK|EUID|FUNCNAME|GROUPS|HISTCMD|IFS|LINENO|OLDPWD|OPTARG|OPTIND|PPID|PS[0-4]|PWD|RANDOM|SECONDS|SHELLOPTS|SHLVL|UID|_)$/;
const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A shell passes on only variables it could have itself, and not all of those untouched. An environment with others (`a.b`,
 * `UID`) goes around the shells: Node.js takes it in one variable and becomes the task. It costs 40 ms, so only then.
 */
function exact({ argv, environment }: ShimOptions): {
  argv: readonly string[];
  environment: Readonly<Record<string, string>>;
} {
  if (Object.keys(environment).every((name) => plainName.test(name) && !shellsOwn.test(name))) {
    return { argv, environment };
  }
  const become = `
    const environment = JSON.parse(Buffer.from(process.env.FAIRWAY_ENVIRONMENT, 'base64').toString());
    const argv = process.argv.slice(1);
    process.execve(argv[0], argv, environment);`;
  return {
    argv: [process.execPath, '--no-warnings', '-e', become, '--', ...argv],
    environment: {
      FAIRWAY_ENVIRONMENT: Buffer.from(JSON.stringify(environment)).toString('base64'),
      FAIRWAY_TASK_ID: environment['FAIRWAY_TASK_ID'] ?? '',
    },
  };
}
