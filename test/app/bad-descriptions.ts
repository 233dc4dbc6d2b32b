/** Descriptions with something wrong, each named for what is. What is said of them is in test/golden/app/problems. */
const web = { kind: 'web', command: 'node server.js', port: 8080, health: { path: '/health' } };
const production = { region: 'eu-central-1' };

export const badDescriptions: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  'a-number': 5,
  'a-list': [],
  'an-empty-object': {},
  'no-service': { name: 'shop', services: {} },
  'unknown-keys': {
    name: 'shop',
    servces: {},
    services: { api: { ...web, replica: 2, helth: {} } },
    enviroments: { production },
  },
  'a-misspelt-required-key': {
    name: 'shop',
    services: { api: { kind: 'web', command: 'node x.js', prot: 8080, health: { path: '/' } } },
  },
  'wrong-types': {
    name: 'Shop Ltd',
    services: {
      api: {
        ...web,
        port: '8080',
        replicas: 1.5,
        paths: '/api',
        command: 7,
        drain: 'soon',
        build: 'npm run build',
      },
    },
    stores: { db: 'postgres' },
  },
  'unknown-values': {
    name: 'shop',
    services: {
      api: { ...web, kind: 'wbe' },
      jobs: { kind: 'worker', command: 'node jobs.js', stop: { signal: 'SIGTREM' } },
    },
    stores: { db: { kind: 'postgress' }, cache: { kind: 'redis', mode: 'Replicated' } },
    strategy: { kind: 'bluegreen' },
  },
  'unknown-references': {
    name: 'shop',
    services: {
      api: {
        ...web,
        variables: {
          DATABASE_URL: { store: 'database', property: 'url' },
          BUCKET_USER: { store: 'files', property: 'user' },
          TOKEN_KEY: { secret: 'shop/produciton', key: 'JWT' },
          OTHER_KEY: { secret: 'shop/production', key: 'JWT_SECRT' },
          WHOLE: { secret: 'shop/production' },
          NOWHERE: { secret: 'payments', key: 'x' },
        },
      },
    },
    stores: { db: { kind: 'postgres' }, files: { kind: 'bucket' } },
    secrets: { 'shop/production': { keys: ['JWT_SECRET'] } },
    migration: { service: 'apo', apply: 'node migrate.js' },
    alarms: {
      Slow: { metric: 'p95', above: '500ms', service: 'web' },
      Full: { metric: 'disk', above: '85%', store: 'data' },
    },
    recovery: { database: { rto: '1h' } },
    previews: { from: 'stagin', branches: ['feature/*'] },
    pipeline: { jobs: { test: { stores: ['bd'], images: ['apii'], steps: { test: 'npm test' } } } },
    runbooks: { Down: { severity: 'P0', alarms: ['Slwo'], steps: { Look: 'at the logs' } } },
    environments: { staging: { ...production, deployOn: { after: 'develop' } } },
  },
  'pending-migrations': {
    name: 'shop',
    services: { api: web },
    migration: {
      service: 'api',
      apply: 'node migrate.js',
      pending: { tool: 'sql-files', command: 'cat' },
      allow: ['breaks-runing', '3f9a1c0d2b4'],
      lockTimeout: '5 seconds',
    },
    environments: {
      staging: { ...production, migration: { pending: { tool: 'alembic', folder: 'migrations' } } },
      other: { ...production, migration: { pending: { tool: 'rails' } } },
      shell: { ...production, migration: { pending: 'cat a.sql | sort' } },
    },
  },
  'almost-a-reference': {
    name: 'shop',
    services: {
      api: {
        ...web,
        variables: { A: { secert: 'x' }, B: { store: 'db', propery: 'url' }, C: {}, D: null, E: ['x'] },
      },
    },
    stores: { db: { kind: 'postgres' } },
  },
  'unknown-parts-of-an-environment': {
    name: 'shop',
    services: { api: web },
    stores: { db: { kind: 'postgres' } },
    environments: {
      production: {
        ...production,
        services: { apii: { replicas: 2 } },
        stores: { cache: { kind: 'redis' } },
        pipeline: {},
        stategy: { kind: 'rolling' },
      },
    },
  },
  'wrong-overrides': {
    name: 'shop',
    services: { api: web, site: { kind: 'static', folder: 'dist', paths: ['/site/*'] } },
    environments: {
      local: { ports: { public: 80_000 } },
      production: {
        ...production,
        services: { api: { replicas: -1, health: { path: 'health' } }, site: { replicas: 2 } },
      },
    },
  },
  'an-environment-that-is-no-object': {
    name: 'shop',
    services: { api: web },
    environments: { production: 'eu-central-1' },
  },
  'no-region': { name: 'shop', services: { api: web }, environments: { production: {} } },
  'ports-where-they-make-no-sense': {
    name: 'shop',
    services: { api: web },
    environments: {
      local: { ports: { public: 8080, test: 8080 } },
      production: { ...production, ports: { public: 80 } },
    },
  },
  'a-load-gate-for-everybody': {
    name: 'shop',
    services: { api: web },
    gates: { 'steady load': { kind: 'load', path: '/', rate: 50 } },
  },
  'smoke-steps-out-of-order': {
    name: 'shop',
    services: { api: web },
    gates: {
      'sign in': {
        kind: 'smoke',
        steps: {
          list: { path: '/orders', headers: { authorization: 'Bearer {{tokn}}' } },
          'log in': { method: 'POST', path: '/login', body: { name: 'demo' }, keep: { token: 'token' } },
          again: { path: '/orders/{{tokn}}' },
        },
      },
    },
  },
  'two-for-one-route': {
    name: 'shop',
    services: {
      api: web,
      web,
      admin: { ...web, paths: ['/a', '/b', '/c', '/d'], hosts: ['a.example.com', 'b.example.com'] },
    },
    environments: { production },
  },
  'missing-and-written-down-variables': {
    name: 'shop',
    services: {
      api: {
        ...web,
        needs: {
          SECRET_KEY: { secret: true, description: 'Signs tokens' },
          MODE: {},
          REGION: { required: false },
        },
        variables: { DB_PASSWORD: 'hunter2' },
      },
    },
    environments: {
      local: { variables: { MODE: 'local', SECRET_KEY: 'for local use' } },
      production: { ...production, variables: { SECRET_KEY: 'hunter3' } },
    },
  },
  'sizes-that-do-not-exist': {
    name: 'shop',
    services: {
      api: {
        ...web,
        cpu: 300,
        memory: 512,
        stop: { grace: '5m' },
        scale: { min: 5, max: 2 },
        health: { path: '/', interval: 1, timeout: 5 },
      },
      jobs: {
        kind: 'worker',
        command: 'node jobs.js',
        cpu: 1024,
        memory: 1024,
        scale: { min: 1, max: 2, requestsPerTask: 50 },
      },
    },
    environments: {
      production: { ...production, gates: { load: { kind: 'load', path: '/', rate: 10, p95: 500 } } },
    },
  },
  'strategies-that-ecs-has-not': {
    name: 'shop',
    services: { api: web },
    strategy: { kind: 'canary', percent: '0%', watch: '10m' },
    environments: {
      local: {},
      staging: { ...production, strategy: { kind: 'linear', step: '33.33%', every: '1h' } },
      production: { ...production, strategy: { kind: 'linear', step: '2%', bake: '2h', every: '1m' } },
    },
  },
  'alarms-that-cannot-be': {
    name: 'shop',
    services: { api: web },
    alarms: {
      Slow: { metric: 'p95', above: '5%' },
      Both: { metric: 'queue-size', above: 50, below: 5 },
      Short: { metric: 'error-rate', above: 1, for: '30s' },
      Unknown: { metric: 'latency', above: 5 },
    },
  },
  'a-shell-in-a-command': {
    name: 'shop',
    services: {
      api: { ...web, command: 'npm run migrate && node server.js' },
      jobs: { kind: 'worker', command: "node 'jobs.js" },
    },
  },
  'wrong-names': {
    name: 'shop',
    services: { 'My API': web },
    gates: { 1: { kind: 'health', path: '/' } },
    variables: { 'NOT-A-NAME': 'x' },
    tools: { dokcer: '24' },
    names: { cluster: '{ap}-{enviroment}' },
    images: { tag: '{version}-{hash}' },
  },
  'staging-on-top-of-production': {
    name: 'shop',
    services: { api: web },
    names: { cluster: 'shop-cluster' },
    environments: { staging: production, production },
  },
  'mistakes-of-every-kind-everywhere': {
    services: {
      api: {
        kind: 'web',
        command: 'node server.js',
        port: '8080',
        variables: {
          URL: { store: 'bd', property: 'url' },
          MODE: ['x'],
          KEY: { secret: 'shop', kye: 'JTW' },
        },
      },
      jobs: {
        kind: 'wroker',
        command: 'node jobs.js',
        variables: { URL: { store: 'queue', property: 'url' } },
      },
    },
    stores: { db: { kind: 'postgres', size: 5 } },
    secrets: { shop: { keys: ['JWT'] } },
    migration: { service: 'apii' },
    previews: { from: 'stagin' },
    alarm: { Slow: { metric: 'p95', above: '500ms', service: 'web' } },
    runbooks: { Down: { alarms: ['Fast'], steps: 5 } },
    environments: {
      production: {
        regoin: 'eu-central-1',
        variables: { CACHE: { store: 'cache', property: 'url' }, LEVEL: {} },
        services: { api: { replicas: -1, variables: { TOKEN: { secret: 'shop', key: 'JTW' } } } },
        deployOn: { after: 'develop', branches: 'main' },
      },
      staging: {
        ...production,
        strategy: 5,
        recovery: { dab: { rto: '1h' } },
        deployOn: { after: 'production' },
      },
    },
  },
};
