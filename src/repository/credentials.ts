import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { dockerHub } from './repository.ts';

/** What `docker login` has kept for a registry. Read when it is needed, kept nowhere else, shown to nobody. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** In the place of a password: to be exchanged for a token. */
  | { readonly kind: 'identity-token'; readonly token: string };

/** There may be credentials, but they cannot be had. Says where they are looked for, and nothing of what is there. */
export class CredentialsUnreadable extends Error {
  override readonly name = 'CredentialsUnreadable';
  readonly place: string;
  readonly why: string;

  constructor(place: string, why: string, options?: { cause?: unknown }) {
    super(`${place}: ${why}`, options);
    this.place = place;
    this.why = why;
  }
}

/**
 * The credentials for a registry's host, from where the docker command has them: `config.json` in `DOCKER_CONFIG` or
 * `~/.docker`, by a credential helper of this host, by the store of all hosts, or in the file itself. Null: nobody logged
 * in. Rejects with `CredentialsUnreadable`.
 */
export async function credentialsFor(host: string, env: NodeJS.ProcessEnv): Promise<Credentials | null> {
  const file = configFile(env);
  const config = await readConfig(file);
  const keys = keysOf(host);
  const helpers = record(config['credHelpers']);
  const own = keys.map((key) => helpers[key]).find((helper) => typeof helper === 'string');
  const helper = own ?? config['credsStore'];
  if (typeof helper === 'string' && helper !== '') return askHelper(helper, keys[0], file, env);
  const auths = Object.entries(record(config['auths']));
  const found =
    auths.find(([key]) => keys.includes(key)) ?? auths.find(([key]) => keys.includes(hostnameIn(key)));
  return found === undefined ? null : credentialsIn(record(found[1]));
}

/** Docker Hub is kept under the address that it once had. */
function keysOf(host: string): readonly [string, ...string[]] {
  return host === dockerHub ? ['https://index.docker.io/v1/', 'index.docker.io', dockerHub] : [host];
}

function configFile(env: NodeJS.ProcessEnv): string {
  const folder = env['DOCKER_CONFIG'] ?? '';
  return join(folder === '' ? join(env['HOME'] ?? homedir(), '.docker') : folder, 'config.json');
}

async function readConfig(file: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = record(error)['code'];
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw new CredentialsUnreadable(file, `it cannot be read (${String(code)})`, { cause: error });
  }
  try {
    return record(JSON.parse(text));
  } catch {
    // Without the cause: it would quote the file.
    throw new CredentialsUnreadable(file, 'it is not JSON');
  }
}

/** `https://registry.example.org/v1/` → `registry.example.org` */
function hostnameIn(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function credentialsIn(entry: Readonly<Record<string, unknown>>): Credentials | null {
  const { identitytoken, auth } = entry;
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { kind: 'identity-token', token: identitytoken };
  if (typeof auth !== 'string' || auth === '') return null;
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon === -1
    ? null
    : { kind: 'password', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** A helper asks a key store, and that may ask a person. Milliseconds. */
const helperPatience = 60_000;

/** `docker-credential-<helper> get`: the host goes in through a pipe, the credentials come out through another. */
async function askHelper(
  helper: string,
  key: string,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<Credentials | null> {
  const program = `docker-credential-${helper}`;
  if (!/^[\w.-]+$/.test(helper)) throw new CredentialsUnreadable(file, 'it names no credential helper');
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; said: string }>();
  const asked = spawn(program, ['get'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: helperPatience,
  });
  let said = '';
  asked.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  asked.once('error', (cause) =>
    reject(new CredentialsUnreadable(program, `it does not start; ${file} names it`, { cause })),
  );
  asked.once('close', (code) => resolve({ code, said }));
  // One that does not read what it is asked may have ended.
  asked.stdin.on('error', () => undefined).end(key);
  const answer = await promise;
  if (answer.code !== 0) {
    if (answer.said.includes('credentials not found')) return null;
    throw new CredentialsUnreadable(program, `it ended with ${answer.code ?? 'a signal'} (${file} names it)`);
  }
  const { Username: username, Secret: secret } = record(jsonOrNull(answer.said));
  if (typeof username !== 'string' || typeof secret !== 'string')
    throw new CredentialsUnreadable(program, 'it answered something else than credentials');
  return username === '<token>'
    ? { kind: 'identity-token', token: secret }
    : { kind: 'password', username, password: secret };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
