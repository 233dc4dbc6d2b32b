import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../ports.ts';
import { makeCertificate } from './certificate.ts';
import { startTokens } from './tokens.ts';
import { user } from './users.ts';

/** bcrypt of the user's password, as `htpasswd -B` writes it: the registry takes no other. */
const htpasswd = `${user.name}:$2b$04$abcdefghijklmnopqrstuud4Q8Nvw1PDymiCRWji1l3rmW1tF7Ov6\n`;

/** How a registry lets people in: everybody, everybody by TLS, by password, or by tokens that somebody else gives out. */
export type Door = 'open' | 'tls' | 'htpasswd' | 'token';

export interface RegistryServer extends AsyncDisposable {
  /** `127.0.0.1:5000` */
  readonly host: string;
  /** Where it speaks TLS, the file of what vouches for it. */
  readonly certificate: string | null;
  /** Takes an image away, by digest. */
  remove(path: string, digest: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Whether Debian's `docker-registry` is there. The tests that need it say that they are skipped; in CI it may not be missing.
 */
export function hasRegistry(): boolean {
  try {
    execFileSync('docker-registry', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (failure) {
    if (process.env['CI'] === 'true')
      throw new Error('there is no docker-registry: .ci/run installs it', { cause: failure });
    console.log('skipped: what needs a registry: there is no `docker-registry` on the PATH');
    return false;
  }
}

/** A real registry of the test's own, on loopback. */
export async function startRegistry(door: Door = 'open'): Promise<RegistryServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-registry-'));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  mkdirSync(join(folder, 'images'));
  const tokens = door === 'token' ? await startTokens(folder) : null;
  const tls = door === 'tls' ? makeCertificate(folder) : null;
  writeFileSync(join(folder, 'htpasswd'), htpasswd);
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'images') }, delete: { enabled: true } },
    http: { addr: host, ...(tls === null ? {} : { tls }) },
    ...(door === 'htpasswd' ? { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } } : {}),
    ...(tokens === null ? {} : { auth: { token: tokens.setting } }),
  };
  const file = join(folder, 'config.yml');
  // JSON is YAML too.
  writeFileSync(file, JSON.stringify(config));
  const log = join(folder, 'log');
  const child = spawn('/bin/sh', ['-c', `exec docker-registry serve "$0" > "$1" 2>&1`, file, log], {
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let gone = false;
  void ended.then(() => (gone = true));
  while (!(await answers(host))) {
    if (gone) throw new Error(`the registry did not start: ${readFileSync(log, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  return {
    host,
    certificate: tls?.certificate ?? null,
    async remove(path, digest) {
      const Authorization = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
      const answer = await fetch(`http://${host}/v2/${path}/manifests/${digest}`, {
        method: 'DELETE',
        headers: { Authorization },
      });
      if (answer.status !== 202) throw new Error(`not removed: ${answer.status}`);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };

  async function stop(): Promise<void> {
    child.kill('SIGKILL');
    await ended;
    await tokens?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answers(host: string): Promise<boolean> {
  return fetch(`http://${host}/v2/`).then(
    () => true,
    () => false,
  );
}

/** A folder with what `docker login` writes, in its simplest form. */
export function loggedIn(folder: string, host: string, as: { name: string; password: string } = user): void {
  const auth = Buffer.from(`${as.name}:${as.password}`).toString('base64');
  writeConfig(folder, { auths: { [host]: { auth } } });
}

export function writeConfig(folder: string, config: object): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
}
