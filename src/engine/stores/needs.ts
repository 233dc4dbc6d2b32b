import { hubReference } from './reference.ts';

const needs: Readonly<Record<string, string>> = {
  postgres: 'PostgreSQL of that version on this machine (postgres:18 comes along)',
  'postgis/postgis': 'PostgreSQL of that version with the extension postgis on this machine',
  redis: 'redis-server or valkey-server of that version on the PATH',
  'valkey/valkey': 'valkey-server of that version on the PATH',
  neo4j: 'neo4j of that version and Java on the PATH',
};

/** What a store's image needs where no container runs it; null for any other image. */
export function needOf(image: string): string | null {
  const need = needs[hubReference(image)?.name ?? ''];
  return need === undefined ? null : `without Docker it needs ${need}`;
}
