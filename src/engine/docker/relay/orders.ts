import { readJson, replaceFile } from '../../tasks/record.ts';
import { listIn, textIn } from '../answer.ts';

/** What a relay is told to do, in a file that it watches. Without the file it ends. */
export interface RelayOrders {
  /** Docker's own address of this machine, at which containers know it. */
  readonly address: string;
  /** Each is led to the same port of 127.0.0.1. */
  readonly ports: readonly number[];
  /** `172.18.0.0/16`: whoever is in none of these is not let in. */
  readonly subnets: readonly string[];
}

export function writeOrders(file: string, orders: RelayOrders): void {
  replaceFile(file, JSON.stringify(orders));
}

/** null where there are none. */
export function readOrders(file: string): RelayOrders | null {
  const value = readJson(file);
  const address = textIn(value, 'address');
  if (address === null) return null;
  return {
    address,
    ports: listIn(value, 'ports').filter((port) => typeof port === 'number'),
    subnets: listIn(value, 'subnets').filter((subnet) => typeof subnet === 'string'),
  };
}

/** Beside the orders, by the relay: who it is, and which orders it has carried out. */
export const stateFile = (ordersFile: string): string => `${ordersFile}.state`;

/** By which orders are told apart. */
export const ordersKey = (orders: RelayOrders): string => JSON.stringify(orders);
