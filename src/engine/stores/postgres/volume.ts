import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { giveTo } from './account.ts';
import type { Account } from './account.ts';

/**
 * The folder in which a volume's data lies. Another user cannot reach into the engine's folder, so then it lies elsewhere and
 * `<volume>/data` is a link to it, made before what it points to: an engine that dies in between finds it again.
 */
export function dataFolder(volume: string, account: Account | null, shared: string | null): string {
  mkdirSync(volume, { recursive: true, mode: 0o700 });
  const data = join(volume, 'data');
  const present = lstatSync(data, { throwIfNoEntry: false });
  if (present === undefined && account !== null && shared !== null) {
    symlinkSync(join(shared, 'volumes', randomUUID()), data);
  }
  const folder = lstatSync(data, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(data) : data;
  if (!existsSync(folder)) {
    if (shared !== null && account !== null) {
      mkdirSync(join(shared, 'volumes'), { recursive: true });
      chmodSync(join(shared, 'volumes'), 0o755);
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    giveTo(folder, account);
  }
  return folder;
}

/** For data that nobody asked to keep. */
export function passingFolder(folder: string, account: Account | null): string {
  mkdirSync(dirname(folder), { recursive: true });
  chmodSync(dirname(folder), 0o755);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  giveTo(folder, account);
  return folder;
}

/** Remembered apart from the data, so that data that has vanished is not taken for data that never was. */
export function isFilled(volume: string, major: number): boolean {
  return existsSync(marker(volume, major));
}

export function setFilled(volume: string, major: number): void {
  writeFileSync(marker(volume, major), '');
}

/** The major versions whose data a volume holds. */
export function filledMajors(volume: string): readonly number[] {
  if (!existsSync(volume)) return [];
  return readdirSync(volume).flatMap((name) => Number(/^filled-(\d+)$/.exec(name)?.[1] ?? 0) || []);
}

function marker(volume: string, major: number): string {
  return join(volume, `filled-${major}`);
}
