import type { MiddlewareHandler } from 'hono';
import type { Log } from '../service/log.ts';

const slow = 500;

/** Successes at debug, so that a busy service does not drown; changes at info; what is slow or refused at warn. */
export function requestLog(log: Log, now: () => Date): MiddlewareHandler {
  return async (context, next) => {
    const started = now().getTime();
    await next();
    const { method, path } = context.req;
    const { status } = context.res;
    const milliseconds = now().getTime() - started;
    const fields = { method, path, status, milliseconds };
    if (milliseconds >= slow) log.warn('request.slow', fields);
    else if (status >= 500) log.warn('request.unavailable', fields);
    else if (method !== 'GET' && method !== 'HEAD') log.info('request', fields);
    else log.debug('request', fields);
  };
}
