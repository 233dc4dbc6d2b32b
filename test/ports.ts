import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to whoever asks for any, outgoing connections included, and below those of the engine's
 * tasks: nobody takes one of these by chance, also not while whoever listens on it is away for a moment.
 */
const lowest = 10_000;
const highest = 20_000;

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    if (await canListen(port)) return port;
  }
}

/** The first of two neighbours that nobody listens on: a public and a test listener. */
export async function freePair(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest - 1);
    if ((await canListen(port)) && (await canListen(port + 1))) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}
