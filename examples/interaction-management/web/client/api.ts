import type { FieldProblems } from '../../interaction/field-reader.ts';
import type { Activity, Interaction, InteractionDraft } from '../../interaction/interaction.ts';
import { formatListQuery, type ListAnswer, type ListQuery } from '../../interaction/list-query.ts';
import { noteApiVersion } from './api-version.ts';
import { type Session, session } from './session.ts';

/** What the API refused; `fields` says what is wrong with which field. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly fields: FieldProblems<InteractionDraft>;

  constructor(status: number, message: string, fields: FieldProblems<InteractionDraft> = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

interface ProblemBody {
  readonly error?: { readonly message?: string; readonly fields?: FieldProblems<InteractionDraft> };
}

export const api = {
  signIn: (username: string, password: string): Promise<Session> =>
    request('POST', '/api/auth/login', { body: { username, password } }),
  signOut: (): Promise<void> => request('POST', '/api/auth/logout', {}),
  list: (query: ListQuery, signal: AbortSignal): Promise<ListAnswer<Interaction>> =>
    request('GET', `/api/interactions?${formatListQuery(query)}`, { signal }),
  find: (id: number, signal: AbortSignal): Promise<Interaction> =>
    request('GET', `/api/interactions/${id}`, { signal }),
  create: (draft: InteractionDraft): Promise<Interaction> =>
    request('POST', '/api/interactions', { body: draft }),
  update: (id: number, draft: InteractionDraft): Promise<Interaction> =>
    request('PUT', `/api/interactions/${id}`, { body: draft }),
  remove: (id: number): Promise<void> => request('DELETE', `/api/interactions/${id}`, {}),
  activity: async (signal: AbortSignal): Promise<readonly Activity[]> => {
    const answer: { items: readonly Activity[] } = await request('GET', '/api/activity', { signal });
    return answer.items;
  },
};

async function request<T>(
  method: string,
  path: string,
  { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal },
): Promise<T> {
  const token = session.get()?.token;
  const response = await fetch(path, {
    method,
    signal: signal ?? null,
    headers: {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  noteApiVersion(response.headers.get('x-app-version'));
  const text = await response.text();
  // An answer without content is asked for as `void`, so nobody reads the null.
  if (response.ok) return JSON.parse(text === '' ? 'null' : text);

  // The session has ended: forgetting it shows the sign-in page.
  if (response.status === 401 && token !== undefined) session.set(null);
  throw problemOf(response.status, text);
}

function problemOf(status: number, text: string): ApiError {
  try {
    const { error }: ProblemBody = JSON.parse(text);
    return new ApiError(status, error?.message ?? `The server answered ${status}.`, error?.fields);
  } catch {
    return new ApiError(status, `The server answered ${status}. Try again in a moment.`);
  }
}
