import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { taskFolder, taskIds } from '../../../../src/engine/tasks/folder.ts';
import { processTable, treeOf } from '../../../../src/engine/tasks/process-table.ts';
import { readExit, readRecord } from '../../../../src/engine/tasks/record.ts';

export interface StoreTask {
  /** The shim, from which all its processes descend. */
  readonly leader: number;
  readonly pid: number;
  readonly ports: readonly number[];
}

/** The tasks that an engine runs now. */
export function storeTasks(engineFolder: string): readonly StoreTask[] {
  const folder = join(engineFolder, 'runtime');
  return taskIds(folder).flatMap((id) => {
    const { record: file, exit } = taskFolder(folder, id);
    const record = readRecord(file);
    if (!record?.main || readExit(exit) !== null) return [];
    const ports = record.ports.map(({ hostPort }) => hostPort);
    return [{ leader: record.shim.pid, pid: record.main.pid, ports }];
  });
}

/** As `/proc/net/tcp` and `tcp6` write them: 127.0.0.1, the same in IPv6, ::1. */
export const loopback: ReadonlySet<string> = new Set([
  '0100007F',
  '0000000000000000FFFF00000100007F',
  '00000000000000000000000001000000',
]);

/** The addresses on which processes of these tasks listen; known on Linux only. */
export function addressesOf(tasks: readonly StoreTask[]): readonly string[] {
  if (process.platform !== 'linux') return [];
  const rows = processTable();
  const sockets = new Set(
    tasks.flatMap(({ leader }) => treeOf(leader, rows)).flatMap(({ pid }) => socketsOf(pid)),
  );
  const listening = '0A';
  return ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/net/${family}`, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        return state === listening && sockets.has(inode) ? [local.slice(0, local.indexOf(':'))] : [];
      }),
  );
}

function socketsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return ofWhatIsLeft(() => readdirSync(folder)).flatMap((name) =>
    ofWhatIsLeft(() => [/^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, name)))?.[1] ?? '']),
  );
}

/** Processes end and files are closed while they are looked at. */
function ofWhatIsLeft(look: () => readonly string[]): readonly string[] {
  try {
    return look();
  } catch {
    return [];
  }
}
