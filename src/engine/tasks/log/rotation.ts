import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { currentSegment, rotatedSegments } from './segments.ts';

export interface LogLimits {
  /** Bytes from which on the file being written is rotated. */
  readonly fileBytes: number;
  /** How many files of that size are kept, the one being written included; at least 2. */
  readonly files: number;
}

export interface Pause {
  /** Resolves when no process of the task can write; false: one cannot be stopped, and all run again. */
  stop(): Promise<boolean>;
  resume(): void;
}

/** Copied while the task runs on; only what comes on top of it is copied while it stands still. */
const almostAll = 512 * 1024;
const mostPasses = 8;

/**
 * Moves what the log file holds into a rotated one. The task has the file open and appends: it cannot be renamed away, only
 * copied and emptied, and between the two nobody may write. So the task stands still for the last bit.
 *
 * `<log>.part` is a copy that may be dropped. `<log>.full` is a whole copy whose original may not be emptied yet; as long as it
 * exists nobody lets the task go on, so that `finishRotation` after a crash knows what to do.
 */
export async function rotate(logFile: string, limits: LogLimits, pause: Pause): Promise<boolean> {
  const part = `${logFile}.part`;
  const from = keptFrom(statSync(logFile).size, limits);
  const copied = await copyBulk(logFile, part, from);
  if (!(await pause.stop())) {
    await rm(part, { force: true });
    return false;
  }
  try {
    copyRest(logFile, part, copied);
    renameSync(part, `${logFile}.full`);
    finishRotation(logFile, from);
  } finally {
    pause.resume();
  }
  dropOldest(logFile, limits);
  return true;
}

/**
 * Completes what an engine that died had begun. Call before the task is let go on. `skipped`: how many bytes at the front of the
 * log file were not copied as there were more than would be kept.
 */
export function finishRotation(logFile: string, skipped?: number): void {
  rmSync(`${logFile}.part`, { force: true });
  const full = `${logFile}.full`;
  const size = statSync(full, { throwIfNoEntry: false })?.size;
  if (size === undefined) return;
  const rotated = rotatedSegments(logFile);
  const { start, size: present } = currentSegment(logFile, rotated);
  // Empty already where the engine died behind the truncation: then what was skipped is not known, and does not matter.
  const gap = skipped ?? Math.max(0, present - size);
  truncateSync(logFile, 0);
  if (gap > 0) for (const { file } of rotated) rmSync(file);
  renameSync(full, `${logFile}.${start + gap}`);
}

/** More than is kept need not be copied: a log that grew while no engine ran may be of any size. */
function keptFrom(size: number, { fileBytes, files }: LogLimits): number {
  return Math.max(0, size - fileBytes * Math.max(1, files - 1));
}

async function copyBulk(logFile: string, part: string, from: number): Promise<number> {
  const source = await open(logFile, 'r');
  try {
    const target = await open(part, 'w', 0o600);
    try {
      return await copyBetween(source, target, from);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyBetween(source: FileHandle, target: FileHandle, from: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(256 * 1024);
  let position = from;
  for (let pass = 0; pass < mostPasses; pass += 1) {
    const { size } = await source.stat();
    if (size - position < almostAll) break;
    while (position < size) {
      const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, size - position), position);
      if (bytesRead === 0) break;
      await target.writeFile(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
  }
  return position;
}

function copyRest(logFile: string, part: string, from: number): void {
  const source = openSync(logFile, 'r');
  const target = openSync(part, 'a');
  try {
    const rest = Buffer.allocUnsafe(Math.max(0, fstatSync(source).size - from));
    let read = 0;
    while (read < rest.length) {
      const got = readSync(source, rest, read, rest.length - read, from + read);
      if (got === 0) break;
      read += got;
    }
    let written = 0;
    while (written < read) written += writeSync(target, rest, written, read - written);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** At least `files - 1` files' worth stays, so at most one more than that. */
function dropOldest(logFile: string, { fileBytes, files }: LogLimits): void {
  const rotated = rotatedSegments(logFile);
  let total = rotated.reduce((sum, { size }) => sum + size, 0);
  for (const { file, size } of rotated) {
    if (total - size < fileBytes * (files - 1)) return;
    total -= size;
    rmSync(file);
  }
}
