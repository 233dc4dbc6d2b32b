import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { freePort } from '../ports.ts';

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly close: () => Promise<void>;
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => unknown;

/** An HTTP server on a port of its own that goes with the test. */
export function serve(handler: Handler, port = 0): Promise<TestServer> {
  const server = http.createServer((request, response) => void handler(request, response));
  return listen(server, () => server.closeAllConnections(), port);
}

/** One that speaks bytes, for what no HTTP server would say. */
export function serveBytes(handler: (socket: net.Socket) => void): Promise<TestServer> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    handler(socket);
  });
  return listen(
    server,
    () => {
      for (const socket of sockets) socket.destroy();
    },
    0,
  );
}

/** An address at which nothing listens. */
export async function nowhere(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

async function listen(server: net.Server, drop: () => void, port: number): Promise<TestServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      drop();
    });
  onTestFinished(close);
  return { url: `http://127.0.0.1:${actual}`, port: actual, close };
}

export function json(response: http.ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}
