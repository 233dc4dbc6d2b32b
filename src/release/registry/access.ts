import type { Credentials } from '../../repository/credentials.ts';
import { isLoopback, repositoryName, type Repository } from '../../repository/repository.ts';
import { basicOf, refused, request, unauthorizedWhy } from './answer.ts';
import { refusalOf } from './trouble.ts';

/**
 * What to send as `Authorization` to a registry that answered 401: a token from where it sends us, or the credentials
 * themselves. Rejects with a `Refusal`, or with `Transient`.
 */
export async function authorizationFor(
  challenge: string,
  repository: Repository,
  credentials: Credentials | null,
): Promise<string> {
  const bearer = bearerIn(challenge);
  if (bearer !== null) return `Bearer ${await tokenFrom(bearer, repository, credentials)}`;
  if (credentials?.kind === 'password') return `Basic ${basicOf(credentials.username, credentials.password)}`;
  throw refusalOf('unauthorized', repository, unauthorizedWhy(credentials, 'it asks for a password'));
}

interface Bearer {
  /** Who gives tokens out. */
  readonly realm: string;
  readonly service: string | null;
  /** What the registry wants the token to be good for. */
  readonly scope: string | null;
}

/** `Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:acme/web:pull"` */
function bearerIn(challenge: string): Bearer | null {
  const said = /\bBearer\s+((?:[\w-]+="[^"]*"(?:\s*,\s*)?)+)/i.exec(challenge)?.[1];
  if (said === undefined) return null;
  const named = new Map([...said.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  const realm = named.get('realm');
  if (realm === undefined || !URL.canParse(realm)) return null;
  return { realm, service: named.get('service') ?? null, scope: named.get('scope') ?? null };
}

async function tokenFrom(
  bearer: Bearer,
  repository: Repository,
  credentials: Credentials | null,
): Promise<string> {
  const { protocol, host } = new URL(bearer.realm);
  if (protocol !== 'https:' && !isLoopback(host))
    throw refusalOf('plain-http', repository, `it sends for a token to ${bearer.realm}`);
  // Who may push gets to know of repositories that are not there yet; who may only pull is content with that.
  const toPush = `repository:${repository.path}:pull,push`;
  const scopes = bearer.scope === null || bearer.scope === toPush ? [toPush] : [toPush, bearer.scope];
  for (const [index, scope] of scopes.entries()) {
    const answer = await askForToken(bearer, scope, repository, credentials);
    if (answer.ok) return tokenIn(await answer.json().catch(() => null), repository);
    if (answer.status !== 403 || index === scopes.length - 1)
      throw await refused(answer, repository, credentials);
  }
  throw new Error('there is always a scope to ask for');
}

function askForToken(
  { realm, service }: Bearer,
  scope: string,
  repository: Repository,
  credentials: Credentials | null,
): Promise<Response> {
  const asked = { ...(service === null ? {} : { service }), scope };
  if (credentials?.kind === 'identity-token') {
    const form = { ...asked, grant_type: 'refresh_token', client_id: 'fairway' };
    const body = new URLSearchParams({ ...form, refresh_token: credentials.token });
    return request(repository, realm, { method: 'POST', body });
  }
  const url = new URL(realm);
  for (const [name, value] of Object.entries(asked)) url.searchParams.append(name, value);
  const headers =
    credentials === null
      ? {}
      : { Authorization: `Basic ${basicOf(credentials.username, credentials.password)}` };
  return request(repository, url.href, { headers });
}

function tokenIn(answer: unknown, repository: Repository): string {
  if (typeof answer === 'object' && answer !== null) {
    if ('token' in answer && typeof answer.token === 'string') return answer.token;
    if ('access_token' in answer && typeof answer.access_token === 'string') return answer.access_token;
  }
  throw refusalOf('failing', repository, `${repositoryName(repository)}: it was given no token`);
}
