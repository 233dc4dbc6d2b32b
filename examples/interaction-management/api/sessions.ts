import { createHash, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { hashPassword, verifyPassword } from './password.ts';

export interface User {
  readonly id: number;
  readonly username: string;
  readonly displayName: string;
}

export interface Session {
  /** Told to the client once; the database keeps only its hash. */
  readonly token: string;
  readonly expiresAt: Date;
  readonly user: User;
}

export const sessionLifetime = 12 * 60 * 60 * 1000;

/** Compared with when nobody has the name, so that a wrong name takes as long as a wrong password. */
const nobodysHash = hashPassword(randomBytes(16).toString('hex'));

export class Sessions {
  readonly #pool: Pool;
  readonly #now: () => Date;

  constructor(pool: Pool, now: () => Date) {
    this.#pool = pool;
    this.#now = now;
  }

  /** null: no such user, or not that password; which of the two is nobody's business. */
  async signIn(username: string, password: string): Promise<Session | null> {
    const { rows } = await this.#pool.query<User & { passwordHash: string }>(
      `SELECT id, username, display_name AS "displayName", password_hash AS "passwordHash"
       FROM users WHERE username = $1`,
      [username],
    );
    const found = rows[0];
    const matches = await verifyPassword(password, found?.passwordHash ?? (await nobodysHash));
    if (found === undefined || !matches) return null;

    const token = randomBytes(32).toString('base64url');
    const now = this.#now();
    const expiresAt = new Date(now.getTime() + sessionLifetime);
    await this.#pool.query('DELETE FROM sessions WHERE user_id = $1 AND expires_at <= $2', [found.id, now]);
    await this.#pool.query('INSERT INTO sessions (token_hash, user_id, expires_at) VALUES ($1, $2, $3)', [
      hashToken(token),
      found.id,
      expiresAt,
    ]);
    const { id, displayName } = found;
    return { token, expiresAt, user: { id, username: found.username, displayName } };
  }

  async userOf(token: string): Promise<User | null> {
    const { rows } = await this.#pool.query<User>({
      name: 'session-user',
      text: `SELECT users.id, users.username, users.display_name AS "displayName"
             FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE sessions.token_hash = $1 AND sessions.expires_at > $2`,
      values: [hashToken(token), this.#now()],
    });
    return rows[0] ?? null;
  }

  async signOut(token: string): Promise<void> {
    await this.#pool.query('DELETE FROM sessions WHERE token_hash = $1', [hashToken(token)]);
  }
}

/** A plain hash is enough here: a token has 256 random bits, so nothing can be guessed from it. */
function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
