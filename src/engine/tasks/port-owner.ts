import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Who listens on a port, for a person: `postgres (pid 812)`. What cannot be found out is "another process". */
export function portOwner(port: number): string {
  const found = process.platform === 'linux' ? linuxOwner(port) : lsofOwner(port);
  return found ?? 'another process';
}

const listening = '0A';

function linuxOwner(port: number): string | null {
  const inodes = [...listeningInodes('/proc/net/tcp', port), ...listeningInodes('/proc/net/tcp6', port)];
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return null;
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && holds(name, sockets));
  return pid === undefined ? null : `${readText(`/proc/${pid}/comm`).trim()} (pid ${pid})`;
}

function listeningInodes(file: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readText(file)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => (fields[1]?.endsWith(suffix) ?? false) && fields[3] === listening)
    .flatMap((fields) => fields[9] ?? []);
}

function holds(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.has(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false; // Somebody else's process, or gone.
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function lsofOwner(port: number): string | null {
  const lsof = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' });
  const lines = (lsof.stdout ?? '').split('\n');
  const pid = lines.find((line) => line.startsWith('p'))?.slice(1);
  const command = lines.find((line) => line.startsWith('c'))?.slice(1);
  return pid === undefined ? null : `${command ?? 'a process'} (pid ${pid})`;
}
