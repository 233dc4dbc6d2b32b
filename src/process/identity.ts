import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Which process, for certain: a pid alone may be reused by a stranger, a pid with its start time is not.
 * `startTime` is opaque text, comparable only for equality: on Linux `<ticks since boot>@<boot id>`, elsewhere `ps -o lstart=`.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** The identity of the process that has this pid now; null where none runs (a zombie does not run). */
export function identityOf(pid: number): ProcessIdentity | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const startTime = process.platform === 'linux' ? linuxStartTime(pid) : psStartTime(pid);
  return startTime === null ? null : { pid, startTime };
}

/** The identity of this process itself. */
export function ownIdentity(): ProcessIdentity {
  const identity = identityOf(process.pid);
  if (identity === null) throw new Error(`cannot read the start time of this process (pid ${process.pid})`);
  return identity;
}

/** Whether exactly this process still runs: same pid, same start time. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startTime === identity.startTime;
}

/** Reads an identity back from JSON; null where the value is none. */
export function readIdentity(value: unknown): ProcessIdentity | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!('pid' in value) || !('startTime' in value)) return null;
  const { pid, startTime } = value;
  return typeof pid === 'number' && typeof startTime === 'string' ? { pid, startTime } : null;
}

let bootId: string | undefined;

function linuxStartTime(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The second field is the command in brackets and may hold anything, brackets too: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const ticks = fields[19];
  if (ticks === undefined || state === 'Z' || state === 'X') return null;
  bootId ??= readBootId();
  return `${ticks}@${bootId}`;
}

/** Ticks count from boot, so that after a reboot the same pair could come again. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim().slice(0, 8);
  } catch {
    return 'boot';
  }
}

/**
 * Which processes this one can look up by their pid: those of one start of one machine, in one space of pids (containers have
 * their own). Null where that cannot be told from another machine of the same name.
 */
export function pidSpace(): string | null {
  try {
    const space = readlinkSync('/proc/self/ns/pid');
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${space}`;
  } catch {
    return null;
  }
}

function psStartTime(pid: number): string | null {
  const ps = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const line = ps.stdout?.trim() ?? '';
  const [state, ...startTime] = line.split(/\s+/);
  if (ps.status !== 0 || state === undefined || state.startsWith('Z') || startTime.length === 0) return null;
  return startTime.join(' ');
}
