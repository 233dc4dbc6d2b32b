import { describe, expect, it } from 'vitest';
import type { DockerClient } from '../../../../src/engine/docker/client.ts';
import { listIn, numberIn, textIn } from '../../../../src/engine/docker/answer.ts';
import { findDocker } from '../../../docker/daemon.ts';
import { findExtension, findTool } from '../../../clients/tool.ts';
import { expectStore, type Kind, type Runner } from './conformance.ts';
import * as customers from './customers.ts';
import { makeNeo4jImage, makePostgisImage, makeRedisImage, notInstalled } from './images.ts';

/** Of versions that nobody has installed, so that they run in Docker; their images are made of what is installed here. */
const kinds: readonly (Kind & {
  readonly there: boolean;
  readonly make: (docker: DockerClient) => Promise<string>;
})[] = [
  {
    name: 'Redis',
    description: { kind: 'redis', version: notInstalled },
    customer: customers.redis,
    there: findTool('redis-server') !== null,
    make: makeRedisImage,
  },
  {
    name: 'PostGIS',
    description: { kind: 'postgres', version: '14', extensions: ['postgis'] },
    customer: customers.postgis,
    there: findExtension('postgis'),
    make: makePostgisImage,
  },
  {
    name: 'Neo4j',
    description: { kind: 'neo4j', version: notInstalled },
    customer: customers.neo4j,
    there: findTool('neo4j') !== null && findTool('java') !== null,
    make: makeNeo4jImage,
  },
];

const docker = await findDocker();

describe.skipIf(docker === null).each(kinds.filter(({ there }) => there))('$name in Docker', (kind) => {
  it('serves who has its password, on loopback alone, and keeps its data through a kill and a stop', async () => {
    if (docker === null) throw new Error('skipped');
    await expectStore(kind, containersOf(docker, await kind.make(docker)));
  }, 900_000);
});

function containersOf(docker: DockerClient, image: string): Runner {
  async function running() {
    const id = textIn(await docker.call('GET', `/images/${image}/json`), 'Id');
    return listIn(await docker.call('GET', '/containers/json'))
      .filter((each) => textIn(each, 'ImageID') === id)
      .map((each) => ({ id: textIn(each, 'Id') ?? '', ports: listIn(each, 'Ports') }));
  }
  return {
    async expectLoopback(_engineFolder, least) {
      const addresses = (await running()).flatMap(({ ports }) => ports.map((port) => textIn(port, 'IP')));
      expect(addresses.length).toBeGreaterThanOrEqual(least);
      expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
    },
    async kill(_engineFolder, port) {
      const mine = (await running()).filter(({ ports }) =>
        ports.some((published) => numberIn(published, 'PublicPort') === port),
      );
      expect(mine).toHaveLength(1);
      for (const { id } of mine)
        await docker.call('POST', `/containers/${id}/kill`, { query: { signal: 'SIGKILL' } });
    },
  };
}
