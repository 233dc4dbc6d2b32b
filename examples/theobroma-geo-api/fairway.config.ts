import { defineApp } from 'fairway';

export default defineApp({
  name: 'theobroma-geo-api',
  description: 'Geographic data of cocoa farms, over HTTP.',
  contact: 'devops@theobroma.digital',

  services: {
    api: {
      kind: 'web',
      build: { dockerfile: 'Dockerfile' },
      command: 'uvicorn app.main:app --host 0.0.0.0 --port 8000',
      port: 8000,
      health: { path: '/health' },
      cpu: 256,
      memory: 512,
      variables: { DATABASE_URL: { store: 'db', property: 'url' } },
      needs: {
        DATABASE_URL: { description: 'PostgreSQL connection', secret: true },
        ENVIRONMENT: { description: 'development, staging or production' },
      },
      names: {
        service: 'theobroma-geo-api-service',
        family: 'theobroma-geo-api-task',
        container: 'theobroma-geo-api',
        logGroup: '/ecs/theobroma-geo-api',
        logPrefix: 'ecs',
      },
    },
  },

  stores: {
    db: { kind: 'postgres', extensions: ['postgis'] },
  },

  gates: {
    health: { kind: 'health', path: '/health' },
    'detailed health': { kind: 'health', path: '/health/detailed' },
    metrics: { kind: 'smoke', steps: { 'read metrics': { path: '/metrics' } } },
    'integration tests': { kind: 'integration', command: 'pytest tests/integration' },
  },

  region: 'us-east-1',
  names: { executionRole: 'ecsTaskExecutionRole' },
  images: { keepLast: 30, scan: true },

  alarms: {
    FailedHealthChecks: { metric: 'failed-health-checks', above: 0, for: '1m', rollBack: true },
    ErrorRate: { metric: 'error-rate', above: '1%', for: '5m', rollBack: true },
  },
  notifications: { emails: ['devops@theobroma.digital'], about: ['failed', 'alarm'] },
  dashboards: {
    theobroma: {
      show: ['cpu', 'memory', 'database-connections', 'response-time', 'error-rate', 'query-time'],
    },
  },

  environments: {
    local: {
      variables: { ENVIRONMENT: 'development' },
    },

    staging: {
      domain: 'staging.theobroma-api.dev',
      variables: { ENVIRONMENT: 'staging' },
      strategy: { kind: 'rolling' },
      names: { cluster: 'theobroma-staging' },
      images: { tag: '{branch}-{commit}', ghcr: 'theobroma/theobroma-geo-api' },
      stores: { db: { secret: { name: 'theobroma-geo-api/{environment}/db' } } },
      secrets: {
        'theobroma-geo-api/{environment}/db': {
          keys: ['url', 'host', 'port', 'user', 'password', 'database'],
          fromGitHub: { password: 'STAGING_DB_PASSWORD' },
        },
      },
    },

    production: {
      deployOn: { branches: ['main'], tags: ['v*'], workflow: 'deploy-production.yml' },
      domain: 'theobroma-api.dev',
      variables: { ENVIRONMENT: 'production' },
      strategy: { kind: 'blue-green', bake: '10m' },
      names: { cluster: 'theobroma-production' },
      images: { tag: '{commit}', ecr: 'theobroma-geo-api' },
      services: { api: { replicas: 2, scale: { min: 2, max: 10, cpu: '70%' } } },
      stores: { db: { multiZone: true, secret: { name: 'theobroma-geo-api/{environment}/db' } } },
      secrets: {
        'theobroma-geo-api/{environment}/db': {
          keys: ['url', 'host', 'port', 'user', 'password', 'database'],
          fromGitHub: { password: 'PRODUCTION_DB_PASSWORD' },
        },
      },
    },
  },

  // A branch gets https://staging-feature-new-api-endpoint.theobroma-api.dev until it is merged.
  previews: {
    from: 'staging',
    branches: ['feature/*', 'hotfix/*', 'develop'],
    name: 'staging-{branch}',
    domain: 'staging-{branch}.theobroma-api.dev',
    comment: true,
    removeOn: 'merge',
    workflow: 'deploy-staging.yml',
  },

  pipeline: {
    workflow: 'ci.yml',
    branches: ['main', 'develop'],
    pullRequests: ['**'],
    jobs: {
      quality: {
        runtime: 'python',
        stores: ['db'],
        steps: {
          install: 'pip install -r requirements.txt -r requirements-dev.txt',
          format: 'black --check . && isort --check .',
          lint: 'flake8 && bandit -r app',
          test: 'pytest tests/unit',
          performance: 'pytest tests/performance',
        },
        images: ['api'],
      },
    },
    secrets: {
      AWS_ACCESS_KEY_ID: 'AWS access key for deployment',
      AWS_SECRET_ACCESS_KEY: 'AWS secret key for deployment',
      AWS_REGION: 'AWS region (e.g., us-east-1)',
      AWS_ACCOUNT_ID: 'AWS account ID for ECR/IAM resources',
      STAGING_DB_PASSWORD: 'Password for staging database',
      PRODUCTION_DB_PASSWORD: 'Password for production database',
      SUBNET_IDS: 'Comma-separated subnet IDs for ECS',
      SECURITY_GROUP_ID: 'Security group ID for ECS tasks',
      STAGING_TARGET_GROUP_ARN: 'Target group ARN for staging ALB',
      PRODUCTION_TARGET_GROUP_ARN: 'Target group ARN for production ALB',
    },
  },

  development: {
    compose: 'docker-compose.yml',
    links: { 'Monitoring dashboard': 'https://cloudwatch.aws.amazon.com/dashboard/theobroma' },
  },

  tools: { docker: '*', 'docker-compose': '*', python: '*', aws: '*', git: '*' },
});
