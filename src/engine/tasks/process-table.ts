import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** First letter as `ps` shows it: T stopped, Z a zombie. */
  readonly state: string;
}

/** Every process of the machine that runs: no zombies. */
export function processTable(): ProcessRow[] {
  const rows = process.platform === 'linux' ? linuxTable() : psTable();
  return rows.filter(({ state }) => state !== 'Z' && state !== 'X');
}

/** The group that `leader` leads and all descendants, also those that made a group of their own. */
export function treeOf(leader: number, rows: readonly ProcessRow[]): ProcessRow[] {
  const tree = new Map(
    rows.filter(({ group, pid }) => group === leader || pid === leader).map((row) => [row.pid, row]),
  );
  for (let grown = true; grown;) {
    const children = rows.filter(({ pid, parent }) => tree.has(parent) && !tree.has(pid));
    for (const row of children) tree.set(row.pid, row);
    grown = children.length > 0;
  }
  return [...tree.values()];
}

/** Who belongs to which task, of those processes that their group does not tell. */
export interface Strays {
  readonly byTask: ReadonlyMap<string, readonly number[]>;
  readonly byLog: ReadonlyMap<string, readonly number[]>;
}

const marker = /(?:^|\0)FAIRWAY_TASK_ID=([0-9a-f]{32})\0/;

/**
 * Processes that left their task's group and lost their parents: known by the task's id in their environment or by its log in
 * their hands (PostgreSQL's backends write over their environment). Linux only; elsewhere none is found.
 * Members of the `settled` groups are not looked at.
 */
export function findStrays(rows: readonly ProcessRow[], settled: ReadonlySet<number>): Strays {
  const byTask = new Map<string, number[]>();
  const byLog = new Map<string, number[]>();
  if (process.platform !== 'linux') return { byTask, byLog };
  for (const { pid, group } of rows) {
    if (settled.has(group) || pid === process.pid) continue;
    const taskId = marker.exec(environmentOf(pid))?.[1];
    if (taskId !== undefined) add(byTask, taskId, pid);
    for (const file of new Set([openFile(pid, 1), openFile(pid, 2)]))
      if (file !== null) add(byLog, file, pid);
  }
  return { byTask, byLog };
}

function add(map: Map<string, number[]>, key: string, pid: number): void {
  const pids = map.get(key);
  if (pids) pids.push(pid);
  else map.set(key, [pid]);
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

function openFile(pid: number, fd: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return null;
  }
}

function linuxTable(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    let stat: string;
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    } catch {
      continue; // Ended since the listing.
    }
    const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 3);
    rows.push({ pid: Number(name), parent: Number(parent), group: Number(group), state: state ?? '' });
  }
  return rows;
}

function psTable(): ProcessRow[] {
  const ps = spawnSync('ps', ['-axo', 'pid=,ppid=,pgid=,stat='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return (ps.stdout ?? '')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length >= 4)
    .map(([pid, parent, group, state]) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      state: state?.charAt(0) ?? '',
    }));
}
