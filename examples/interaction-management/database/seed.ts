import type { Client } from 'pg';
import { hashPassword } from '../api/password.ts';
import { demoInteractions, demoUser } from './demo-data.ts';

/** Fills a local database so that there is something to look at. Does nothing where there are interactions already. */
export async function seedDemo(client: Client, now: Date, say: (line: string) => void): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(
      `INSERT INTO users (username, display_name, password_hash) VALUES ($1, $2, $3)
       ON CONFLICT (username) DO NOTHING`,
      [demoUser.username, demoUser.displayName, await hashPassword(demoUser.password)],
    );
    const { rowCount } = await client.query(
      `INSERT INTO interactions (title, type, contact, organisation, notes, occurred_at, status, created_by)
       SELECT demo.title, demo.type, demo.contact, demo.organisation, demo.notes, demo."occurredAt", demo.status, users.id
       FROM jsonb_to_recordset($1::jsonb)
              AS demo (title text, type text, contact text, organisation text, notes text,
                       "occurredAt" timestamptz, status text),
            users
       WHERE users.username = $2 AND NOT EXISTS (SELECT FROM interactions)`,
      [JSON.stringify(demoInteractions(now)), demoUser.username],
    );
    await client.query('COMMIT');
    if (rowCount !== null && rowCount > 0) {
      say(`added the demo user '${demoUser.username}' and ${rowCount} interactions, for APP_ENV=local only`);
    }
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
