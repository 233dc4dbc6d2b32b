import { BlockList, connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { RelayOrders } from './orders.ts';

const target = '127.0.0.1';

export interface Relay {
  /** Resolves once every port that can be had is listened on. */
  follow(orders: RelayOrders): Promise<void>;
  /** Listens no longer; connections that there are go on. */
  close(): void;
}

/** Leads containers to what listens on this machine's loopback alone. */
export function createRelay(): Relay {
  const servers = new Map<string, Server>();
  let allowed = new BlockList();

  function open(client: Socket, port: number): void {
    client.on('error', () => client.destroy());
    if (!allowed.check(client.remoteAddress ?? '')) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: target, port, allowHalfOpen: true });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    client.pipe(upstream);
    upstream.pipe(client);
  }

  async function listen(address: string, port: number, key: string): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => open(client, port));
    servers.set(key, server);
    const { promise, resolve } = Promise.withResolvers<void>();
    // Somebody listens on all addresses: then nobody needs this.
    server.on('error', () => {
      servers.delete(key);
      resolve();
    });
    server.listen({ host: address, port }, resolve);
    await promise;
  }

  return {
    async follow({ address, ports, subnets }) {
      allowed = new BlockList();
      for (const subnet of subnets) {
        const [network = '', prefix] = subnet.split('/');
        if (network.includes('.') && prefix !== undefined) allowed.addSubnet(network, Number(prefix));
      }
      const wanted = new Map(ports.map((port) => [`${address}:${port}`, port]));
      for (const [key, server] of servers) {
        if (wanted.has(key)) continue;
        servers.delete(key);
        server.close();
      }
      await Promise.all(
        [...wanted].map(async ([key, port]) => (servers.has(key) ? undefined : listen(address, port, key))),
      );
    },
    close() {
      for (const server of servers.values()) server.close();
      servers.clear();
    },
  };
}
