import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../process/identity.ts';
import { readIdentity } from '../../process/identity.ts';
import { addressFormat } from '../version.ts';
import { writeWhole } from '../whole-file.ts';

/** `engine.json`: who the engine is and where it answers. Written once it does. */
export interface EngineAddress extends ProcessIdentity {
  readonly format: number;
  readonly version: string;
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  readonly imageStore: string;
}

/** `credentials.json`: what requests are signed with. Made once for a state folder. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const engineFile = (folder: string): string => join(folder, 'engine.json');

/** SQLite makes its files readable for all; those beside a file get that file's mode. */
export function ownFile(path: string): string {
  closeSync(openSync(path, 'a', 0o600));
  return path;
}

export const writeAddress = (folder: string, address: EngineAddress): void =>
  writeWhole(engineFile(folder), `${JSON.stringify(address)}\n`);

/** What the engine of this folder wrote of itself, whether it runs or not; null when there is none that we can read. */
export function readAddress(folder: string): EngineAddress | null {
  const value = readJson(engineFile(folder));
  const identity = readIdentity(value);
  if (identity === null || typeof value !== 'object' || value === null) return null;
  const text = (name: string): string => {
    const field: unknown = Reflect.get(value, name);
    return typeof field === 'string' ? field : '';
  };
  const format: unknown = Reflect.get(value, 'format');
  return {
    ...identity,
    format: typeof format === 'number' ? format : addressFormat,
    version: text('version'),
    endpoint: text('endpoint'),
    region: text('region'),
    accountId: text('accountId'),
    imageStore: text('imageStore'),
  };
}

export function credentialsOf(folder: string): Credentials {
  const path = join(folder, 'credentials.json');
  const value = readJson(path);
  if (typeof value === 'object' && value !== null && 'accessKeyId' in value && 'secretAccessKey' in value) {
    const { accessKeyId, secretAccessKey } = value;
    if (typeof accessKeyId === 'string' && typeof secretAccessKey === 'string')
      return { accessKeyId, secretAccessKey };
  }
  const made: Credentials = {
    accessKeyId: `AKIA${base32(randomBytes(16))}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  writeWhole(path, `${JSON.stringify(made)}\n`);
  return made;
}

const base32 = (bytes: Buffer): string =>
  [...bytes].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(byte % 32)).join('');

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
