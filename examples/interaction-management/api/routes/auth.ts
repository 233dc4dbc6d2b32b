import { Hono } from 'hono';
import { readFields } from '../../interaction/field-reader.ts';
import type { Log } from '../../service/log.ts';
import { jsonBody } from '../json-body.ts';
import { problem } from '../problem.ts';
import type { Sessions } from '../sessions.ts';
import { bearerToken } from '../signed-in.ts';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

export function authRoutes(sessions: Sessions, log: Log): Hono {
  const routes = new Hono();

  routes.post('/login', async (context) => {
    const credentials = readFields<Credentials>(await jsonBody(context.req), (read) => ({
      username: read.text('username', { required: 'Enter your user name.', longest: 100 }),
      password: read.text('password', { required: 'Enter your password.', longest: 200 }),
    }));
    if (!credentials.ok) return problem(context, 422, 'invalid', credentials.problems);

    const { username, password } = credentials.value;
    const session = await sessions.signIn(username, password);
    if (session === null) {
      // Without the name: now and then somebody types the password there.
      log.warn('login.failed');
      return problem(context, 401, 'wrong_credentials');
    }
    log.info('login.succeeded', { username });
    const { token, expiresAt, user } = session;
    return context.json({
      token,
      expiresAt: expiresAt.toISOString(),
      user: { username: user.username, displayName: user.displayName },
    });
  });

  routes.post('/logout', async (context) => {
    const token = bearerToken(context.req.header('authorization'));
    if (token !== null) await sessions.signOut(token);
    return context.body(null, 204);
  });

  return routes;
}
