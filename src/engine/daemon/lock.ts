import { DatabaseSync } from 'node:sqlite';

export interface Lock {
  release(): void;
}

const sqliteBusy = 5;

/**
 * One engine per folder. The lock is a lock of the operating system on a database file that holds nothing: it is gone
 * with the process, however that ends, and of two that start together exactly one has it. Null when another has it.
 */
export function takeLock(path: string): Lock | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (failure) {
    database.close();
    if (failure instanceof Error && 'errcode' in failure && failure.errcode === sqliteBusy) return null;
    throw failure;
  }
  return { release: () => database.close() };
}
