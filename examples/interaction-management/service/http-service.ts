import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { Server, type ServerResponse } from 'node:http';
import type { Log } from './log.ts';
import type { ListenSettings } from './settings.ts';

export interface HttpService {
  /** The port really listened on. */
  readonly port: number;
  /**
   * Stops accepting, lets requests in flight finish, and resolves when the last connection is closed.
   * Connections still open after `graceMilliseconds` are cut; the answer is whether that was needed.
   */
  close(graceMilliseconds: number): Promise<{ readonly cut: boolean }>;
}

/**
 * Idle connections must outlive the load balancer's own idle time-out (60 s on AWS): otherwise the balancer may send a
 * request on a connection that this side is just closing, and the user gets a 502.
 */
const keepAliveTimeout = 75_000;

export async function startHttpService(app: Hono, listen: ListenSettings, log: Log): Promise<HttpService> {
  const server = createAdaptorServer({ fetch: app.fetch });
  if (!(server instanceof Server)) throw new Error('expected an HTTP/1.1 server');
  server.keepAliveTimeout = keepAliveTimeout;
  server.headersTimeout = keepAliveTimeout + 5_000;

  let closing = false;
  const inHand = new Set<ServerResponse>();
  // Registered before the app's own listener, so that the header is set before the app answers.
  server.prependListener('request', (_request, response) => {
    if (closing) response.setHeader('connection', 'close');
    inHand.add(response);
    response.once('close', () => inHand.delete(response));
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listen.port;
  log.info('listening', { host: listen.host, port });

  return {
    port,
    close: async (graceMilliseconds) => {
      closing = true;
      for (const response of inHand) {
        // The balancer must not send another request on a connection that ends with this answer.
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
      let cut = false;
      // A connection whose request was answered after close() began is idle again, and nobody would close it.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      const deadline = setTimeout(() => {
        cut = true;
        server.closeAllConnections();
      }, graceMilliseconds);
      try {
        await new Promise<void>((resolve, reject) => {
          server.close((error) => (error ? reject(error) : resolve()));
        });
      } finally {
        clearInterval(sweep);
        clearTimeout(deadline);
      }
      return { cut };
    },
  };
}
