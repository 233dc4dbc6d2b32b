import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { Pool } from 'pg';
import type { Log } from '../service/log.ts';
import { Interactions } from './interactions.ts';
import { activityRoutes } from './routes/activity.ts';
import { authRoutes } from './routes/auth.ts';
import { healthRoutes } from './routes/health.ts';
import { interactionRoutes } from './routes/interactions.ts';
import { problem } from './problem.ts';
import { requestLog } from './request-log.ts';
import { Sessions } from './sessions.ts';
import { signedIn } from './signed-in.ts';

export interface ApiOptions {
  readonly pool: Pool;
  readonly log: Log;
  readonly version: string;
  readonly now: () => Date;
}

/** The whole API as one function from request to response; who listens, and where, is not its business. */
export function createApi({ pool, log, version, now }: ApiOptions): Hono {
  const sessions = new Sessions(pool, now);
  const interactions = new Interactions(pool);
  const startedAt = now();

  const app = new Hono();
  app.use(requestLog(log, now));
  app.use(async (context, next) => {
    await next();
    context.header('x-app-version', version);
    context.header('cache-control', 'no-store');
  });
  app.use(bodyLimit({ maxSize: 64 * 1024, onError: (context) => problem(context, 413, 'too_large') }));

  app.route('/', healthRoutes({ pool, log, version, uptime: () => now().getTime() - startedAt.getTime() }));
  app.route('/api/auth', authRoutes(sessions, log));
  app.route('/api/interactions', interactionRoutes(interactions, signedIn(sessions)));
  app.route('/api/activity', activityRoutes(interactions, signedIn(sessions)));

  app.notFound((context) => problem(context, 404, 'not_found'));
  app.onError((error, context) => {
    if (error instanceof HTTPException && error.status === 400) return problem(context, 400, 'malformed');
    log.error('request.failed', error, { method: context.req.method, path: context.req.path });
    return problem(context, 500, 'internal');
  });
  return app;
}
