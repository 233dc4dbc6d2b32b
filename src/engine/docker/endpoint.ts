import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The socket of the Docker daemon: `DOCKER_HOST`, or the first that is there of those that Docker listens on (as a service, for
 * one user, as a desktop program). Asked anew at every call: Docker may be started after the engine.
 */
export function dockerSocket(env: NodeJS.ProcessEnv): string {
  const host = env['DOCKER_HOST'];
  if (host !== undefined && host !== '') return socketIn(host);
  const usual = ['/var/run/docker.sock'];
  const ofUser = env['XDG_RUNTIME_DIR'];
  if (ofUser !== undefined && ofUser !== '') usual.push(join(ofUser, 'docker.sock'));
  usual.push(join(homedir(), '.docker/run/docker.sock'));
  return usual.find((path) => existsSync(path)) ?? '/var/run/docker.sock';
}

function socketIn(host: string): string {
  if (host.startsWith('unix://')) return host.slice('unix://'.length);
  throw new DockerUnreachable(host, 'only unix:// sockets are spoken to');
}

/** No daemon answers: it may do so later. */
export class DockerUnreachable extends Error {
  override readonly name = 'DockerUnreachable';

  constructor(host: string, why: string, options?: { cause?: unknown }) {
    super(`no Docker daemon answers at ${host} (${why})`, options);
  }
}
