import { createHash } from 'node:crypto';
import type { Credentials } from '../../repository/credentials.ts';
import { repositoryName, type Repository } from '../../repository/repository.ts';
import { authorizationFor } from './access.ts';
import { originOf, refused, request } from './answer.ts';
import { refusalOf } from './trouble.ts';

/** Every kind of image there is: of several platforms, and of one. */
const imageTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * Asks a registry, by the OCI distribution API, for the digest of what a tag names; null where that is nothing. Rejects with a
 * `Refusal`, or with `Transient`.
 */
export async function lookUp(
  repository: Repository,
  tag: string,
  readCredentials: () => Promise<Credentials | null>,
): Promise<string | null> {
  const url = `${await originOf(repository)}/v2/${repository.path}/manifests/${tag}`;
  let authorization: string | null = null;

  const head = await ask('HEAD');
  if (head.status === 404) return null;
  const told = head.headers.get('docker-content-digest');
  if (told !== null && /^sha256:[0-9a-f]{64}$/.test(told)) return told;
  // Not every registry tells the digest: it is that of the manifest's very bytes.
  const manifest = await ask('GET');
  if (manifest.status === 404) return null;
  return `sha256:${createHash('sha256')
    .update(Buffer.from(await manifest.arrayBuffer()))
    .digest('hex')}`;

  async function ask(method: 'HEAD' | 'GET'): Promise<Response> {
    const first = await send(method);
    if (first.status !== 401) return judged(first, null);
    const credentials = await readCredentials();
    const challenge = first.headers.get('www-authenticate') ?? '';
    authorization = await authorizationFor(challenge, repository, credentials);
    const second = await send(method);
    // A token was given for what this user may do, and that is not enough.
    if (second.status === 401 && credentials !== null && authorization.startsWith('Bearer'))
      throw refusalOf('denied', repository, `its token is not good for ${repositoryName(repository)}`);
    return judged(second, credentials);
  }

  /** Why it does not let us is told in the body, which the answer to HEAD has not. */
  async function inWords(response: Response): Promise<Response> {
    return response.status === 401 || response.status === 403 ? send('GET') : response;
  }

  function send(method: 'HEAD' | 'GET'): Promise<Response> {
    const headers = {
      Accept: imageTypes,
      ...(authorization === null ? {} : { Authorization: authorization }),
    };
    return request(repository, url, { method, headers });
  }

  async function judged(response: Response, credentials: Credentials | null): Promise<Response> {
    if (response.ok || response.status === 404) return response;
    throw await refused(await inWords(response), repository, credentials);
  }
}
