import { defineApp } from 'fairway';

const secret = (key: string) => ({ secret: 'propflow/{environment}', key });

/** One image for the API, the worker and the scheduler. */
const backend = {
  build: { context: 'backend', dockerfile: 'Dockerfile' },
  variables: {
    DATABASE_URL: { store: 'db', property: 'url' },
    REDIS_HOST: { store: 'redis', property: 'host' },
    S3_BUCKET: { store: 'photos', property: 'bucket' },
    SECRET_KEY: secret('SECRET_KEY'),
    AWS_ACCESS_KEY_ID: secret('AWS_ACCESS_KEY_ID'),
    AWS_SECRET_ACCESS_KEY: secret('AWS_SECRET_ACCESS_KEY'),
  },
  needs: {
    SECRET_KEY: { description: 'JWT signing key', secret: true },
    DATABASE_URL: { description: 'PostgreSQL connection', secret: true },
    REDIS_HOST: { description: 'Redis endpoint' },
    S3_BUCKET: { description: 'Photo storage bucket' },
    AWS_ACCESS_KEY_ID: { description: 'AWS credentials', secret: true },
    AWS_SECRET_ACCESS_KEY: { description: 'AWS credentials', secret: true },
    TWILIO_ACCOUNT_SID: { description: 'SMS provider', required: false, secret: true },
    GOOGLE_VISION_API_KEY: { description: 'Image analysis', required: false, secret: true },
  },
} as const;

/** Set in staging and production only; without them nothing is sent and nothing analysed. */
const providers = {
  TWILIO_ACCOUNT_SID: secret('TWILIO_ACCOUNT_SID'),
  GOOGLE_VISION_API_KEY: secret('GOOGLE_VISION_API_KEY'),
};

