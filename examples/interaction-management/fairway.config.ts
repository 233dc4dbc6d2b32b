import { defineApp } from 'fairway';

const healthy = { status: 200, json: { status: 'healthy' } } as const;

/** Signs in, then lists: the two requests without which nobody can work. */
const signInAndList = (username: string, password: string) =>
  ({
    kind: 'smoke',
    steps: {
      'log in': {
        method: 'POST',
        path: '/api/auth/login',
        body: { username, password },
        expect: { status: 200 },
        keep: { token: 'token' },
      },
      'list interactions': {
        path: '/api/interactions',
        headers: { authorization: 'Bearer {{token}}' },
        expect: { status: 200 },
      },
    },
  }) as const;

/** What is not secret is in Parameter Store below `/dev/`, `/staging/` or `/prod/`; what is, in Secrets Manager. */
const auth0 = (prefix: string) => ({
  domain: { parameter: `/${prefix}/AUTH0_DOMAIN` },
  clientId: { parameter: `/${prefix}/AUTH0_CLIENT_ID` },
  audience: { parameter: `/${prefix}/AUTH0_AUDIENCE` },
});

const secret = (key: string) => ({ secret: 'interaction-management/{environment}', key });

const apiOnAws = (prefix: string) => ({
  REDIS_HOST: { store: 'cache', property: 'host' } as const,
  REDIS_PORT: { store: 'cache', property: 'port' } as const,
  AUTH0_DOMAIN: auth0(prefix).domain,
  AUTH0_CLIENT_ID: auth0(prefix).clientId,
  AUTH0_AUDIENCE: auth0(prefix).audience,
  AUTH0_CLIENT_SECRET: secret('AUTH0_CLIENT_SECRET'),
  SENDGRID_API_KEY: secret('SENDGRID_API_KEY'),
});

const webOnAws = (prefix: string, domain: string, nodeEnv: string) => ({
  REACT_APP_API_URL: `https://${domain}/api`,
  REACT_APP_AUTH0_DOMAIN: auth0(prefix).domain,
  REACT_APP_AUTH0_CLIENT_ID: auth0(prefix).clientId,
  REACT_APP_AUTH0_AUDIENCE: auth0(prefix).audience,
  NODE_ENV: nodeEnv,
});

const database = {
  DB_HOST: { store: 'db', property: 'host' },
  DB_PORT: { store: 'db', property: 'port' },
  DB_NAME: { store: 'db', property: 'database' },
  DB_USER: { store: 'db', property: 'user' },
  DB_PASSWORD: { store: 'db', property: 'password' },
} as const;

