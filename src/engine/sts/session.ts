import { randomBytes } from 'node:crypto';
import type { Caller } from '../api/operations.ts';
import type { Session } from '../api/signature.ts';
import type { Vault } from '../vault.ts';

/**
 * A session lives in its token, sealed: the engine keeps nothing of it, and knows it again after a restart. The purpose
 * keeps other sealed texts that a client may see or choose from being taken for one.
 */
const purpose = 'session';

export interface SessionWithToken extends Session {
  readonly token: string;
}

export function newSession(vault: Vault, caller: Caller | null, expiresAt: number): SessionWithToken {
  const session: Session = {
    accessKeyId: `ASIA${base32(randomBytes(16))}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
    expiresAt,
    caller,
  };
  return { ...session, token: vault.seal(JSON.stringify(session), purpose) };
}

export function openSession(vault: Vault, token: string): Session | null {
  try {
    const session: Session = JSON.parse(vault.open(token, purpose));
    return session;
  } catch {
    return null;
  }
}

export const base32 = (bytes: Buffer): string =>
  Array.from(bytes, (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(byte % 32)).join('');