export default defineApp({
  name: 'propflow',
  description: 'Property valuation: valuers, reviews and photos, on the web and on the phone.',

  services: {
    api: {
      kind: 'web',
      ...backend,
      command: 'uvicorn app.main:app --host 0.0.0.0 --port 8000',
      port: 8000,
      health: { path: '/health' },
      paths: ['/api/*', '/health'],
      names: { service: 'api', logGroup: '/aws/ecs/propflow-api' },
    },
    worker: {
      kind: 'worker',
      ...backend,
      command: 'celery -A app.worker worker',
      names: { service: 'worker', logGroup: '/aws/ecs/propflow-worker' },
    },
    beat: {
      kind: 'worker',
      ...backend,
      singleton: true,
      command: 'celery -A app.worker beat',
      names: { service: 'beat', logGroup: '/aws/ecs/propflow-beat' },
    },
    'valuer-dashboard': {
      kind: 'web',
      build: { context: '.', dockerfile: 'apps/valuer-dashboard/Dockerfile' },
      command: 'node server.js',
      port: 3000,
      health: { path: '/' },
      names: { logGroup: '/aws/ecs/propflow-valuer-dashboard' },
    },
    mobile: { kind: 'mobile', context: 'apps/mobile', platforms: ['android'] },
  },

  stores: {
    db: { kind: 'postgres', version: '16', database: 'propflow', description: 'Primary data store' },
    redis: { kind: 'redis', version: '7', description: 'Session, OTP, queue' },
    photos: { kind: 'bucket', description: 'Photo storage' },
  },

  secrets: {
    'propflow/{environment}': {
      keys: [
        'SECRET_KEY',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'TWILIO_ACCOUNT_SID',
        'GOOGLE_VISION_API_KEY',
        'SENTRY_DSN',
      ],
    },
  },

  migration: {
    service: 'api',
    create: 'alembic revision --autogenerate',
    apply: 'alembic upgrade head',
    undo: 'alembic downgrade -1',
    history: 'alembic history',
    current: 'alembic current',
    pending: { tool: 'alembic' },
  },

  gates: {
    backend: {
      kind: 'health',
      path: '/health',
      expect: { status: 200, json: { status: 'healthy', database: 'connected', redis: 'connected' } },
    },
    'API status': { kind: 'health', path: '/api/v1/status' },
    frontend: { kind: 'health', path: '/' },
  },

  region: 'ap-south-1',
  network: { cidr: '10.0.0.0/16' },
  terraform: {
    folder: 'infrastructure',
    stateBucket: 'propflow-terraform-state',
    stateKey: 'terraform.tfstate',
    stateRegion: 'ap-south-1',
    lockTable: 'propflow-terraform-locks',
  },

  alarms: {
    HighErrorRate: { metric: 'error-rate', above: '5%', for: '5m', rollBack: true },
    HighLatency: { metric: 'p95', above: '1000ms', for: '5m', service: 'api', rollBack: true },
    DatabaseConnections: { metric: 'database-connections', above: '80%', store: 'db' },
    QueueBacklog: { metric: 'queue-size', above: 50, for: '30m', description: 'Pending reviews' },
    DiskUsage: { metric: 'disk', above: '85%', store: 'db' },
  },
  notifications: {
    emails: ['alerts@propflow.example'],
    about: ['deployed', 'failed', 'alarm', 'mobile-build'],
  },
  sentry: { dsn: secret('SENTRY_DSN'), sampleRate: 0.1 },

  environments: {
    local: {
      stores: {
        db: { image: 'postgres:16-alpine', port: 5432 },
        redis: { image: 'redis:7-alpine', port: 6379 },
        photos: { image: 'minio/minio', port: 9000, consolePort: 9001, initImage: 'minio/mc' },
      },
    },

    staging: {
      deployOn: { branches: ['main'], workflow: 'deploy.yml' },
      domain: 'staging.propflow.example',
      strategy: { kind: 'rolling' },
      names: { cluster: 'propflow-cluster-staging' },
      services: { api: { variables: providers }, worker: { variables: providers } },
      stores: {
        db: { size: 'db.t3.small', storage: 20, names: { instance: 'propflow-db-staging' } },
        redis: { size: 'cache.t3.small', names: { instance: 'propflow-redis-staging' } },
        photos: { names: { instance: 'propflow-photos-staging' } },
      },
      terraform: { workspace: 'staging' },
    },

    production: {
      deployOn: { after: 'staging', workflow: 'deploy.yml' },
      domain: 'propflow.example',
      strategy: { kind: 'blue-green', bake: '10m' },
      migration: { backUpFirst: true },
      names: { cluster: 'propflow-cluster' },
      services: {
        api: { replicas: 2, scale: { min: 2, max: 10 }, variables: providers },
        worker: { replicas: 2, variables: providers },
        'valuer-dashboard': { replicas: 2 },
      },
      stores: {
        db: { size: 'db.t3.small', storage: 20, encrypted: true, names: { instance: 'propflow-db' } },
        redis: { size: 'cache.t3.small', mode: 'single', names: { instance: 'propflow-redis' } },
        photos: { names: { instance: 'propflow-photos' } },
      },
      recovery: {
        api: { rto: '15m', rpo: '0s' },
        db: { rto: '1h', rpo: '5m' },
        photos: { rto: '1h', rpo: '24h' },
        'valuer-dashboard': { rto: '5m' },
      },
    },
  },

  pipeline: {
    workflow: 'ci.yml',
    branches: ['main'],
    pullRequests: ['main'],
    jobs: {
      backend: {
        runtime: 'python',
        folder: 'backend',
        stores: ['db'],
        steps: {
          install: 'pip install -r requirements.txt',
          lint: 'ruff check .',
          types: 'mypy .',
          test: 'pytest --cov',
        },
        coverage: '80%',
        images: ['api'],
      },
      frontend: {
        runtime: 'node',
        packages: 'pnpm',
        steps: {
          install: 'pnpm install',
          lint: 'pnpm --filter @propflow/valuer-dashboard lint',
          types: 'pnpm type-check',
          test: 'pnpm --filter @propflow/valuer-dashboard test',
          build: 'pnpm --filter @propflow/valuer-dashboard build',
          'end to end': 'pnpm exec playwright test',
        },
      },
      mobile: {
        runtime: 'expo',
        packages: 'pnpm',
        folder: 'apps/mobile',
        steps: {
          install: 'pnpm install',
          lint: 'pnpm lint',
          types: 'pnpm type-check',
          prebuild: 'pnpm exec expo prebuild',
          android: 'cd android && ./gradlew assembleDebug',
        },
      },
      security: { runtime: 'python', folder: 'backend', steps: { audit: 'pip-audit' } },
    },
    secrets: {
      AWS_ACCESS_KEY_ID: 'AWS credentials',
      AWS_SECRET_ACCESS_KEY: 'AWS credentials',
      EXPO_TOKEN: 'Builds the mobile app with EAS',
    },
  },

  severities: {
    'P0 - Critical': { definition: 'Service down, data loss risk', respondWithin: '15m' },
    'P1 - High': { definition: 'Major feature broken', respondWithin: '1h' },
    'P2 - Medium': { definition: 'Feature impaired', respondWithin: '4h' },
    'P3 - Low': { definition: 'Minor issues', respondWithin: '24h' },
  },

  runbooks: {
    'Backend API down': {
      severity: 'P0 - Critical',
      alarms: ['HighErrorRate'],
      steps: {
        'Check ECS task status': 'aws ecs describe-services --cluster propflow-cluster --services api',
        'Check logs': 'aws logs tail /aws/ecs/propflow-api --follow',
        'Check for out of memory': 'aws ecs describe-tasks --cluster propflow-cluster --tasks TASK_ID',
        'Restart the service':
          'aws ecs update-service --cluster propflow-cluster --service api --force-new-deployment',
      },
    },
    'Database connection issues': {
      severity: 'P1 - High',
      alarms: ['DatabaseConnections'],
      steps: {
        'Check RDS status': 'aws rds describe-db-instances --db-instance-identifier propflow-db',
        'Count connections': 'psql -h HOST -U USER -d propflow -c "SELECT count(*) FROM pg_stat_activity;"',
        'End long-running queries':
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND query_start < NOW() - INTERVAL '5 minutes';",
      },
    },
    'High latency': {
      severity: 'P2 - Medium',
      alarms: ['HighLatency', 'QueueBacklog'],
      steps: {
        'Check metrics':
          'aws cloudwatch get-metric-statistics --namespace AWS/ApplicationELB --metric-name TargetResponseTime',
        'Find slow queries':
          'SELECT query, mean_time FROM pg_stat_statements ORDER BY mean_time DESC LIMIT 10;',
        'Scale if needed':
          'aws ecs update-service --cluster propflow-cluster --service api --desired-count 4',
      },
    },
    'Photo upload failures': {
      severity: 'P2 - Medium',
      steps: {
        'Check the bucket': 'aws s3 ls s3://propflow-photos/',
        'Check its permissions': 'aws s3api get-bucket-policy --bucket propflow-photos',
        'Check MinIO locally': 'docker-compose logs minio',
      },
    },
  },

  development: { compose: 'docker-compose.yml' },
  tools: {
    docker: '*',
    'docker-compose': '*',
    terraform: '*',
    aws: '*',
    python: '*',
    node: '*',
    pnpm: '*',
    eas: '*',
  },
});