export default defineApp({
  name: 'interaction-management',
  description: 'A searchable table of interactions, with a form to add and edit them.',

  services: {
    api: {
      kind: 'web',
      build: {
        command: 'node build.mjs api',
        include: ['dist/api/**'],
        sources: [
          'api/**',
          'database/**',
          'interaction/**',
          'service/**',
          'build.mjs',
          'package.json',
          'tsconfig.json',
        ],
        dockerfile: 'docker/backend/Dockerfile',
      },
      command: 'node dist/api/server.js',
      port: 8081,
      health: { path: '/api/health' },
      paths: ['/api/*'],
      variables: database,
      needs: {
        APP_ENV: { description: 'Application environment' },
        LOG_LEVEL: { description: 'Logging level (DEBUG, INFO, ERROR)', required: false },
        DB_HOST: { description: 'Database hostname' },
        DB_PORT: { description: 'Database port (default: 5432)', required: false },
        DB_NAME: { description: 'Database name' },
        DB_USER: { description: 'Database username' },
        DB_PASSWORD: { description: 'Database password', secret: true },
        REDIS_HOST: { description: 'Redis hostname', required: false },
        REDIS_PORT: { description: 'Redis port (default: 6379)', required: false },
        AUTH0_DOMAIN: { description: 'Auth0 tenant domain', required: false },
        AUTH0_CLIENT_ID: { description: 'Auth0 application client ID', required: false },
        AUTH0_CLIENT_SECRET: {
          description: 'Auth0 application client secret',
          required: false,
          secret: true,
        },
        AUTH0_AUDIENCE: { description: 'Auth0 API audience', required: false },
        SENDGRID_API_KEY: {
          description: 'SendGrid API key for email notifications',
          required: false,
          secret: true,
        },
      },
      images: { ecr: 'interaction-mgmt/backend' },
      names: { logGroup: '/ecs/interaction-management-backend' },
    },
    web: {
      kind: 'web',
      build: {
        command: 'node build.mjs web',
        include: ['dist/web/**'],
        sources: [
          'web/**',
          'interaction/**',
          'service/**',
          'build.mjs',
          'vite.config.mjs',
          'package.json',
          'tsconfig.json',
        ],
        dockerfile: 'docker/frontend/Dockerfile',
      },
      command: 'node dist/web/server.js',
      port: 8080,
      health: { path: '/health' },
      images: { ecr: 'interaction-mgmt/frontend' },
      names: { logGroup: '/ecs/interaction-management-frontend' },
    },
    worker: {
      kind: 'worker',
      build: {
        command: 'node build.mjs worker',
        include: ['dist/worker/**'],
        sources: [
          'worker/**',
          'database/**',
          'interaction/**',
          'service/**',
          'build.mjs',
          'package.json',
          'tsconfig.json',
        ],
        dockerfile: 'docker/worker/Dockerfile',
      },
      command: 'node dist/worker/worker.js',
      variables: database,
      images: { ecr: 'interaction-mgmt/worker' },
      names: { logGroup: '/ecs/interaction-management-worker' },
    },
  },

  stores: {
    db: { kind: 'postgres', database: 'interaction_management', user: 'admin' },
    cache: { kind: 'redis' },
  },

  migration: {
    service: 'api',
    apply: 'node dist/api/migrate.js apply',
    current: 'node dist/api/migrate.js current',
    undo: 'node dist/api/migrate.js undo',
    pending: { tool: 'sql-files', folder: 'dist/api/migrations' },
  },

  gates: {
    'front end': { kind: 'health', path: '/health', expect: healthy },
    api: { kind: 'health', path: '/api/health', expect: healthy },
    database: {
      kind: 'health',
      path: '/api/health/db',
      expect: { status: 200, json: { status: 'healthy', database: 'connected' } },
    },
  },

  region: 'us-east-1',
  images: { tag: '{version}-{environment}-{commit}', keepLast: 30 },
  network: { cidr: '10.0.0.0/16' },
  terraform: { stateKey: 'infrastructure/terraform.tfstate', stateRegion: 'us-east-1' },
  secrets: {
    'interaction-management/{environment}': {
      description: 'API keys',
      keys: ['AUTH0_CLIENT_SECRET', 'SENDGRID_API_KEY'],
      rotateEvery: '90d',
    },
  },

  alarms: {
    ApiResponseTime: { metric: 'response-time', above: '500ms', for: '5m', service: 'api' },
    ErrorRate: { metric: 'error-rate', above: '1%', for: '5m', rollBack: true },
    CpuUtilization: { metric: 'cpu', above: '70%', for: '10m' },
    MemoryUsage: { metric: 'memory', above: '75%', for: '10m' },
    FailedHealthChecks: { metric: 'failed-health-checks', above: 0, for: '1m' },
  },
  notifications: { topic: 'InteractionManagementAlarms', emails: ['alerts@example.com'] },
  dashboards: {
    InteractionManagementSystem: {
      show: ['cpu', 'memory', 'database-connections', 'response-time', 'error-rate', 'query-time'],
    },
    InteractionManagementHealth: { show: ['failed-health-checks', 'running-tasks'] },
  },
  logQueries: {
    'Error frequency': { query: 'filter level = "error" | stats count(*) by bin(5m)' },
    'Slow API endpoints': {
      service: 'api',
      query: 'filter event = "request" and milliseconds > 500 | stats count(*), max(milliseconds) by path',
    },
    'Authentication failures': {
      service: 'api',
      query: 'filter event = "login.failed" | stats count(*) by bin(5m)',
    },
  },

  environments: {
    local: {
      variables: { APP_ENV: 'local' },
      stores: { cache: null },
      strategy: { kind: 'blue-green', bake: '3s' },
      gates: {
        'sign in and list': {
          kind: 'smoke',
          steps: {
            'log in': {
              method: 'POST',
              path: '/api/auth/login',
              body: { username: 'demo', password: 'demo-password' },
              expect: { status: 200, json: { 'user.username': 'demo' } },
              keep: { token: 'token' },
            },
            'list interactions': {
              path: '/api/interactions',
              headers: { authorization: 'Bearer {{token}}' },
              expect: { status: 200, json: { page: 1 } },
            },
          },
        },
        'steady load': {
          kind: 'load',
          path: '/api/health/db',
          rate: 50,
          duration: '3s',
          warmUp: '1s',
          p95: '500ms',
        },
      },
    },

    development: {
      deployOn: { branches: ['feature/**'], workflow: 'dev-deploy.yml' },
      domain: 'dev.interactions.example.com',
      strategy: { kind: 'rolling' },
      variables: {
        LOG_LEVEL: 'DEBUG',
        APP_ENV: 'development',
        DB_INSTANCE_CLASS: 'db.t3.small',
        CACHE_INSTANCE_CLASS: 'cache.t2.micro',
        AUTOSCALING_MIN: 1,
        AUTOSCALING_MAX: 1,
        MULTI_AZ_DATABASE: false,
        ENABLE_DETAILED_MONITORING: false,
      },
      services: {
        api: { cpu: 2048, memory: 4096, disk: 20, variables: apiOnAws('dev') },
        web: { variables: webOnAws('dev', 'dev.interactions.example.com', 'development') },
      },
      stores: {
        db: { size: 'db.t3.small' },
        cache: { size: 'cache.t2.micro' },
      },
      gates: { 'sign in and list': signInAndList('test', 'test') },
      terraform: { stateBucket: 'interaction-mgmt-tfstate-dev', workspace: 'dev' },
    },

    staging: {
      deployOn: { branches: ['main'], workflow: 'staging-deploy.yml' },
      approvals: { 'tech lead': [] },
      domain: 'staging.interactions.example.com',
      strategy: { kind: 'rolling' },
      logs: { detailedMonitoring: true },
      variables: {
        LOG_LEVEL: 'INFO',
        APP_ENV: 'staging',
        DB_INSTANCE_CLASS: 'db.t3.medium',
        CACHE_INSTANCE_CLASS: 'cache.t3.small',
        AUTOSCALING_MIN: 1,
        AUTOSCALING_MAX: 2,
        MULTI_AZ_DATABASE: true,
        ENABLE_DETAILED_MONITORING: true,
      },
      services: {
        api: { cpu: 2048, memory: 4096, disk: 50, scale: { min: 1, max: 2 }, variables: apiOnAws('staging') },
        web: { variables: webOnAws('staging', 'staging.interactions.example.com', 'production') },
      },
      stores: {
        db: { size: 'db.t3.medium', multiZone: true },
        cache: { size: 'cache.t3.small', mode: 'replicated' },
      },
      gates: {
        'sign in and list': signInAndList('test', 'test'),
        'find interactions': {
          kind: 'load',
          path: '/api/health/db',
          rate: 100,
          duration: '60s',
          p95: '500ms',
        },
      },
      terraform: { stateBucket: 'interaction-mgmt-tfstate-staging', workspace: 'staging' },
    },

    production: {
      deployOn: { branches: ['release/**'], workflow: 'prod-deploy.yml' },
      approvals: { 'product owner': [] },
      domain: 'interactions.example.com',
      strategy: { kind: 'blue-green', bake: '10m' },
      migration: { backUpFirst: true },
      logs: { keepDays: 90, detailedMonitoring: true },
      variables: {
        LOG_LEVEL: 'INFO',
        APP_ENV: 'production',
        DB_INSTANCE_CLASS: 'db.t3.medium',
        CACHE_INSTANCE_CLASS: 'cache.t3.small',
        AUTOSCALING_MIN: 2,
        AUTOSCALING_MAX: 6,
        MULTI_AZ_DATABASE: true,
        ENABLE_DETAILED_MONITORING: true,
      },
      services: {
        api: {
          cpu: 4096,
          memory: 8192,
          disk: 100,
          replicas: 2,
          scale: { min: 2, max: 6, cpu: '70%' },
          variables: apiOnAws('prod'),
        },
        web: {
          replicas: 2,
          variables: webOnAws('prod', 'interactions.example.com', 'production'),
        },
      },
      stores: {
        db: { size: 'db.t3.medium', multiZone: true, storage: 500 },
        cache: { size: 'cache.t3.small', mode: 'cluster' },
      },
      secrets: { 'interaction-management/smoke': { keys: ['username', 'password'] } },
      gates: {
        'sign in and list': {
          ...signInAndList('{{username}}', '{{password}}'),
          values: {
            username: { secret: 'interaction-management/smoke', key: 'username' },
            password: { secret: 'interaction-management/smoke', key: 'password' },
          },
        },
      },
      terraform: { stateBucket: 'interaction-mgmt-tfstate-prod', workspace: 'prod' },
    },
  },

  pipeline: {
    pullRequests: ['main'],
    jobs: {
      test: {
        runtime: 'node',
        stores: ['db'],
        steps: { install: 'npm ci', types: 'npm run typecheck', test: 'npm test', build: 'npm run build' },
        images: ['api', 'web', 'worker'],
      },
    },
    secrets: {
      AWS_ACCESS_KEY_ID: 'AWS access key for deployment',
      AWS_SECRET_ACCESS_KEY: 'AWS secret key for deployment',
      AWS_REGION: 'AWS region (e.g., us-east-1)',
      ECR_REPOSITORY_FRONTEND: 'ECR repository URI for frontend',
      ECR_REPOSITORY_BACKEND: 'ECR repository URI for backend',
      ECS_CLUSTER: 'ECS cluster name',
      ECS_SERVICE_FRONTEND: 'ECS service name for frontend',
      ECS_SERVICE_BACKEND: 'ECS service name for backend',
      TERRAFORM_STATE_BUCKET: 'S3 bucket for Terraform state',
    },
    protect: { main: { reviews: 1, checks: true }, 'release/*': { reviews: 1 } },
  },

  tools: { docker: '24.0.5', 'docker-compose': '2.20.0', terraform: '1.5.4', aws: '2.13.0', git: '2.40.0' },
});
