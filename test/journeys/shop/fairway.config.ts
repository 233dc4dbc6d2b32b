import { defineApp } from 'fairway';

const port = Number(process.env['SHOP_PORT']);
const health = process.env['SHOP_HEALTH'] ?? '/health';
const load = Number(process.env['SHOP_LOAD'] ?? 0);
// A busy machine answers late, and nothing is to be replaced for that but where a test wants it.
const patient =
  process.env['SHOP_CHECKS'] === 'strict'
    ? { unhealthyThreshold: 2 }
    : { timeout: 5, unhealthyThreshold: 10 };

const shifting = {
  bake: `${Number(process.env['SHOP_BAKE'] ?? 1)}s`,
  scaleUpDeadline: `${Number(process.env['SHOP_DEADLINE'] ?? 60)}s`,
  pauseTimeoutMinutes: Number(process.env['SHOP_PAUSE'] ?? 5),
} as const;
// What one of the two was slow by on a busy machine says nothing of it.
const stepped = { ...shifting, compare: { slower: '100000%' } } as const;
const strategies = {
  'blue-green': { kind: 'blue-green', ...shifting },
  canary: { kind: 'canary', percent: '20%', watch: '3s', ...stepped },
  linear: { kind: 'linear', step: '40%', every: '2s', ...stepped },
} as const;
const chosen = process.env['SHOP_STRATEGY'];

const worker = {
  kind: 'worker',
  build: { include: ['worker.mjs', 'release.json'], sources: ['worker.mjs', 'release.json'] },
  command: 'node worker.mjs',
  stop: { grace: '2s' },
} as const;
const workers: Readonly<Record<string, typeof worker>> =
  process.env['SHOP_WORKER'] === 'no' ? {} : { worker };

// The gates of a deployment that a test wants to fail by one of them.
export default defineApp({
  name: 'shop',
  secrets: { shop: { keys: ['token'] } },
  services: {
    web: {
      kind: 'web',
      port: 8000,
      build: {
        command: process.env['SHOP_BUILD'] ?? 'node build.mjs',
        include: ['dist'],
        sources:
          process.env['SHOP_SOURCES'] === 'everything'
            ? ['**', '!schema']
            : ['server.mjs', 'build.mjs', 'migrate.mjs', 'release.json'],
      },
      command: 'node dist/server.mjs',
      variables: {
        SHOP_PUBLIC_PORT: port,
        SHOP_HEALTH: health,
        SHOP_SCHEMA: import.meta.dirname,
        SHOP_SECRET: { secret: 'shop', key: 'token' },
      },
      paths: (process.env['SHOP_PATHS'] ?? '*').split(','),
      health: { path: health, grace: `${Number(process.env['SHOP_GRACE'] ?? 10)}s`, ...patient },
      drain: `${Number(process.env['SHOP_DRAIN'] ?? 5)}s`,
      stop: { grace: '2s' },
    },
    ...workers,
  },
  migration: {
    service: 'web',
    apply: 'node dist/migrate.mjs apply',
    ...(process.env['SHOP_MIGRATION'] === 'blind' ? {} : { current: 'node dist/migrate.mjs current' }),
  },
  gates: {
    health: {
      kind: 'health',
      path: health,
      expect: { json: { status: 'healthy', database: 'connected' } },
      within: `${Number(process.env['SHOP_WITHIN'] ?? 30)}s`,
    },
    smoke: {
      kind: 'smoke',
      steps: {
        'log in': { method: 'POST', path: '/login', body: { user: 'demo' }, keep: { token: 'token' } },
        list: {
          path: '/items',
          headers: { authorization: 'Bearer {{token}}' },
          expect: { json: { total: 3 } },
        },
      },
    },
    integration: { kind: 'integration', command: 'node integration.mjs', timeout: '60s' },
  },
  alarms:
    process.env['SHOP_ALARM'] !== 'yes'
      ? {}
      : { ErrorRate: { metric: 'error-rate', above: '5%', for: '1m', rollBack: true } },
  environments: {
    local: {
      ports: { public: port, test: port + 1 },
      ...(process.env['SHOP_JOURNAL'] ? { journal: process.env['SHOP_JOURNAL'] } : {}),
      strategy: strategies[chosen === 'canary' || chosen === 'linear' ? chosen : 'blue-green'],
      gates:
        load > 0
          ? {
              load: {
                kind: 'load',
                path: '/items',
                headers: { authorization: 'Bearer load' },
                rate: load,
                duration: '2s',
                warmUp: '500ms',
                p95: '500ms',
                maxErrorRate: '1%',
              },
            }
          : {},
    },
    production: { engine: 'ecs', region: 'eu-west-1' },
  },
});
