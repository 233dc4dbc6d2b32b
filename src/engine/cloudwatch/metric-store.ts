import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { metricKey } from './metric.ts';
import type { Metric } from './metric.ts';
import { merged } from './sample.ts';
import type { Sample, Values } from './sample.ts';
import { momentOf } from './time.ts';

/** The sample of one moment: a minute, or a second where a client wants to have it so finely. */
export interface Datapoint {
  readonly at: number;
  readonly unit: string;
  readonly sample: Sample;
}

export interface KnownMetric {
  readonly metric: Metric;
  readonly lastAt: number;
}

/** Samples above this number go, the oldest first; some 200 bytes each. */
const mostDatapoints = 500_000;

/** Metrics and their samples, on disk only. */
export class MetricStore {
  readonly #database: DatabaseSync;
  readonly #ids = new Map<string, number>();
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #one: StatementSync;
  readonly #between: StatementSync;
  readonly #known: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`
      CREATE TABLE IF NOT EXISTS metrics (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, metric TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS datapoints (
        metric INTEGER NOT NULL, at INTEGER NOT NULL, unit TEXT NOT NULL,
        count REAL NOT NULL, sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL, spread TEXT,
        PRIMARY KEY (metric, at, unit)) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS readings (name TEXT PRIMARY KEY, reading TEXT NOT NULL) STRICT;
    `);
    const columns = 'SELECT at, unit, count, sum, min, max, spread FROM datapoints WHERE metric = ?';
    this.#one = database.prepare(`${columns} AND at = ? AND unit = ?`);
    this.#between = database.prepare(`${columns} AND at >= ? AND at < ? ORDER BY at`);
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO datapoints (metric, at, unit, count, sum, min, max, spread) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM datapoints WHERE metric = ? AND at = ? AND unit = ?');
    this.#known = database.prepare(
      'SELECT metric, (SELECT max(at) FROM datapoints WHERE metric = metrics.id) AS last FROM metrics ORDER BY id',
    );
    this.#readIds();
  }

  /** All of it is written, or nothing. */
  together(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (failure) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      // Names that were new are not there now.
      this.#readIds();
      throw failure;
    }
  }

  /** Adds to what is known of this moment. */
  record(metric: Metric, at: number, unit: string, sample: Sample): void {
    this.#add(this.#idOf(metric), at, unit, sample);
  }

  #add(id: number, at: number, unit: string, sample: Sample): void {
    const before = this.#one.get(id, at, unit);
    const { count, sum, min, max, values } =
      before === undefined ? sample : merged(datapoint(before).sample, sample);
    this.#put.run(id, at, unit, count, sum, min, max, values === null ? null : JSON.stringify(values));
  }

  /** In order; `until` exclusive. */
  between(metric: Metric, from: number, until: number): readonly Datapoint[] {
    const id = this.#ids.get(metricKey(metric));
    return id === undefined ? [] : this.#between.all(id, Math.ceil(from), Math.ceil(until)).map(datapoint);
  }

  /** What was kept for moments from `from` to `until` is from now on kept for moments of this length. Milliseconds. */
  coarsen(from: number, until: number, resolutionMs: number): void {
    for (const id of this.#ids.values())
      for (const row of this.#between.all(id, Math.ceil(from), Math.ceil(until))) {
        const { at, unit, sample } = datapoint(row);
        const moment = momentOf(at, resolutionMs);
        if (moment === at) continue;
        this.#add(id, moment, unit, sample);
        this.#delete.run(id, at, unit);
      }
  }

  /** Every metric of which something is kept. */
  known(): readonly KnownMetric[] {
    return this.#known.all().flatMap(({ metric, last }): KnownMetric[] => {
      if (last === null) return [];
      const parsed: Metric = JSON.parse(String(metric));
      return [{ metric: parsed, lastAt: Number(last) }];
    });
  }

  /** What is older goes, and what is too much. */
  forget(olderThan: number): void {
    this.together(() => {
      this.#database.prepare('DELETE FROM datapoints WHERE at < ?').run(Math.floor(olderThan));
      const count = Number(
        this.#database.prepare('SELECT count(*) AS count FROM datapoints').get()?.['count'] ?? 0,
      );
      if (count > mostDatapoints) {
        this.#database
          .prepare(
            'DELETE FROM datapoints WHERE at <= (SELECT at FROM datapoints ORDER BY at LIMIT 1 OFFSET ?)',
          )
          .run(count - mostDatapoints);
      }
      this.#database.exec(
        'DELETE FROM metrics WHERE NOT EXISTS (SELECT 1 FROM datapoints WHERE metric = metrics.id)',
      );
    });
    this.#readIds();
  }

  /** Where counting had come to when an engine before this one ended; undefined where none is known. */
  reading(name: string): unknown {
    const row = this.#database.prepare('SELECT reading FROM readings WHERE name = ?').get(name);
    return row === undefined ? undefined : JSON.parse(String(row['reading']));
  }

  keepReading(name: string, reading: unknown): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO readings (name, reading) VALUES (?, ?)')
      .run(name, JSON.stringify(reading));
  }

  #readIds(): void {
    this.#ids.clear();
    for (const { id, key } of this.#database.prepare('SELECT id, key FROM metrics').all())
      this.#ids.set(String(key), Number(id));
  }

  #idOf(metric: Metric): number {
    const key = metricKey(metric);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO metrics (key, metric) VALUES (?, ?)')
      .run(key, JSON.stringify(metric));
    const id = Number(lastInsertRowid);
    this.#ids.set(key, id);
    return id;
  }
}

function datapoint(row: Readonly<Record<string, unknown>>): Datapoint {
  const spread = row['spread'];
  const values: Values | null = typeof spread === 'string' ? JSON.parse(spread) : null;
  return {
    at: Number(row['at']),
    unit: String(row['unit']),
    sample: {
      count: Number(row['count']),
      sum: Number(row['sum']),
      min: Number(row['min']),
      max: Number(row['max']),
      values,
    },
  };
}
