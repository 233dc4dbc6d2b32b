import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, readIdentity } from '../../../process/identity.ts';
import { readJson } from '../../tasks/record.ts';
import { listIn, textIn } from '../answer.ts';
import type { DockerClient } from '../client.ts';
import { ordersKey, stateFile, writeOrders } from './orders.ts';
import type { RelayOrders } from './orders.ts';

export interface RelayKeeperOptions {
  /** Where the orders are kept. */
  readonly ordersFile: string;
  /** How a relay is started; the orders' file is put behind. */
  readonly command: readonly string[];
  readonly docker: DockerClient;
  /** Docker's names of the networks that have containers. */
  readonly networks: () => readonly string[];
  /** Ports of 127.0.0.1 that containers are to reach. */
  readonly ports: () => readonly number[];
}

/** How long a container's start waits for its relay; what comes later is still led on. */
const readyMs = 5000;
const lookMs = 10;

export interface RelayKeeper {
  /** Sees to it that a relay runs where one is needed, and does what is needed now. May be called as often as one likes. */
  update(): Promise<void>;
  /** No container is left to be led anywhere. */
  end(): void;
}

export function relayKeeper({
  ordersFile,
  command,
  docker,
  networks,
  ports,
}: RelayKeeperOptions): RelayKeeper {
  /** What the orders were made of, and them. */
  let made: { readonly from: string; readonly orders: RelayOrders | null } | null = null;
  let startedAt = -Infinity;
  let queue: Promise<void> = Promise.resolve();

  async function ordersNow(): Promise<RelayOrders | null> {
    const from = JSON.stringify([networks(), ports()]);
    if (made?.from === from) return made.orders;
    const orders = networks().length === 0 || ports().length === 0 ? null : await compose();
    made = { from, orders };
    return orders;
  }

  async function compose(): Promise<RelayOrders | null> {
    const address = textIn(await docker.call('GET', '/networks/bridge'), 'IPAM', 'Config', 0, 'Gateway');
    // In a virtual machine (Docker Desktop) that address is not ours, and containers reach our loopback as it is.
    if (address === null || !(await isOwn(address))) return null;
    // One that is just being made is not there yet: then this fails, and is tried again.
    const found = await Promise.all(networks().map(async (name) => docker.call('GET', `/networks/${name}`)));
    const subnets = found.flatMap((network) =>
      listIn(network, 'IPAM', 'Config').flatMap((each) => textIn(each, 'Subnet') ?? []),
    );
    return { address, ports: ports(), subnets };
  }

  const state = () => readJson(stateFile(ordersFile));

  function start(): void {
    if (performance.now() - startedAt < readyMs) return;
    startedAt = performance.now();
    const [program = '', ...words] = command;
    const child = spawn(program, [...words, ordersFile], { detached: true, stdio: 'ignore' });
    // It is looked for again at the next update.
    child.on('error', () => {});
    child.on('exit', () => (startedAt = -Infinity));
    child.unref();
  }

  async function look(): Promise<void> {
    const orders = await ordersNow();
    if (orders === null) {
      rmSync(ordersFile, { force: true });
      return;
    }
    const key = ordersKey(orders);
    const runs = (): boolean => {
      const identity = readIdentity(state());
      return identity !== null && isRunning(identity);
    };
    if (textIn(state(), 'followed') === key && runs()) return;
    writeOrders(ordersFile, orders);
    const until = performance.now() + readyMs;
    while (performance.now() < until) {
      if (!runs()) start();
      else if (textIn(state(), 'followed') === key) return;
      await pause(lookMs);
    }
  }

  return {
    async update() {
      queue = queue.then(look).catch(() => {});
      return queue;
    },
    end() {
      rmSync(ordersFile, { force: true });
    },
  };
}

/** Not every system lists the address of a bridge that nothing is attached to: only listening tells. */
async function isOwn(address: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: address, port: 0 }, () => server.close(() => resolve(true)));
  });
}
