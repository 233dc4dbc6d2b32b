import { defineApp } from 'fairway';

const keysOf = (space: 'ledgerspace' | 'searchspace') => ({
  url: `${space}bolturl`,
  user: `${space}user`,
  password: `${space}pass`,
});

const neo4jKeys = {
  keys: [
    'ledgerspacebolturl',
    'ledgerspaceuser',
    'ledgerspacepass',
    'searchspacebolturl',
    'searchspaceuser',
    'searchspacepass',
  ],
  rotateEvery: '90d',
} as const;

/** Which GitHub secrets fill the secret of an environment. */
const fromGitHub = (suffix: 'STAGE' | 'PROD') => ({
  OPEN_EXCHANGE_RATES_API: `OPEN_EXCHANGE_RATES_API_${suffix}`,
  JWT_SECRET: `JWT_SECRET_${suffix}`,
  WHATSAPP_BOT_API_KEY: `WHATSAPP_BOT_API_KEY_${suffix}`,
});

const appSecret = (key: string) => ({ secret: 'credex-core/{environment}', key });

export default defineApp({
  name: 'credex-core',
  description: 'The credex ecosystem: ledger and search on two Neo4j graphs.',

  services: {
    core: {
      kind: 'web',
      build: { command: 'npm run build', include: ['dist/**', 'node_modules/**'], dockerfile: 'Dockerfile' },
      command: 'node dist/index.js',
      taskDefinition: 'terraform/task-definition.json',
      port: 3000,
      health: { path: '/health' },
      variables: {
        LEDGERSPACE_BOLT_URL: { store: 'ledgerspace', property: 'url' },
        LEDGERSPACE_USER: { store: 'ledgerspace', property: 'user' },
        LEDGERSPACE_PASS: { store: 'ledgerspace', property: 'password' },
        SEARCHSPACE_BOLT_URL: { store: 'searchspace', property: 'url' },
        SEARCHSPACE_USER: { store: 'searchspace', property: 'user' },
        SEARCHSPACE_PASS: { store: 'searchspace', property: 'password' },
        OPEN_EXCHANGE_RATES_API: appSecret('OPEN_EXCHANGE_RATES_API'),
        JWT_SECRET: appSecret('JWT_SECRET'),
        WHATSAPP_BOT_API_KEY: appSecret('WHATSAPP_BOT_API_KEY'),
      },
      needs: {
        NODE_ENV: { description: 'development, staging or production' },
        OPEN_EXCHANGE_RATES_API: { description: 'Open Exchange Rates API key', secret: true },
        JWT_SECRET: { description: 'Secret key for JWT token generation and verification', secret: true },
        WHATSAPP_BOT_API_KEY: { description: 'WhatsApp Bot API key', secret: true },
      },
      names: { service: 'credex-core-service', logGroup: '/ecs/credex-core', logPrefix: 'ecs' },
    },
  },

  stores: {
    ledgerspace: { kind: 'neo4j', description: 'LedgerSpace' },
    searchspace: { kind: 'neo4j', description: 'SearchSpace' },
  },

  secrets: {
    'credex-core/{environment}': {
      keys: ['OPEN_EXCHANGE_RATES_API', 'JWT_SECRET', 'WHATSAPP_BOT_API_KEY'],
      rotateEvery: '90d',
    },
  },

  region: 'af-south-1',
  gates: {
    'API health': { kind: 'health', path: '/health' },
    'integration tests': { kind: 'integration', command: 'npm run test:integration', timeout: '10m' },
  },

  alarms: {
    CpuUtilization: { metric: 'cpu', above: '70%', for: '10m' },
    MemoryUtilization: { metric: 'memory', above: '75%', for: '10m' },
    RunningTasks: { metric: 'running-tasks', below: 1, for: '1m' },
    FailedTransactions: {
      metric: { namespace: 'credex-core', name: 'FailedTransactions', statistic: 'Sum' },
      above: 10,
      for: '5m',
    },
  },
  dashboards: { 'credex-core': { show: ['cpu', 'memory', 'running-tasks', 'response-time', 'error-rate'] } },

  environments: {
    local: {
      variables: { NODE_ENV: 'development' },
    },

    staging: {
      deployOn: { branches: ['stage'], workflow: 'deploy-staging.yml' },
      variables: { NODE_ENV: 'staging' },
      strategy: { kind: 'rolling' },
      names: { cluster: 'credex-cluster-staging' },
      stores: {
        ledgerspace: {
          edition: 'community',
          size: 't3.medium',
          secret: { name: 'neo4j_stage_secrets', ...keysOf('ledgerspace') },
        },
        searchspace: {
          edition: 'community',
          size: 't3.medium',
          secret: { name: 'neo4j_stage_secrets', ...keysOf('searchspace') },
        },
      },
      secrets: {
        neo4j_stage_secrets: neo4jKeys,
        'credex-core/{environment}': { fromGitHub: fromGitHub('STAGE') },
      },
      gates: {
        'performance benchmark': { kind: 'load', path: '/health', rate: 50, duration: '60s', p95: '500ms' },
      },
    },

    production: {
      deployOn: { branches: ['prod'], workflow: 'deploy-production.yml' },
      variables: { NODE_ENV: 'production' },
      strategy: { kind: 'blue-green', bake: '10m' },
      names: { cluster: 'credex-cluster' },
      stores: {
        ledgerspace: {
          edition: 'enterprise',
          size: 'm5.large',
          secret: { name: 'neo4j_prod_secrets', ...keysOf('ledgerspace') },
        },
        searchspace: {
          edition: 'enterprise',
          size: 'm5.large',
          secret: { name: 'neo4j_prod_secrets', ...keysOf('searchspace') },
        },
      },
      secrets: {
        neo4j_prod_secrets: neo4jKeys,
        'credex-core/{environment}': { fromGitHub: fromGitHub('PROD') },
      },
    },
  },

  pipeline: {
    branches: ['dev', 'stage', 'prod'],
    pullRequests: ['dev'],
    jobs: {
      test: { runtime: 'node', steps: { install: 'npm ci', test: 'npm test' }, images: ['core'] },
    },
    secrets: {
      AWS_ACCESS_KEY_ID: 'Your AWS Access Key ID',
      AWS_SECRET_ACCESS_KEY: 'Your AWS Secret Access Key',
    },
  },

  development: {
    command: 'npm run dev',
    variablesFile: '.env',
    exampleFile: '.env.example',
    devContainer: { ports: [3000], command: 'npm ci' },
  },

  tools: { git: '*', docker: '*', 'docker-compose': '*', vscode: '*', terraform: '*', aws: '*', jq: '*' },
});
