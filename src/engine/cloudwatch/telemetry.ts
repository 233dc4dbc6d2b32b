import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { WrittenEvents } from '../logs/written-events.ts';
import { StateFailure } from '../state/failure.ts';
import { asStateFailure } from '../state/sqlite.ts';
import { MetricStore } from './metric-store.ts';

/** What is measured and logged, beside the state: much, bounded, and nothing that the engine acts on would be lost with it. */
export interface Telemetry {
  readonly events: WrittenEvents;
  readonly metrics: MetricStore;
  close(): void;
}

/** Opens the file, and makes it anew where it cannot be read. It survives a killed engine; after a power cut the last moments may miss. */
export function openTelemetry(path: string): Telemetry {
  const database = open(path);
  return {
    events: new WrittenEvents(database),
    metrics: new MetricStore(database),
    close: () => database.close(),
  };
}

function open(path: string): DatabaseSync {
  try {
    return begin(path);
  } catch (failure) {
    const known = asStateFailure(failure);
    if (!(known instanceof StateFailure) || known.code !== 'state-damaged') throw known;
    for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
    return begin(path);
  }
}

function begin(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 2000 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    return database;
  } catch (failure) {
    database.close();
    throw failure;
  }
}
