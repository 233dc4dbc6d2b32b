import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, linkSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { dirname, join } from 'node:path';
import { checksum } from './checksum.ts';
import type { ChecksumName } from './checksum.ts';
import type { Piece } from './records.ts';

export interface WrittenPiece {
  readonly piece: Piece;
  /** In hex. */
  readonly md5: string;
  /** In base64, of those that were asked for. */
  readonly checksums: Readonly<Partial<Record<ChecksumName, string>>>;
}

/** The bytes of objects, each piece a file that is written once. */
export interface Pieces {
  /** On the disk once it resolves. What breaks off on the way leaves nothing. */
  write(chunks: AsyncIterable<Buffer>, names: readonly ChecksumName[]): Promise<WrittenPiece>;
  /** The same bytes under another name, without copying them. */
  share(piece: Piece): Piece;
  /** Bytes from `start` to `end`, both counted. Fails with ENOENT when it has been removed. */
  read(piece: Piece, start: number, end: number): Promise<Readable>;
  remove(pieces: readonly Piece[]): void;
  /** Removes files that nothing refers to and that nobody can still be writing. */
  sweep(known: ReadonlySet<string>, before: number): void;
}

export function openPieces(folder: string): Pieces {
  const fileOf = (id: string): string => join(folder, id.slice(0, 2), id);
  const place = (id: string): string => {
    mkdirSync(dirname(fileOf(id)), { recursive: true, mode: 0o700 });
    return fileOf(id);
  };
  return {
    async write(chunks, names) {
      const id = randomUUID();
      const file = place(id);
      const md5 = createHash('md5');
      const sums = names.map((name) => ({ name, sum: checksum(name) }));
      let size = 0;
      const handle = await open(file, 'wx', 0o600);
      try {
        for await (const chunk of chunks) {
          md5.update(chunk);
          for (const { sum } of sums) sum.update(chunk);
          await handle.writeFile(chunk);
          size += chunk.length;
        }
        await handle.sync();
      } catch (error) {
        rmSync(file, { force: true });
        throw error;
      } finally {
        await handle.close();
      }
      await syncFolder(dirname(file));
      return {
        piece: { id, size },
        md5: md5.digest('hex'),
        checksums: Object.fromEntries(sums.map(({ name, sum }) => [name, sum.digest()])),
      };
    },
    share(piece) {
      const id = randomUUID();
      linkSync(fileOf(piece.id), place(id));
      return { id, size: piece.size };
    },
    async read(piece, start, end) {
      const handle = await open(fileOf(piece.id), 'r');
      return createReadStream('', { fd: handle, start, end });
    },
    remove(pieces) {
      for (const { id } of pieces) rmSync(fileOf(id), { force: true });
    },
    sweep(known, before) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const shelf of readdirSync(folder))
        for (const id of readdirSync(join(folder, shelf)))
          if (!known.has(id) && statSync(fileOf(id)).mtimeMs < before) rmSync(fileOf(id), { force: true });
    },
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
