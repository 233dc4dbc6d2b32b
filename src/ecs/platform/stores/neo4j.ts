import { boltAnswers } from './bolt-answer.ts';
import { newest, usual } from './postgres.ts';
import { open, secret, storeFolder, type StorePlace, type StoreSetup } from './setup.ts';

/** Neo4j's first user, which it makes itself. */
const user = 'neo4j';

/** Neo4j's community edition. Its heap is kept small: this is one developer's machine. */
export function neo4j({ store, environment }: StorePlace): StoreSetup {
  const { version } = store;
  const image = `neo4j:${version ?? '5'}`;
  return {
    madeFor: { kind: 'neo4j', version: version ?? newest, image: store.image ?? usual },
    secretAt: `${storeFolder({ store, environment })}/password`,
    properties: (port, password) => ({
      url: open(`bolt://127.0.0.1:${port}`),
      host: open('127.0.0.1'),
      port: open(String(port)),
      user: open(user),
      password: secret(password),
      // As its image takes both.
      auth: secret(`${user}/${password}`),
    }),
    container: {
      image: store.image ?? (version === null ? 'neo4j' : image),
      environment: {
        NEO4J_server_memory_heap_initial__size: '128m',
        NEO4J_server_memory_heap_max__size: '512m',
        NEO4J_server_memory_pagecache_size: '128m',
      },
      secrets: { NEO4J_AUTH: 'auth' },
      port: 7687,
      data: '/data',
      memory: 2048,
    },
    volume: `${environment.app}-${environment.name}-${store.name}`,
    ready: boltAnswers,
    ways: `install Neo4j ${version ?? '5'} with the Java it needs, so that \`neo4j\` is on the PATH, or start Docker, which then runs ${image}`,
  };
}
