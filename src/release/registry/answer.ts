import type { Credentials } from '../../repository/credentials.ts';
import { dockerHub, isLoopback, type Repository } from '../../repository/repository.ts';
import type { Refusal } from '../../refusal.ts';
import { Transient } from './patience.ts';
import { refusalOf, type Trouble } from './trouble.ts';

/** How long a registry may take for one answer. Milliseconds. */
const within = 15_000;

/** One request. What does not come to an answer rejects with a `Refusal`, or with `Transient`. */
export async function request(repository: Repository, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(within) });
  } catch (error) {
    throw unanswered(error, repository);
  }
}

/**
 * Where its API answers. Elsewhere than on this machine that is by TLS, or not at all; on this machine it may be either, as
 * with Docker.
 */
export async function originOf(repository: Repository): Promise<string> {
  const { host } = repository;
  // The API of Docker Hub is elsewhere than its name.
  const secure = `https://${host === dockerHub ? 'registry-1.docker.io' : host}`;
  if (!isLoopback(host)) return secure;
  try {
    await fetch(`${secure}/v2/`, { method: 'HEAD', signal: AbortSignal.timeout(within) });
    return secure;
  } catch (error) {
    const code = codeOf(error);
    if (speaksPlainly(code) || code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return `http://${host}`;
    throw unanswered(error, repository);
  }
}

/** What another answer than that there is something, or nothing, means. */
export async function refused(
  response: Response,
  repository: Repository,
  credentials: Credentials | null,
): Promise<Refusal | Transient> {
  const { status } = response;
  const why = await saidIn(response, credentials);
  if (status === 401) return refusalOf('unauthorized', repository, unauthorizedWhy(credentials, why));
  if (status === 403) return refusalOf('denied', repository, why);
  const trouble = status === 507 ? 'disk-full' : 'failing';
  const refusal = refusalOf(trouble, repository, why);
  return status === 429 || (status >= 500 && status !== 507) ? new Transient(refusal) : refusal;
}

export function unauthorizedWhy(credentials: Credentials | null, said: string): string {
  return credentials === null
    ? `nobody is logged in there, and ${said}`
    : `with the credentials that \`docker login\` has kept, ${said}`;
}

/** A registry's own words, which may hold anything but credentials. */
async function saidIn(response: Response, credentials: Credentials | null): Promise<string> {
  const text = (await response.text().catch(() => '')).slice(0, 4000);
  const words = /"(?:message|details)"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? '';
  const said = words === '' ? '' : `: ${words}`;
  return without(credentials, `it answered ${response.status} ${response.statusText}${said}`.trim());
}

/** Struck in the forms in which they are sent. */
export function without(credentials: Credentials | null, text: string): string {
  if (credentials === null) return text;
  const secret = credentials.kind === 'password' ? credentials.password : credentials.token;
  const forms = [secret, encodeURIComponent(secret)];
  if (credentials.kind === 'password') forms.push(basicOf(credentials.username, secret));
  return forms.filter((form) => form !== '').reduce((struck, form) => struck.replaceAll(form, '***'), text);
}

export function basicOf(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

function unanswered(error: unknown, repository: Repository): Refusal | Transient {
  const code = codeOf(error);
  const refusal = refusalOf(troubleOf(code), repository, `${wordsOf(code)} (${code})`, { cause: error });
  return passes.has(code) ? new Transient(refusal) : refusal;
}

/** Of what may be otherwise in a moment. */
const passes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'TimeoutError',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

function troubleOf(code: string): Trouble {
  if (speaksPlainly(code)) return 'plain-http';
  return /CERT|SIGNATURE|ISSUER|ALTNAME/.test(code) ? 'untrusted' : 'unreachable';
}

/** What came was no TLS. */
function speaksPlainly(code: string): boolean {
  return /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$|^EPROTO$/.test(code);
}

function wordsOf(code: string): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name is not known';
  if (speaksPlainly(code)) return 'it does not speak TLS';
  if (/CERT|SIGNATURE|ISSUER|ALTNAME/.test(code)) return 'its certificate does not hold';
  return /TIMEOUT|TimeoutError|ETIMEDOUT/.test(code) ? 'it does not answer' : 'the connection broke off';
}

/** `fetch` fails with little, and with the reason as its cause. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof AggregateError) return codeOf(cause.errors[0]);
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'unknown';
}
