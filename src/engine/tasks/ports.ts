import { createConnection, createServer } from 'node:net';
import type { PortSpec } from './runtime.ts';
import { TaskStartError } from './runtime.ts';
import { portOwner } from './port-owner.ts';

export interface AssignedPort {
  readonly containerPort: number;
  readonly host: string;
  readonly hostPort: number;
}

/** Below every system's range for outgoing connections, so that none of those can take a port between here and the task. */
const lowest = 20_000;
const highest = 32_000;
const host = '127.0.0.1';

/**
 * Loopback ports of tasks. A port given out stays reserved until it is released, whether anybody listens on it or not: a task
 * that is about to start has its port for sure.
 */
export function portBook(random: (below: number) => number) {
  const holders = new Map<number, string>();

  async function free(taskId: string): Promise<number> {
    let port = lowest + random(highest - lowest);
    for (let tried = 0; tried < highest - lowest; tried += 1) {
      if (!holders.has(port)) {
        holders.set(port, taskId);
        if (await isFree(port)) return port;
        holders.delete(port);
      }
      port = port + 1 < highest ? port + 1 : lowest;
    }
    throw new TaskStartError('ResourceInitializationError', `no free port between ${lowest} and ${highest}`);
  }

  async function fixed(taskId: string, port: number): Promise<number> {
    const holder = holders.get(port);
    if (holder !== undefined) throw taken(port, `task ${holder}`);
    holders.set(port, taskId);
    if (await isFree(port)) return port;
    holders.delete(port);
    throw taken(port, portOwner(port));
  }

  return {
    /** All or none. */
    async assign(taskId: string, specs: readonly PortSpec[]): Promise<AssignedPort[]> {
      const assigned: AssignedPort[] = [];
      try {
        for (const { containerPort, hostPort } of specs) {
          const port = hostPort === 0 ? await free(taskId) : await fixed(taskId, hostPort);
          assigned.push({ containerPort, host, hostPort: port });
        }
      } catch (error) {
        for (const { hostPort } of assigned) holders.delete(hostPort);
        throw error;
      }
      return assigned;
    },
    /** For an adopted task. */
    hold(taskId: string, ports: readonly AssignedPort[]): void {
      for (const { hostPort } of ports) holders.set(hostPort, taskId);
    },
    /** Ports that are given out, with who has each. */
    held: (): ReadonlyMap<number, string> => holders,
    release(taskId: string, ports: readonly AssignedPort[]): void {
      for (const { hostPort } of ports) if (holders.get(hostPort) === taskId) holders.delete(hostPort);
    },
  };
}

export type PortBook = ReturnType<typeof portBook>;

function taken(port: number, owner: string): TaskStartError {
  return new TaskStartError('CannotStartContainerError', `port ${port} is already in use by ${owner}`);
}

/** Where a listener on all addresses does not hinder one on loopback (macOS), only a connection tells. */
async function isFree(port: number): Promise<boolean> {
  if (!(await canListen(port))) return false;
  return process.platform === 'linux' || !(await answers(port));
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection({ host, port });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).then((answered) => {
    socket.destroy();
    return answered === true;
  });
}
