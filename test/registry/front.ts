import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Front extends AsyncDisposable {
  readonly host: string;
  /** `METHOD /path` of all that was asked. */
  readonly asked: string[];
}

/** Answers in the registry's place, or does not: then the registry does. */
export type Rule = (asked: string, response: ServerResponse, request: IncomingMessage) => boolean;

/** Stands before a registry and can be as bad as registries are; some headers it keeps to itself. */
export async function startFront(registry: string, rule: Rule, kept: readonly string[] = []): Promise<Front> {
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    const what = `${incoming.method} ${new URL(incoming.url ?? '/', 'http://front').pathname}`;
    asked.push(what);
    if (rule(what, response, incoming)) return incoming.resume();
    const [hostname, port] = registry.split(':');
    // With the headers as they came: the registry tells of places by the host that it was asked by.
    const passed = request(
      { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        const headers = Object.entries(answer.headers).filter(([name]) => !kept.includes(name));
        response.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
        answer.pipe(response);
      },
    );
    passed.once('error', () => response.destroy());
    incoming.pipe(passed);
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** In the form of the OCI distribution API. */
export function refuse(response: ServerResponse, status: number, code: string, message: string): true {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
  return true;
}
