import type { MiddlewareHandler } from 'hono';
import { problem } from './problem.ts';
import type { Sessions, User } from './sessions.ts';

export interface SignedInEnv {
  Variables: { user: User };
}

/** Lets a request through with its user, or answers 401. */
export function signedIn(sessions: Sessions): MiddlewareHandler<SignedInEnv> {
  return async (context, next) => {
    const token = bearerToken(context.req.header('authorization'));
    const user = token === null ? null : await sessions.userOf(token);
    if (user === null) {
      context.header('www-authenticate', 'Bearer');
      return problem(context, 401, 'unauthorised');
    }
    context.set('user', user);
    await next();
    return undefined;
  };
}

export function bearerToken(authorization: string | undefined): string | null {
  return /^Bearer ([\w-]{20,200})$/i.exec(authorization ?? '')?.[1] ?? null;
}
