/** Rows of one kind by key, all of them in memory; what changes is written by the transaction it changes in. */
export interface Table<Row> {
  readonly name: string;
  get(key: string): Row | undefined;
  all(): IterableIterator<Row>;
  /** Rows that share a group (see `TableOptions.group`), oldest first. */
  in(group: string): readonly Row[];
  readonly size: number;
  put(key: string, row: Row): void;
  delete(key: string): void;
}

export interface TableOptions<Row> {
  /** Rows with the same group are found together without a scan, e.g. the tasks of a service. */
  readonly group?: (row: Row) => string | null;
}

/** Told of every write so that it can be persisted, or undone. */
export interface WriteLog {
  wrote(table: string, key: string, json: string | null, undo: () => void): void;
}

export class MemoryTable<Row> implements Table<Row> {
  readonly name: string;
  readonly #rows = new Map<string, Row>();
  readonly #groups = new Map<string, Set<string>>();
  readonly #group: (row: Row) => string | null;
  readonly #log: WriteLog;

  constructor(name: string, log: WriteLog, options: TableOptions<Row>) {
    this.name = name;
    this.#log = log;
    this.#group = options.group ?? (() => null);
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  all(): IterableIterator<Row> {
    return this.#rows.values();
  }

  in(group: string): readonly Row[] {
    const rows: Row[] = [];
    for (const key of this.#groups.get(group) ?? []) {
      const row = this.#rows.get(key);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  put(key: string, row: Row): void {
    const before = this.#rows.get(key);
    if (before === row) return;
    this.#log.wrote(this.name, key, JSON.stringify(row), () => this.#place(key, before));
    this.#place(key, row);
  }

  delete(key: string): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    this.#log.wrote(this.name, key, null, () => this.#place(key, before));
    this.#place(key, undefined);
  }

  /** Puts a row that is on disk already. */
  loaded(key: string, row: Row): void {
    this.#place(key, row);
  }

  #place(key: string, row: Row | undefined): void {
    const before = this.#rows.get(key);
    const groupBefore = before === undefined ? null : this.#group(before);
    const group = row === undefined ? null : this.#group(row);
    if (groupBefore !== null && groupBefore !== group) {
      const members = this.#groups.get(groupBefore);
      members?.delete(key);
      if (members?.size === 0) this.#groups.delete(groupBefore);
    }
    if (row === undefined) this.#rows.delete(key);
    else this.#rows.set(key, row);
    if (group !== null) {
      const members = this.#groups.get(group);
      if (members === undefined) this.#groups.set(group, new Set([key]));
      else members.add(key);
    }
  }
}
