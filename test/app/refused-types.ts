// What the editor refuses. Only compiled: `tsc` fails where a line that should be refused is not.
import { defineApp } from 'fairway';

const web = { kind: 'web', command: 'node server.js', port: 8080, health: { path: '/health' } } as const;

defineApp({
  name: 'sound',
  services: {
    api: { ...web, variables: { DATABASE_URL: { store: 'db', property: 'url' }, DEBUG: false } },
    jobs: { kind: 'worker', command: ['node', 'jobs.js'] },
  },
  stores: { db: { kind: 'postgres' } },
  migration: { service: 'api', apply: 'node migrate.js' },
  environments: {
    production: {
      region: 'eu-central-1',
      services: { api: { replicas: 2, variables: { DEBUG: null } }, jobs: null },
      stores: { db: { size: 'db.t3.medium' } },
      strategy: { bake: '10m' },
      gates: { load: { kind: 'load', path: '/', rate: 50 } },
    },
  },
});

// @ts-expect-error a key that does not exist
defineApp({ name: 'shop', servces: {}, services: { api: web } });

// @ts-expect-error a kind that does not exist
defineApp({ name: 'shop', services: { api: { kind: 'wbe', command: 'node server.js' } } });

// @ts-expect-error a worker has no port
defineApp({ name: 'shop', services: { jobs: { kind: 'worker', command: 'node jobs.js', port: 8080 } } });

// @ts-expect-error a web service needs a health check
defineApp({ name: 'shop', services: { api: { kind: 'web', command: 'node server.js', port: 8080 } } });

defineApp({
  name: 'shop',
  services: { api: web },
  stores: { db: { kind: 'postgres' } },
  // @ts-expect-error a store that the app does not have
  variables: { URL: { store: 'database', property: 'url' } },
});

defineApp({
  name: 'shop',
  // @ts-expect-error there are no stores at all
  services: { api: { ...web, variables: { URL: { store: 'db', property: 'url' } } } },
});

defineApp({
  name: 'shop',
  services: { api: web },
  environments: {
    production: {
      // @ts-expect-error a service that the app does not have
      services: { apii: { replicas: 2 } },
    },
  },
});

defineApp({
  name: 'shop',
  services: { api: web },
  // @ts-expect-error a service that the app does not have
  migration: { service: 'worker', apply: 'node migrate.js' },
});

defineApp({
  name: 'shop',
  services: { api: web },
  // @ts-expect-error load gates are asked for by environments
  gates: { load: { kind: 'load', path: '/', rate: 50 } },
});

defineApp({
  name: 'shop',
  services: { api: web },
  // @ts-expect-error a duration without its unit
  strategy: { kind: 'blue-green', bake: '10' },
});

defineApp({
  name: 'shop',
  services: { api: web },
  // @ts-expect-error a pipeline is the app's, not an environment's
  environments: { production: { pipeline: {} } },
});

defineApp({
  name: 'shop',
  services: { api: web },
  // @ts-expect-error a variable of the shell that may not be set
  variables: { TOKEN: process.env['TOKEN'] },
});
