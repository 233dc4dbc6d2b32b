import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clients } from '../../../../src/ecs/clients.ts';
import { readParametersBelow } from '../../../../src/ecs/parameters.ts';
import { bootstrap } from '../../../../src/ecs/platform/bootstrap.ts';
import { teardown } from '../../../../src/ecs/platform/teardown.ts';
import { findExtension, findTool } from '../../../clients/tool.ts';
import { eventually } from '../../../engine/tasks/rig.ts';
import { engineForTest } from '../../rig.ts';
import { appOf, jobOf } from '../shop.ts';
import * as customers from './customers.ts';
import type { Customer, Properties } from './customers.ts';
import { addressesOf, loopback, storeTasks } from './processes.ts';

interface Kind {
  readonly name: string;
  readonly description: Readonly<Record<string, unknown>>;
  readonly customer: Customer;
  /** Whether what it needs is on this machine. */
  readonly there: boolean;
}

const neo4j = findTool('neo4j');
const kinds: readonly Kind[] = [
  { name: 'PostgreSQL', description: { kind: 'postgres' }, customer: customers.postgres, there: true },
  {
    name: 'PostGIS',
    description: { kind: 'postgres', extensions: ['postgis'] },
    customer: customers.postgis,
    there: findExtension('postgis'),
  },
  {
    name: 'Redis',
    description: { kind: 'redis' },
    customer: customers.redis,
    there: findTool('redis-server') !== null,
  },
  { name: 'a bucket', description: { kind: 'bucket' }, customer: customers.bucket, there: true },
  { name: 'Neo4j', description: { kind: 'neo4j' }, customer: customers.neo4j, there: neo4j !== null },
];
// Where the engines of these tests look for it, too.
if (neo4j !== null) process.env['PATH'] = [dirname(neo4j), process.env['PATH']].join(delimiter);

describe.each(kinds.filter(({ there }) => there))('$name', ({ description, customer }) => {
  it('serves who has its password, on loopback alone, and keeps its data through a kill and a stop', async () => {
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
    const addresses = addressesOf(storeTasks(engine.folder));
    expect(addresses.filter((address) => !loopback.has(address))).toEqual([]);
    if (process.platform === 'linux') expect(addresses.length).toBeGreaterThanOrEqual(made.length);

    // Its process dies, and the engine starts it again.
    const port = Number(one.properties['port'] ?? new URL(one.properties['url'] ?? '').port);
    for (const { pid, ports } of storeTasks(engine.folder))
      if (ports.includes(port)) process.kill(pid, 'SIGKILL');
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
  }, 400_000);
});

const worker = { kind: 'worker', command: 'node worker.js' };

async function propertiesOf(clients: Clients, app: string): Promise<Properties> {
  return Object.fromEntries(await readParametersBelow(clients, `/fairway/${app}/local/stores/kept`));
}
