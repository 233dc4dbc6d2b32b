import type { Change, Disk } from './disk.ts';
import { MemoryTable } from './table.ts';
import type { Table, TableOptions } from './table.ts';

/**
 * The engine's durable state: tables in memory, written through to disk one transaction at a time. A transaction is
 * synchronous; when it returns, its changes are durable; when it throws, memory and disk are as before it.
 */
export class State {
  readonly #disk: Disk;
  readonly #listeners: ((changes: readonly Change[]) => void)[] = [];
  #open: Transaction | null = null;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Declares a table and loads its rows. */
  table<Row>(name: string, options: TableOptions<Row> = {}): Table<Row> {
    const table = new MemoryTable<Row>(name, { wrote: this.#wrote }, options);
    this.#disk.tables([name]);
    for (const { key, json } of this.#disk.load(name)) {
      const row: Row = JSON.parse(json);
      table.loaded(key, row);
    }
    return table;
  }

  /** Runs `work` as one transaction, or as part of the one that is open. Throws what `work` throws, or `StateFailure`. */
  transaction<Result>(work: () => Result): Result {
    if (this.#open !== null) return work();
    const transaction: Transaction = { changes: new Map(), undo: [] };
    this.#open = transaction;
    let result: Result;
    try {
      result = work();
      if (transaction.changes.size > 0) this.#disk.commit([...transaction.changes.values()]);
    } catch (failure) {
      for (const undo of transaction.undo.toReversed()) undo();
      throw failure;
    } finally {
      this.#open = null;
    }
    if (transaction.changes.size > 0) {
      const changes = [...transaction.changes.values()];
      for (const listener of this.#listeners) listener(changes);
    }
    return result;
  }

  /** Told of every committed transaction that changed something. */
  onCommit(listener: (changes: readonly Change[]) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.#disk.close();
  }

  readonly #wrote = (table: string, key: string, json: string | null, undo: () => void): void => {
    if (this.#open === null) throw new Error(`bug: ${table} was written outside of a transaction`);
    this.#open.changes.set(`${table}\n${key}`, { table, key, json });
    this.#open.undo.push(undo);
  };
}

interface Transaction {
  readonly changes: Map<string, Change>;
  readonly undo: (() => void)[];
}
