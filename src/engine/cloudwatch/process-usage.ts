import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** What the processes of one container use. */
export interface Usage {
  /** Seconds of processor time by pid, since each began. */
  readonly seconds: ReadonlyMap<number, number>;
  readonly bytes: number;
}

interface Row {
  readonly pid: number;
  readonly group: number;
  readonly seconds: number;
}

/** Linux counts in hundredths of a second, whatever its own clock does. */
const ticksPerSecond = 100;

/** Of the process groups that these processes are in; nothing of one that is gone. */
export function usageOf(pids: readonly number[]): ReadonlyMap<number, Usage> {
  const table = process.platform === 'linux' ? linuxTable() : psTable();
  const groups = new Map<number, Row[]>();
  for (const row of table.rows) {
    const members = groups.get(row.group);
    if (members === undefined) groups.set(row.group, [row]);
    else members.push(row);
  }
  const byPid = new Map(table.rows.map((row) => [row.pid, row]));
  const usage = new Map<number, Usage>();
  for (const pid of pids) {
    const members = groups.get(byPid.get(pid)?.group ?? -1);
    if (members === undefined) continue;
    usage.set(pid, {
      seconds: new Map(members.map((row) => [row.pid, row.seconds])),
      bytes: members.reduce((sum, row) => sum + table.bytes(row.pid), 0),
    });
  }
  return usage;
}

interface ProcessTable {
  readonly rows: readonly Row[];
  bytes(pid: number): number;
}

function linuxTable(): ProcessTable {
  const rows = readdirSync('/proc').flatMap((name): Row[] => {
    if (!/^\d+$/.test(name)) return [];
    const stat = textOf(`/proc/${name}/stat`);
    // Behind the name, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields.length < 13) return [];
    const seconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    return [{ pid: Number(name), group: Number(fields[2]), seconds }];
  });
  return {
    rows,
    bytes: (pid) => Number(/^VmRSS:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1024,
  };
}

/** Empty where the process has ended since the listing. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function psTable(): ProcessTable {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,pgid=,rss=,time='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const kilobytes = new Map<number, number>();
  const rows = (stdout ?? '').split('\n').flatMap((line): Row[] => {
    const [pid, group, rss, time] = line.trim().split(/\s+/);
    if (time === undefined) return [];
    kilobytes.set(Number(pid), Number(rss));
    return [{ pid: Number(pid), group: Number(group), seconds: secondsOf(time) }];
  });
  return { rows, bytes: (pid) => (kilobytes.get(pid) ?? 0) * 1024 };
}

/** `1-02:03:04.05`, with as few parts as are needed. */
function secondsOf(time: string): number {
  const [clock = '', days = '0'] = time.split('-').toReversed();
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}
