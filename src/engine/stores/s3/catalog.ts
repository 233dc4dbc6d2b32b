import { DatabaseSync } from 'node:sqlite';
import type { BucketRecord, ObjectRecord, PartRecord, UploadRecord } from './records.ts';

/**
 * What is in the buckets, in one SQLite file that several servers may have open: every change is one transaction, durable
 * before it is answered. Keys are kept as bytes, so that their order is S3's.
 */
export interface Catalog {
  bucket(name: string): BucketRecord | null;
  buckets(): readonly BucketRecord[];
  /** False where it is there. */
  createBucket(name: string, created: number): boolean;
  /** What there was in the way of it: objects; null where it is gone now. */
  deleteBucket(name: string): 'not empty' | null;
  setPolicy(bucket: string, policy: string | null): void;
  setCors(bucket: string, cors: string | null): void;

  object(bucket: string, key: string): ObjectRecord | null;
  /**
   * Keeps an object in the place of the one that was there, which is given back, unless `allow` says that what is there now
   * may not be replaced: then nothing changes, and it is false.
   */
  putObject(
    bucket: string,
    object: ObjectRecord,
    allow: (present: ObjectRecord | null) => boolean,
  ): { readonly replaced: ObjectRecord | null } | false;
  deleteObject(bucket: string, key: string): ObjectRecord | null;
  /** In the order of keys, from the first that is not before `from`. */
  objectsFrom(bucket: string, from: Buffer, limit: number): readonly ObjectRecord[];

  upload(id: string): UploadRecord | null;
  uploads(bucket: string): readonly UploadRecord[];
  startUpload(upload: UploadRecord): void;
  /** Gives back the part that had the number. */
  putPart(upload: string, part: PartRecord): PartRecord | null;
  parts(upload: string): readonly PartRecord[];
  /** Forgets the upload and its parts. */
  endUpload(id: string): void;

  /** Everything that `work` does is kept together, or nothing of it. */
  together<Result>(work: () => Result): Result;
  /** The files that something refers to. */
  pieceIds(): ReadonlySet<string>;
  close(): void;
}

const tables = `
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created INTEGER NOT NULL, policy TEXT, cors TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS objects (bucket TEXT NOT NULL, key BLOB NOT NULL, row TEXT NOT NULL, PRIMARY KEY (bucket, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, row TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS parts (upload TEXT NOT NULL, number INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (upload, number)) STRICT, WITHOUT ROWID;
`;

export function openCatalog(file: string): Catalog {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(tables);
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const sql = (text: string): ReturnType<DatabaseSync['prepare']> => {
    const known = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, known);
    return known;
  };
  function together<Result>(work: () => Result): Result {
    if (database.isTransaction) return work();
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
  const object = (bucket: string, key: string): ObjectRecord | null => {
    const found = sql('SELECT row FROM objects WHERE bucket = ? AND key = ?').get(bucket, Buffer.from(key));
    return found === undefined ? null : objectIn(found);
  };
  const parts = (upload: string): readonly PartRecord[] =>
    sql('SELECT row FROM parts WHERE upload = ? ORDER BY number').all(upload).map(partIn);
  return {
    bucket: (name) => bucketOf(sql('SELECT * FROM buckets WHERE name = ?').get(name)),
    buckets: () =>
      sql('SELECT * FROM buckets ORDER BY name')
        .all()
        .flatMap((found) => bucketOf(found) ?? []),
    createBucket: (name, created) =>
      sql('INSERT INTO buckets (name, created) VALUES (?, ?) ON CONFLICT DO NOTHING').run(name, created)
        .changes > 0,
    deleteBucket: (name) =>
      together(() => {
        if (sql('SELECT 1 FROM objects WHERE bucket = ? LIMIT 1').get(name) !== undefined) return 'not empty';
        sql('DELETE FROM buckets WHERE name = ?').run(name);
        return null;
      }),
    setPolicy: (bucket, policy) =>
      void sql('UPDATE buckets SET policy = ? WHERE name = ?').run(policy, bucket),
    setCors: (bucket, cors) => void sql('UPDATE buckets SET cors = ? WHERE name = ?').run(cors, bucket),
    object,
    putObject: (bucket, next, allow) =>
      together(() => {
        const replaced = object(bucket, next.key);
        if (!allow(replaced)) return false;
        sql('INSERT OR REPLACE INTO objects (bucket, key, row) VALUES (?, ?, ?)').run(
          bucket,
          Buffer.from(next.key),
          JSON.stringify(next),
        );
        return { replaced };
      }),
    deleteObject: (bucket, key) =>
      together(() => {
        const present = object(bucket, key);
        if (present !== null)
          sql('DELETE FROM objects WHERE bucket = ? AND key = ?').run(bucket, Buffer.from(key));
        return present;
      }),
    objectsFrom: (bucket, from, limit) =>
      sql('SELECT row FROM objects WHERE bucket = ? AND key >= ? ORDER BY key LIMIT ?')
        .all(bucket, from, limit)
        .map(objectIn),
    upload: (id) => {
      const found = sql('SELECT row FROM uploads WHERE id = ?').get(id);
      return found === undefined ? null : uploadIn(found);
    },
    uploads: (bucket) =>
      sql('SELECT row FROM uploads WHERE bucket = ? ORDER BY id').all(bucket).map(uploadIn),
    startUpload: (upload) =>
      void sql('INSERT INTO uploads (id, bucket, row) VALUES (?, ?, ?)').run(
        upload.id,
        upload.bucket,
        JSON.stringify(upload),
      ),
    putPart: (upload, part) =>
      together(() => {
        const present = parts(upload).find(({ number }) => number === part.number) ?? null;
        sql('INSERT OR REPLACE INTO parts (upload, number, row) VALUES (?, ?, ?)').run(
          upload,
          part.number,
          JSON.stringify(part),
        );
        return present;
      }),
    parts,
    endUpload: (id) =>
      together(() => {
        sql('DELETE FROM uploads WHERE id = ?').run(id);
        sql('DELETE FROM parts WHERE upload = ?').run(id);
      }),
    together,
    pieceIds: () =>
      together(() => {
        const objects = sql('SELECT row FROM objects').all().map(objectIn);
        const loose = sql('SELECT row FROM parts').all().map(partIn);
        return new Set([
          ...objects.flatMap(({ pieces }) => pieces.map(({ id }) => id)),
          ...loose.map(({ piece }) => piece.id),
        ]);
      }),
    close: () => database.close(),
  };
}

type Found = Readonly<Record<string, unknown>>;

/** What this file wrote it reads: rows are of the type that was put. */
function objectIn(found: Found): ObjectRecord {
  return JSON.parse(String(found['row']));
}

function partIn(found: Found): PartRecord {
  return JSON.parse(String(found['row']));
}

function uploadIn(found: Found): UploadRecord {
  return JSON.parse(String(found['row']));
}

function bucketOf(found: Found | undefined): BucketRecord | null {
  if (found === undefined) return null;
  const { name, created, policy, cors } = found;
  return {
    name: String(name),
    created: Number(created),
    policy: typeof policy === 'string' ? policy : null,
    cors: typeof cors === 'string' ? cors : null,
  };
}
