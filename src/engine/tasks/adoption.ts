import { setTimeout } from 'node:timers/promises';
import { identityOf, isRunning } from '../../process/identity.ts';
import type { TaskFolder } from './folder.ts';
import { readRecord, writeRecord } from './record.ts';
import type { TaskRecord } from './record.ts';
import { readShimState } from './shim.ts';
import { mainOf } from './start.ts';

/** What an earlier engine left of a task that has not been told to have ended. */
export type Found =
  | { readonly kind: 'running'; readonly record: TaskRecord }
  | { readonly kind: 'ended'; readonly record: TaskRecord }
  /** Its start was never completed: no process of its image ever ran. */
  | { readonly kind: 'never-started' };

const shortly = 1000;

export async function findTask(folder: TaskFolder): Promise<Found> {
  const written = readRecord(folder.record);
  if (written === null) return { kind: 'never-started' };
  const record = written.main === null ? await completed(written, folder) : written;
  const { exitCode, mainPid } = readShimState(folder.state);
  if (exitCode !== null) return { kind: 'ended', record };
  if (isRunning(record.shim)) return { kind: 'running', record };
  // The shim was killed alone: its main process may still be there.
  if (record.main !== null && isRunning(record.main)) return { kind: 'running', record };
  return mainPid === null ? { kind: 'never-started' } : { kind: 'ended', record };
}

/** The engine died around the moment of the start: the shim either starts the main process just now, or ends without. */
async function completed(record: TaskRecord, folder: TaskFolder): Promise<TaskRecord> {
  const deadline = performance.now() + shortly;
  while (
    readShimState(folder.state).mainPid === null &&
    isRunning(record.shim) &&
    performance.now() < deadline
  ) {
    await setTimeout(5);
  }
  const main = mainOf(folder);
  // A main process is a child of its shim: whoever has its pid while the shim is gone may be a stranger.
  if (main === null || identityOf(record.shim.pid)?.startTime !== record.shim.startTime) return record;
  const known = { ...record, main };
  writeRecord(folder.record, known);
  return known;
}
