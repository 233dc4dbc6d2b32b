import { once } from 'node:events';
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';

export interface Received {
  /** `POST /services/T/B/x`. */
  readonly line: string;
  readonly authorization: string | null;
  readonly body: unknown;
}

interface Answer {
  readonly status?: number;
  readonly body?: unknown;
}

/** Somebody else's API on this machine: keeps what it is told, and answers as it is told. */
export async function receiver(
  answer: (line: string) => Answer = () => ({}),
): Promise<{ readonly url: string; readonly received: readonly Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const line = `${request.method} ${request.url}`;
      const body: unknown = text === '' ? null : JSON.parse(text);
      received.push({ line, authorization: request.headers.authorization ?? null, body });
      const { status = 200, body: told = {} } = answer(line);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, received };
}
