/**
 * The write seam of the state. `commit` is atomic and durable: when it returns, every change survives a power cut;
 * when it throws, none of them happened.
 */
export interface Disk {
  tables(names: readonly string[]): void;
  load(table: string): Iterable<StoredRow>;
  commit(changes: readonly Change[]): void;
  close(): void;
}

export interface StoredRow {
  readonly key: string;
  readonly json: string;
}

/** `json` null deletes the row. */
export interface Change {
  readonly table: string;
  readonly key: string;
  readonly json: string | null;
}
