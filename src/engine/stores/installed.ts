import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** A program that somebody installed on this machine. */
export interface Installed {
  readonly file: string;
  /** As the program says it: `7.0.15`. */
  readonly version: string;
}

const versionForm = /\d+\.\d+(?:\.\d+)*/;
/** Milliseconds. Some are Java programs, on machines that are busy. */
const longestAnswer = 60_000;
/** What a file said of itself, by path and time of its last change. */
const known = new Map<string, Promise<string | null>>();

/** The first of these programs on the PATH that says a version; null where there is none. */
export async function findInstalled(names: readonly string[], path: string): Promise<Installed | null> {
  for (const file of names.flatMap((name) => filesOf(name, path))) {
    const key = `${file} ${statSync(file).mtimeMs}`;
    const asked = known.get(key) ?? versionOf(file, path);
    known.set(key, asked);
    const version = await asked;
    if (version !== null) return { file, version };
    known.delete(key);
  }
  return null;
}

function filesOf(name: string, path: string): readonly string[] {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .filter(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(realpathSync(file)).isFile();
  } catch {
    return false;
  }
}

async function versionOf(file: string, path: string): Promise<string | null> {
  const child = spawn(file, ['--version'], {
    env: { PATH: path, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: longestAnswer,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  return ended ? (versionForm.exec(said)?.[0] ?? null) : null;
}
