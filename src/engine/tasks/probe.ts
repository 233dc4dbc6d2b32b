import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessIdentity } from '../../process/identity.ts';
import { isRunning } from '../../process/identity.ts';
import { findExecutable } from './executable.ts';
import { send } from './signals.ts';

/** Where and as whom a container runs: what a command beside it needs. */
export interface Place {
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly user: { readonly uid: number; readonly gid: number } | null;
}

/** Runs a command beside a container, and says whether it ended with 0 in time. */
export async function probe(place: Place, argv: readonly string[], timeoutMs: number): Promise<boolean> {
  const [command = '', ...words] = argv;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const over = new AbortController();
  try {
    const executable = findExecutable(command, place.environment['PATH'] ?? '', place.workingFolder);
    const child = spawn(executable, words, {
      cwd: place.workingFolder,
      env: place.environment,
      detached: true,
      stdio: 'ignore',
      ...(place.user === null ? {} : { uid: place.user.uid | 0, gid: place.user.gid | 0 }),
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
    const late = pause(timeoutMs, false, { signal: over.signal }).catch(() => false);
    const passed = await Promise.race([promise, late]);
    // What it left running goes with it.
    if (child.pid !== undefined) send(-child.pid, 'SIGKILL');
    return passed;
  } catch {
    return false;
  } finally {
    over.abort();
  }
}

/** Where a task runs that an engine before this one started, read off its shim; null where the system does not tell. */
export function placeOf(shim: ProcessIdentity): Place | null {
  if (process.platform !== 'linux' || !isRunning(shim)) return null;
  try {
    const status = readFileSync(`/proc/${shim.pid}/status`, 'latin1');
    const id = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    const [uid, gid] = [id('Uid'), id('Gid')];
    return {
      environment: environmentIn(readFileSync(`/proc/${shim.pid}/environ`, 'utf8')),
      workingFolder: readlinkSync(`/proc/${shim.pid}/cwd`),
      user: uid === process.getuid?.() ? null : { uid, gid },
    };
  } catch {
    return null;
  }
}

function environmentIn(text: string): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const entry of text.split('\0')) {
    const end = entry.indexOf('=');
    if (end > 0) environment[entry.slice(0, end)] = entry.slice(end + 1);
  }
  const packed = environment['FAIRWAY_ENVIRONMENT'];
  return packed === undefined ? environment : unpacked(packed);
}

/** An environment that went around the shim's shell. */
function unpacked(packed: string): Record<string, string> {
  const value: unknown = JSON.parse(Buffer.from(packed, 'base64').toString());
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
