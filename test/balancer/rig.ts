import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type {
  Action,
  BalancerConfig,
  HealthCheckConfig,
  ListenerConfig,
  TargetConfig,
  TargetGroupConfig,
  TargetStatus,
} from '../../src/engine/balancer/control.ts';
import { BalancerClient, readBalancerAddress } from '../../src/engine/balancer/control.ts';
import { programs } from '../programs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ownNode = join(root, 'node_modules/.bin/node');
const node = existsSync(ownNode) ? ownNode : process.execPath;

/** Asks until the answer is one; what it last was is in the error. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
) {
  const deadline = Date.now() + 90_000;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await sleep(10);
  }
  throw new Error(`never: ${what}; last: ${String(last)}`);
}

type Handler = (incoming: IncomingMessage, response: ServerResponse) => unknown;

/** Everything a test starts, ended with it, whatever it came to. */
export class Rig {
  readonly #endings: (() => Promise<void> | void)[] = [];

  defer(end: () => Promise<void> | void): void {
    this.#endings.push(end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#endings.toReversed()) await end();
  }

  async folder(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'fairway-balancer-'));
    this.defer(() => rm(directory, { recursive: true, force: true }));
    return directory;
  }

  async balancer(config?: BalancerConfig, args: readonly string[] = []): Promise<RunningBalancer> {
    const balancer = await this.balancerIn(await this.folder(), args);
    if (config !== undefined) await balancer.client.apply(config);
    return balancer;
  }

  async balancerIn(directory: string, args: readonly string[] = []): Promise<RunningBalancer> {
    const child = spawn(node, [programs.balancer, '--state', directory, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const output: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
    this.defer(() => killed(child));
    const exited = once(child, 'exit').then(([code]) => {
      throw new Error(`balancer exited ${code}: ${output.join('')}`);
    });
    const ready = eventually('balancer ready', () => {
      if (child.exitCode !== null) return new BalancerClient({ port: 0, token: '' });
      const address = readBalancerAddress(directory);
      return address?.pid === child.pid && address !== null ? new BalancerClient(address) : null;
    });
    const client = await Promise.race([ready, exited]);
    exited.catch(() => {});
    return { client, directory, child, output: () => output.join('') };
  }

  /** An HTTP server of a target; its port. */
  async http(
    handle: Handler,
    setUp?: (server: Server) => void,
    options: ServerOptions = {},
  ): Promise<number> {
    const server = createServer(options, (incoming, response) => void handle(incoming, response));
    setUp?.(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.defer(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return portOf(server.address());
  }

  /** A target that speaks bytes. */
  async tcp(accept: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => {});
      accept(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.defer(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    return portOf(server.address());
  }

  raw(port: number): RawClient {
    const client = new RawClient(port);
    this.defer(() => client.destroy());
    return client;
  }
}

export interface RunningBalancer {
  readonly client: BalancerClient;
  readonly directory: string;
  readonly child: ChildProcess;
  readonly output: () => string;
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return address.port;
}

/** A client that sends the bytes it is told and keeps those it gets. */
export class RawClient {
  readonly socket: Socket;
  #received = '';
  ended = false;
  closed = false;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text) => {
      this.#received += String(text);
    });
    this.socket.on('end', () => {
      this.ended = true;
    });
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.socket.on('error', () => {});
  }

  get received(): string {
    return this.#received;
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** All received so far, once it matches. */
  until(pattern: RegExp): Promise<string> {
    return eventually(`${pattern} in ${JSON.stringify(this.#received)}`, () =>
      pattern.test(this.#received) ? this.#received : null,
    );
  }

  /** All received until the other side closed. */
  async untilEnd(): Promise<string> {
    await eventually('end of connection', () => this.ended || this.closed);
    return this.#received;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export interface Fetched {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One request, on a connection of its own where no agent is given. */
export async function fetched(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer; agent?: Agent } = {},
): Promise<Fetched> {
  const { method = 'GET', headers = {}, body, agent = false } = options;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent }, resolve);
  outgoing.on('error', reject).end(body);
  const response = await promise;
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += String(piece);
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

/** Requests as fast as they are answered, on connections that are kept; how many ended in each status or error. */
export async function load(
  port: number,
  { connections, amount }: { connections: number; amount: number },
): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  let begun = 0;
  const worker = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (begun < amount) {
      begun += 1;
      const ending = await fetched(port, `/${begun}`, { agent }).then(
        ({ status }) => String(status),
        (error: unknown) => String(error),
      );
      results[ending] = (results[ending] ?? 0) + 1;
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return results;
}

export const noHealthCheck: HealthCheckConfig = {
  enabled: false,
  path: '/',
  intervalMs: 1000,
  timeoutMs: 1000,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  matcher: '200',
};

export const fastHealthCheck: HealthCheckConfig = {
  ...noHealthCheck,
  enabled: true,
  path: '/health',
  intervalMs: 30,
  // A test's own server, which answers late on a busy machine.
  timeoutMs: 20_000,
};

export function target(port: number, more: Partial<TargetConfig> = {}): TargetConfig {
  return { id: `t-${port}`, host: '127.0.0.1', port, draining: false, ...more };
}

export function group(
  name: string,
  targets: readonly TargetConfig[],
  more: Partial<TargetGroupConfig> = {},
): TargetGroupConfig {
  return {
    arn: `arn:${name}`,
    name,
    healthCheck: noHealthCheck,
    deregistrationDelayMs: 30_000,
    targets,
    ...more,
  };
}

export function forward(...weights: readonly (readonly [name: string, weight: number])[]): Action {
  return { type: 'forward', groups: weights.map(([name, weight]) => ({ arn: `arn:${name}`, weight })) };
}

export function listener(
  port: number,
  defaultAction: Action,
  more: Partial<ListenerConfig> = {},
): ListenerConfig {
  return { arn: `arn:listener-${port}`, host: '127.0.0.1', port, rules: [], defaultAction, ...more };
}

/** One listener before one group of these targets. */
export function oneGroup(
  port: number,
  targets: readonly TargetConfig[],
  more: Partial<BalancerConfig> = {},
): BalancerConfig {
  return {
    version: 1,
    listeners: [listener(port, forward(['web', 1]))],
    targetGroups: [group('web', targets)],
    ...more,
  };
}

export async function targetStatus(client: BalancerClient, id: string): Promise<TargetStatus> {
  const { groups } = await client.status();
  const found = groups.flatMap(({ targets }) => targets).find((one) => one.id === id);
  if (found === undefined) throw new Error(`no target ${id}`);
  return found;
}
