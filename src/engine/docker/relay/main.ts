import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, ownIdentity, readIdentity } from '../../../process/identity.ts';
import { readJson, replaceFile } from '../../tasks/record.ts';
import { ordersKey, readOrders, stateFile } from './orders.ts';
import { createRelay } from './relay.ts';

/**
 * The relay's process: `relay <orders file>`. It is a process of its own so that the connections of containers live on when the
 * engine dies, and it ends when its orders are taken away.
 */
const lookMs = 50;

const [, , ordersFile = ''] = process.argv;
const state = stateFile(ordersFile);
const other = readIdentity(readJson(state));
if (other !== null && isRunning(other)) process.exit(0);

const self = ownIdentity();
const relay = createRelay();
let followed: string | null = null;
for (let orders = readOrders(ordersFile); orders !== null; orders = readOrders(ordersFile)) {
  const key = ordersKey(orders);
  if (key !== followed) {
    await relay.follow(orders);
    followed = key;
    replaceFile(state, JSON.stringify({ ...self, followed }));
  }
  await pause(lookMs);
}
relay.close();
process.exit(0);
