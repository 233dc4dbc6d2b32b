import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeWhole } from './whole-file.ts';

/** Keeps values that nobody who reads the state file may read. */
export interface Vault {
  /** What is sealed for one purpose cannot be opened for another. */
  seal(value: string, purpose?: string): string;
  /** Throws when the value was not sealed with this vault's key, or for another purpose. */
  open(sealed: string, purpose?: string): string;
}

const keyLength = 32;
const ivLength = 12;
const tagLength = 16;

/** AES-256-GCM with the key in `path` (mode 0600), which is made when it is not there. */
export function openVault(path: string): Vault {
  const key = readKey(path) ?? makeKey(path);
  return {
    seal(value, purpose = '') {
      const iv = randomBytes(ivLength);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      cipher.setAAD(Buffer.from(purpose));
      const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
    },
    open(sealed, purpose = '') {
      const bytes = Buffer.from(sealed, 'base64');
      const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivLength));
      cipher.setAAD(Buffer.from(purpose));
      cipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength));
      return Buffer.concat([cipher.update(bytes.subarray(ivLength + tagLength)), cipher.final()]).toString(
        'utf8',
      );
    },
  };
}

function readKey(path: string): Buffer | null {
  try {
    const key = readFileSync(path);
    if (key.length !== keyLength) throw new Error(`${path} does not hold a key of ${keyLength} bytes`);
    return key;
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') return null;
    throw failure;
  }
}

function makeKey(path: string): Buffer {
  const key = randomBytes(keyLength);
  writeWhole(path, key);
  return key;
}
