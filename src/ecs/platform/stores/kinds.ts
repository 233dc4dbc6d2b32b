import { bucket } from './bucket.ts';
import { neo4j } from './neo4j.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import type { StorePlace, StoreSetup } from './setup.ts';

export function setupOf(place: StorePlace): StoreSetup {
  switch (place.store.kind) {
    case 'postgres':
      return postgres(place);
    case 'redis':
      return redis(place);
    case 'bucket':
      return bucket(place);
    case 'neo4j':
      return neo4j(place);
  }
}
