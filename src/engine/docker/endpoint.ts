import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { textIn } from './answer.ts';

/**
 * The socket of the Docker daemon that the docker command speaks to: `DOCKER_HOST`, or that of its context; without either the
 * first that is there of those that Docker listens on. Asked anew at every call: Docker may be started after the engine.
 */
export function dockerSocket(env: NodeJS.ProcessEnv): string {
  const home = env['HOME'] ?? homedir();
  const host = said(env['DOCKER_HOST']) ?? hostOfContext(env, home);
  if (host !== null) return socketIn(host);
  const usual = ['/var/run/docker.sock'];
  const ofUser = said(env['XDG_RUNTIME_DIR']);
  if (ofUser !== null) usual.push(join(ofUser, 'docker.sock'));
  usual.push(join(home, '.docker/run/docker.sock'));
  return usual.find((path) => existsSync(path)) ?? '/var/run/docker.sock';
}

/** No daemon answers: it may do so later. */
export class DockerUnreachable extends Error {
  override readonly name = 'DockerUnreachable';

  constructor(host: string, why: string, options?: { cause?: unknown }) {
    super(`no Docker daemon answers at ${host} (${why})`, options);
  }
}

function socketIn(host: string): string {
  if (host.startsWith('unix://')) return host.slice('unix://'.length);
  throw new DockerUnreachable(host, 'only unix:// sockets are spoken to');
}

/** What `docker context use` has chosen. */
function hostOfContext(env: NodeJS.ProcessEnv, home: string): string | null {
  const folder = said(env['DOCKER_CONFIG']) ?? join(home, '.docker');
  const name = said(env['DOCKER_CONTEXT']) ?? textIn(json(join(folder, 'config.json')), 'currentContext');
  if (name === null || name === 'default') return null;
  const place = createHash('sha256').update(name).digest('hex');
  return textIn(json(join(folder, 'contexts/meta', place, 'meta.json')), 'Endpoints', 'docker', 'Host');
}

function said(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

function json(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
