import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Clients } from '../../../../src/ecs/clients.ts';
import { readParametersBelow } from '../../../../src/ecs/parameters.ts';
import { bootstrap } from '../../../../src/ecs/platform/bootstrap.ts';
import { teardown } from '../../../../src/ecs/platform/teardown.ts';
import { eventually } from '../../../engine/tasks/rig.ts';
import { engineForTest } from '../../rig.ts';
import { appOf, jobOf } from '../shop.ts';
import type { Customer, Properties } from './customers.ts';

export interface Kind {
  readonly name: string;
  readonly description: Readonly<Record<string, unknown>>;
  readonly customer: Customer;
}

/** How stores run: as processes, or as containers. */
export interface Runner {
  /** Fails where a store listens for more than this machine, or fewer than so many listen at all. */
  expectLoopback(engineFolder: string, least: number): Promise<void>;
  /** Kills the store that has this port. */
  kill(engineFolder: string, port: number): Promise<void>;
}

/** Serves who has its password, on loopback alone, and keeps its data through a kill and a stop. */
export async function expectStore({ description, customer }: Kind, runner: Runner): Promise<void> {
  const { engine, clients } = await engineForTest();
  const passwords = ['p4ss-w0rd_of-the.first', 'p4ss-w0rd_of-the.second'];
  const made = await Promise.all(
    ['one', 'two'].map(async (app, index) => {
      const environment = appOf(app, { worker }, { stores: { kept: description } });
      const job = await jobOf(environment, { newPassword: () => passwords[index] ?? '' });
      await bootstrap(clients, job);
      return { environment, job, properties: await propertiesOf(clients, app) };
    }),
  );
  const [one, two] = made;
  if (one === undefined || two === undefined) throw new Error('two were made');
  await customer.keep(one.properties, 'first');
  await customer.keep(two.properties, 'second');
  expect(await customer.recall(one.properties)).toBe('first');
  expect(await customer.recall(two.properties)).toBe('second');
  await expect(customer.recall(customer.wrong(one.properties))).rejects.toThrow();
  await runner.expectLoopback(engine.folder, made.length);

  // It dies, and the engine starts it again.
  const port = Number(one.properties['port'] ?? new URL(one.properties['url'] ?? '').port);
  await runner.kill(engine.folder, port);
  const again = () => customer.recall(one.properties).catch(() => null);
  expect(await eventually(again, 'the store again', 150_000)).toBe('first');

  // Taken down, and made again by the next deployment.
  await teardown(clients, one.environment, one.job.pause);
  await expect(customer.recall(one.properties)).rejects.toThrow();
  await bootstrap(clients, one.job);
  expect(await propertiesOf(clients, 'one')).toEqual(one.properties);
  expect(await customer.recall(one.properties)).toBe('first');
  expect(await customer.recall(two.properties)).toBe('second');
  const log = readFileSync(join(engine.folder, 'engine.log'), 'utf8');
  expect(passwords.filter((password) => log.includes(password))).toEqual([]);
}

const worker = { kind: 'worker', command: 'node worker.js' };

async function propertiesOf(clients: Clients, app: string): Promise<Properties> {
  return Object.fromEntries(await readParametersBelow(clients, `/fairway/${app}/local/stores/kept`));
}
