import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** An event that a client put into a stream. `id` grows with every event. */
export interface WrittenEvent {
  readonly id: number;
  readonly at: number;
  readonly ingestedAt: number;
  readonly message: string;
}

export type NewEvent = Pick<WrittenEvent, 'at' | 'message'>;
type Listener = (stream: string, events: readonly NewEvent[], ingestedAt: number) => void;

/** A place in a stream's order: by time, then by id. */
export type Place = readonly [at: number, id: number];

export interface Range {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly until: number;
}

/** As much as a task's own log keeps. */
const mostBytes = 30 * 1024 * 1024;
/** A stream is looked over after so many events, not at each. */
const pruneEvery = 1000;

/** The events that clients put, by stream (`streamKey`). */
export class WrittenEvents {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #after: StatementSync;
  readonly #before: StatementSync;
  readonly #span: StatementSync;
  #sincePruned = 0;
  readonly #listeners = new Set<Listener>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`
      CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, stream TEXT NOT NULL, at INTEGER NOT NULL, ingested INTEGER NOT NULL, message TEXT NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS events_in_order ON events (stream, at, id);
    `);
    this.#insert = database.prepare('INSERT INTO events (stream, at, ingested, message) VALUES (?, ?, ?, ?)');
    const columns = 'SELECT id, at, ingested, message FROM events WHERE stream = ? AND at >= ? AND at < ?';
    this.#after = database.prepare(`${columns} AND (at, id) > (?, ?) ORDER BY at, id`);
    this.#before = database.prepare(`${columns} AND (at, id) < (?, ?) ORDER BY at DESC, id DESC`);
    this.#span = database.prepare(
      'SELECT min(at) AS first, max(at) AS last, max(ingested) AS ingested, coalesce(sum(length(message)), 0) AS bytes FROM events WHERE stream = ? AND at >= ?',
    );
  }

  /** Tells of everything that is put from now on, until the function it gives is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  put(stream: string, events: readonly NewEvent[], now: number): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const { at, message } of events) this.#insert.run(stream, at, now, message);
      this.#database.exec('COMMIT');
    } catch (failure) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw failure;
    }
    for (const hear of this.#listeners) hear(stream, events, now);
    this.#sincePruned += events.length;
    if (this.#sincePruned < pruneEvery) return;
    this.#sincePruned = 0;
    this.#prune(stream);
  }

  /** In order, those behind a place. */
  *after(stream: string, { from, until }: Range, place: Place): Generator<WrittenEvent> {
    for (const row of this.#after.iterate(stream, from, until, ...place)) yield eventOf(row);
  }

  /** The latest first, those before a place. */
  *before(stream: string, { from, until }: Range, place: Place): Generator<WrittenEvent> {
    for (const row of this.#before.iterate(stream, from, until, ...place)) yield eventOf(row);
  }

  /** Null where there is nothing. */
  span(
    stream: string,
    from: number,
  ): {
    readonly first: number;
    readonly last: number;
    readonly ingestedAt: number;
    readonly bytes: number;
  } | null {
    const row = this.#span.get(stream, from) ?? {};
    if (row['first'] === null || row['first'] === undefined) return null;
    return {
      first: Number(row['first']),
      last: Number(row['last']),
      ingestedAt: Number(row['ingested']),
      bytes: Number(row['bytes']),
    };
  }

  /** Forgets what is older; everything, without a time. */
  forget(stream: string, olderThan = Number.MAX_SAFE_INTEGER): void {
    this.#database.prepare('DELETE FROM events WHERE stream = ? AND at < ?').run(stream, olderThan);
  }

  /** The oldest go where a stream holds more than it may. */
  #prune(stream: string): void {
    this.#database
      .prepare(
        `DELETE FROM events WHERE id IN (
           SELECT id FROM (SELECT id, sum(length(message) + 26) OVER (ORDER BY at DESC, id DESC) AS bytes FROM events WHERE stream = ?)
           WHERE bytes > ?)`,
      )
      .run(stream, mostBytes);
  }
}

function eventOf(row: Readonly<Record<string, unknown>>): WrittenEvent {
  return {
    id: Number(row['id']),
    at: Number(row['at']),
    ingestedAt: Number(row['ingested']),
    message: String(row['message']),
  };
}
