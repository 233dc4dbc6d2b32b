import { delimiter, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findExtension, findTool } from '../../../clients/tool.ts';
import { expectStore, type Kind, type Runner } from './conformance.ts';
import * as customers from './customers.ts';
import { addressesOf, loopback, storeTasks } from './processes.ts';

const neo4j = findTool('neo4j');
/** With whether what it needs is on this machine. */
const kinds: readonly (Kind & { readonly there: boolean })[] = [
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

const processes: Runner = {
  async expectLoopback(engineFolder, least) {
    const addresses = addressesOf(storeTasks(engineFolder));
    expect(addresses.filter((address) => !loopback.has(address))).toEqual([]);
    if (process.platform === 'linux') expect(addresses.length).toBeGreaterThanOrEqual(least);
  },
  async kill(engineFolder, port) {
    for (const { pid, ports } of storeTasks(engineFolder))
      if (ports.includes(port)) process.kill(pid, 'SIGKILL');
  },
};

describe.each(kinds.filter(({ there }) => there))('$name', (kind) => {
  it('serves who has its password, on loopback alone, and keeps its data through a kill and a stop', async () => {
    await expectStore(kind, processes);
  }, 400_000);
});
