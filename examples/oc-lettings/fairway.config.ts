import { defineApp } from 'fairway';

export default defineApp({
  name: 'oc-lettings',
  description: 'Lettings and profiles, a Django site.',

  services: {
    site: {
      kind: 'web',
      build: { dockerfile: 'Dockerfile' },
      command: 'gunicorn oc_lettings_site.wsgi:application --bind 0.0.0.0:8000',
      port: 8000,
      health: { path: '/' },
      needs: {
        SECRET_KEY: { description: 'Django signing key', secret: true },
        SENTRY_DSN: { description: 'Where errors are sent', secret: true, required: false },
      },
      variables: {
        SECRET_KEY: { secret: 'oc-lettings', key: 'SECRET_KEY' },
        SENTRY_DSN: { secret: 'oc-lettings', key: 'SENTRY_DSN' },
      },
    },
  },

  secrets: { 'oc-lettings': { keys: ['SECRET_KEY', 'SENTRY_DSN'] } },

  // Tagged with the commit, pushed to both registries; the local image stays.
  images: { tag: '{commit}', ecr: 'oc-lettings', dockerHub: 'oc-lettings/oc-lettings', keepLocal: true },

  gates: {
    'home page': { kind: 'health', path: '/', expect: { status: 200, contains: 'Holiday Homes' } },
  },

  sentry: { dsn: { secret: 'oc-lettings', key: 'SENTRY_DSN' }, sampleRate: 1 },

  environments: {
    production: {
      region: 'eu-west-3',
      deployOn: { branches: ['master'], newImage: true },
    },
  },

  pipeline: {
    branches: ['**'],
    jobs: {
      test: {
        runtime: 'python',
        packages: 'pip',
        steps: {
          install: 'pip install -r requirements.txt',
          test: 'coverage run -m pytest && coverage report',
          lint: 'flake8',
        },
        images: ['site'],
      },
    },
    secrets: {
      AWS_ACCESS_KEY_ID: 'The AWS access key ID required to authenticate with AWS services',
      AWS_SECRET_ACCESS_KEY: 'The AWS secret access key required to authenticate with AWS services',
      AWS_REGION: 'The AWS region in which the ECS cluster and ECR repository are located',
      ECR_URL_REPOSITORY: 'The URL of the ECR repository where the Docker image is stored',
      DOCKERHUB_USERNAME: 'The Docker Hub username required to authenticate with Docker Hub',
      DOCKERHUB_PASSWORD: 'The Docker Hub password required to authenticate with Docker Hub',
    },
  },

  tools: { docker: '*', python: '*', git: '*', aws: '*', 'ecs-cli': '*' },
});
