import { Hono } from 'hono';
import type { Pool } from 'pg';
import type { Log } from '../../service/log.ts';

export interface HealthOptions {
  readonly pool: Pool;
  readonly log: Log;
  readonly version: string;
  /** Milliseconds since the start. */
  readonly uptime: () => number;
}

/**
 * `/health` and `/api/health` say that this process works, and stay up when the database is away: restarting every API
 * process would not bring it back. `/api/health/db` is the one that asks the database.
 */
export function healthRoutes({ pool, log, version, uptime }: HealthOptions): Hono {
  const routes = new Hono();

  routes.on('GET', ['/health', '/api/health'], (context) =>
    context.json({ status: 'healthy', service: 'api', version, uptimeSeconds: Math.round(uptime() / 1000) }),
  );

  routes.get('/api/health/db', async (context) => {
    const started = performance.now();
    try {
      await pool.query('SELECT 1');
    } catch (error) {
      log.error('database.unreachable', error);
      return context.json({ status: 'unhealthy', service: 'api', version, database: 'disconnected' }, 503);
    }
    const latencyMs = Math.round((performance.now() - started) * 10) / 10;
    return context.json({ status: 'healthy', service: 'api', version, database: 'connected', latencyMs });
  });

  return routes;
}
