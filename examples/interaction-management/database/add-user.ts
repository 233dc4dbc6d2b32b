import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { hashPassword } from '../api/password.ts';
import { SettingsReader } from '../service/settings.ts';

/** Adds a user, or sets a new password: `add-user.js NAME [DISPLAY NAME]`, the password on standard input. */
const [username, ...displayName] = process.argv.slice(2);
if (username === undefined) {
  console.error('usage: add-user.js NAME [DISPLAY NAME], the password on standard input');
  process.exit(64);
}

const settings = new SettingsReader(process.env);
const { connectionString } = settings.database(1);
settings.finish();

const password = (await text(process.stdin)).trim();
if (password.length < 12) {
  console.error('add-user: the password must have at least 12 characters');
  process.exit(1);
}

const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 });
await client.connect();
try {
  await client.query(
    `INSERT INTO users (username, display_name, password_hash) VALUES ($1, $2, $3)
     ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash`,
    [username, displayName.join(' ') || username, await hashPassword(password)],
  );
} finally {
  await client.end();
}
console.log(`${username} can sign in`);
