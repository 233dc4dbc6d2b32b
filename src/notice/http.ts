export interface Post {
  readonly method?: 'POST' | 'PATCH' | 'GET';
  /** May hold a secret: it is never part of an error. */
  readonly url: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/**
 * Sends JSON and reads JSON. An error says what was answered and not where to: an address may be the secret itself.
 */
export async function ask(
  service: string,
  { method = 'POST', url, token, body, signal }: Post,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new Error(`${service} could not be reached: ${reasonOf(error)}`);
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} answered ${response.status} ${response.statusText}`.trim());
  return parsed(text);
}

/** What the network says, without the address that `fetch` puts before it. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : null;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error instanceof Error && error.name === 'TimeoutError'
    ? 'it did not answer in time'
    : 'no connection';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
