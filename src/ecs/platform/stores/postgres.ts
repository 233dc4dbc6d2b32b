import { postgresAnswers } from './postgres-answer.ts';
import { open, secret, storeFolder, type StorePlace, type StoreSetup } from './setup.ts';

/** The major version that comes with the package. */
const included = '18';

/** Tags of `postgis/postgis` have PostgreSQL's version and PostGIS's. */
const postgisOf: Readonly<Record<string, string>> = {
  '14': '3.5',
  '15': '3.5',
  '16': '3.5',
  '17': '3.5',
  '18': '3.6',
};

/** PostgreSQL, and PostGIS where the description asks for that extension. */
export function postgres({ store, environment }: StorePlace): StoreSetup {
  const { user, database, version, extensions } = store;
  const geographic = extensions.includes('postgis');
  const major = version?.split('.')[0] ?? null;
  const image = geographic ? postgisImage(major) : `postgres:${version ?? included}`;
  return {
    madeFor: {
      kind: 'postgres',
      version: version ?? (geographic ? newest : included),
      image: store.image ?? usual,
      user,
      database,
      extensions: extensions.toSorted().join(', ') || 'none',
    },
    secretAt: `${storeFolder({ store, environment })}/password`,
    properties(port, password) {
      const address = `127.0.0.1:${port}/${encodeURIComponent(database)}`;
      return {
        url: secret(`postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${address}`),
        host: open('127.0.0.1'),
        port: open(String(port)),
        user: open(user),
        password: secret(password),
        database: open(database),
      };
    },
    container: {
      image: store.image ?? image,
      environment: { POSTGRES_USER: user, POSTGRES_DB: database },
      secrets: { POSTGRES_PASSWORD: 'password' },
      port: 5432,
      data: dataFolder(geographic ? major : (major ?? included)),
      memory: 512,
    },
    volume: `${environment.app}-${environment.name}-${store.name}`,
    ready: (port) => postgresAnswers(port, user, database),
    ways: geographic
      ? `install PostgreSQL with PostGIS (Debian: \`apt install postgresql-${major ?? '15'}-postgis-3\`), or start Docker, which then runs ${image}`
      : `set its version to ${included}, which comes with Fairway, or install PostgreSQL ${version ?? included} (Debian: \`apt install postgresql-${major ?? included}\`), or start Docker, which then runs ${image}`,
  };
}

/** Said where the description leaves a choice open. */
export const newest = 'any';
export const usual = 'the usual one';

/** The official image moved its volume with version 18, and refuses the old place. */
function dataFolder(major: string | null): string {
  return Number(major ?? 0) >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data';
}

function postgisImage(major: string | null): string {
  if (major === null) return 'postgis/postgis';
  return `postgis/postgis:${major}-${postgisOf[major] ?? '3.5'}`;
}
