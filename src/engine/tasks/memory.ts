import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processTable } from './process-table.ts';

/**
 * Bytes that process groups hold, by their leaders. Memory that processes share is counted once: a database's buffers are in
 * the hands of each of its processes. What a file backs can be dropped by the system at any time and is not counted (on
 * Linux; elsewhere all that is resident counts).
 */
export function residentBytes(leaders: ReadonlySet<number>): ReadonlyMap<number, number> {
  return process.platform === 'linux' ? linuxBytes(leaders) : psBytes(leaders);
}

function linuxBytes(leaders: ReadonlySet<number>): ReadonlyMap<number, number> {
  const own = new Map<number, number>();
  const shared = new Map<number, number>();
  for (const { pid, group } of processTable()) {
    if (!leaders.has(group)) continue;
    const status = statusOf(pid);
    own.set(group, (own.get(group) ?? 0) + kilobytes(status, 'RssAnon'));
    shared.set(group, Math.max(shared.get(group) ?? 0, kilobytes(status, 'RssShmem')));
  }
  return new Map([...own].map(([group, size]) => [group, (size + (shared.get(group) ?? 0)) * 1024]));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return ''; // Ended since the listing.
  }
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
}

function psBytes(leaders: ReadonlySet<number>): ReadonlyMap<number, number> {
  const { stdout } = spawnSync('ps', ['-axo', 'pgid=,rss='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const sizes = new Map<number, number>();
  for (const line of (stdout ?? '').split('\n')) {
    const [group = 0, size = 0] = line.trim().split(/\s+/).map(Number);
    if (leaders.has(group)) sizes.set(group, (sizes.get(group) ?? 0) + size * 1024);
  }
  return sizes;
}
