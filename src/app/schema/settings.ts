import { images } from './build.ts';
import { names, network, terraform } from './estate.ts';
import { appGate, gate } from './gate.ts';
import { migration } from './migration.ts';
import { object } from './object.ts';
import { recovery, runbooks, severities } from './operate.ts';
import { deployOn, development, pipeline, previews, tools } from './pipeline.ts';
import { accountId, email, hostname, identifier, port, region, s3Place, title } from './scalar.ts';
import { service } from './service.ts';
import { store } from './store.ts';
import { strategy } from './strategy.ts';
import { secrets, variables } from './variable.ts';
import { alarms, dashboards, logQueries, logs, notifications, sentry } from './watch.ts';
import { z } from './zod.ts';

/** Said by the app, and again by any environment. */
const settings = {
  services: z.record(identifier, service).meta({
    keys: 'Services',
    description: 'What runs.',
    example: { api: { kind: 'web', command: 'node server.js', port: 8080, health: { path: '/health' } } },
  }),
  stores: z
    .record(identifier, store)
    .default({})
    .meta({
      keys: 'Stores',
      description: 'Where the app keeps its data.',
      byDefault: 'none',
      example: { db: { kind: 'postgres' } },
    }),
  variables: variables.default({}).meta({
    description: 'Environment variables of every service.',
    byDefault: 'none',
    example: { NODE_ENV: 'production' },
  }),
  secrets: secrets.default({}).meta({
    description:
      'The secrets that exist, by their name in AWS Secrets Manager. References are checked against them. On the embedded engine their values come from `fairway secrets set`, or from `.env` beside fairway.config.ts, by the names of the variables that take them.',
    byDefault: 'none',
    example: { 'shop/production': { keys: ['JWT_SECRET'] } },
  }),
  migration: migration
    .optional()
    .meta({ description: 'How the database is migrated.', byDefault: 'it is not' }),
  strategy: strategy
    .optional()
    .meta({ description: 'How a new revision takes over.', byDefault: '`{ kind: "blue-green" }`' }),
  approvals: z
    .record(title, z.array(z.string()))
    .default({})
    .meta({
      description: 'Roles that must approve a deployment, each with its people.',
      byDefault: 'nobody',
      example: { 'tech lead': ['ana@example.com'] },
    }),
  region: region
    .optional()
    .meta({ description: 'AWS region. Needed on Amazon ECS.', example: 'eu-central-1' }),
  account: accountId
    .optional()
    .meta({ description: 'AWS account id.', byDefault: 'that of the credentials', example: '123456789012' }),
  journal: s3Place.optional().meta({
    description:
      'Where deployments are recorded, and who is changing the environment: a bucket that everybody uses who deploys to it, and a folder in it. Below that, each app and environment has a folder of its own. On the embedded engine only what the environment itself says counts.',
    byDefault:
      '`s3://{app}-{environment}-journal` on Amazon ECS; on the embedded engine a folder of this machine',
    example: 's3://acme-deployments/fairway',
  }),
  domain: hostname.optional().meta({
    description: 'Public host name.',
    byDefault: "the load balancer's own",
    example: 'app.example.com',
  }),
  images: images
    .prefault({})
    .meta({ description: 'Tags and registries of all images.', byDefault: 'see each' }),
  names: names.prefault({}).meta({ description: 'What AWS resources are called.', byDefault: 'see each' }),
  network: network.prefault({}).meta({ description: 'The network.', byDefault: 'see each' }),
  terraform: terraform.prefault({}).meta({ description: 'Terraform.', byDefault: 'see each' }),
  alarms: alarms.default({}).meta({
    description: 'Alarms.',
    byDefault: 'none',
    example: { HighErrorRate: { metric: 'error-rate', above: '5%', for: '5m' } },
  }),
  dashboards: dashboards.default({}).meta({
    description: 'CloudWatch dashboards by name.',
    byDefault: 'none',
    example: { Shop: { show: ['cpu', 'p95'] } },
  }),
  logQueries: logQueries.default({}).meta({ description: 'Saved log queries by name.', byDefault: 'none' }),
  logs: logs
    .prefault({})
    .meta({ description: 'Logs and monitoring.', byDefault: 'see each', example: { keepDays: 90 } }),
  notifications: notifications
    .optional()
    .meta({ description: 'Who is told about what.', byDefault: 'nobody' }),
  sentry: sentry.optional().meta({ description: 'Error tracking by Sentry.', byDefault: 'none' }),
  recovery: recovery.default({}).meta({
    someKeys: 'NoInfer<Services | Stores>',
    description: 'Recovery objectives of services and stores.',
    byDefault: 'none',
    example: { api: { rto: '15m', rpo: '0s' } },
  }),
};

/** What an environment says once the settings of the app are below it. */
export const environment = object({
  engine: z.enum(['embedded', 'ecs']).optional().meta({
    description: 'Where it runs: the embedded engine on this machine, or Amazon ECS.',
    byDefault: '`embedded` for `local`, else `ecs`',
  }),
  ports: object({
    public: port.optional().meta({
      description: 'Where users come in.',
      byDefault: 'chosen by the name of the app, always the same',
      example: 8080,
    }),
    test: port
      .optional()
      .meta({ description: 'Where a new version is tested.', byDefault: 'the next one', example: 8081 }),
  })
    .optional()
    .meta({ description: 'Ports on this machine. Embedded engine only.', byDefault: 'see each' }),
  deployOn: deployOn.optional().meta({
    description: 'What starts a deployment.',
    byDefault: 'a person',
    example: { branches: ['main'] },
  }),
  ...settings,
  gates: z.record(title, gate).default({}).meta({
    description:
      "Checks that decide at a pause, in this order. The app's come first; `load` gates are said here.",
    byDefault: "the app's",
  }),
}).meta({
  id: 'EnvironmentSettings',
  description:
    'What an environment may say. All of it may be said in part: objects are laid over those of the app key by key, lists and references are replaced, and `null` removes what the app says. An object of another `kind` replaces.',
});

export const app = object({
  name: identifier.meta({ description: 'The name of the app.', example: 'shop' }),
  description: z.string().optional().meta({ description: 'One sentence for people.' }),
  ...settings,
  gates: z
    .record(title, appGate)
    .default({})
    .meta({
      description: 'Checks that decide at a pause, in this order. `load` gates are said by environments.',
      byDefault: 'none',
      example: { health: { kind: 'health', path: '/health' } },
    }),
  environments: z
    .record(identifier, z.record(z.string(), z.unknown(), { error: 'an object' }))
    .default({})
    .meta({
      keys: 'string',
      typescript: 'Readonly<Record<string, EnvironmentDescription<NoInfer<Services>, NoInfer<Stores>>>>',
      description:
        'Where the app runs. `local` exists without being said. Each may say again, in part, what the app says.',
      byDefault: '`{ local: {} }`',
      example: { production: { region: 'eu-central-1', services: { api: { replicas: 2 } } } },
    }),
  pipeline: pipeline.optional().meta({ description: 'The checks in GitHub Actions.', byDefault: 'none' }),
  previews: previews.optional().meta({ description: 'Environments per branch.', byDefault: 'none' }),
  tools: tools.default({}).meta({
    keys: 'string',
    description: 'Tools that people need, each with the oldest version that will do.',
    byDefault: 'none',
    example: { docker: '24.0.5', git: '*' },
  }),
  development: development.optional().meta({ description: 'How people work on it.', byDefault: 'see each' }),
  severities: severities
    .default({})
    .meta({ description: 'Severity levels of incidents.', byDefault: 'none' }),
  runbooks: runbooks.default({}).meta({ description: 'What to do when.', byDefault: 'none' }),
  contact: email.optional().meta({
    description: 'Whom to write to in an emergency.',
    byDefault: 'nobody',
    example: 'devops@example.com',
  }),
}).meta({ id: 'AppDescription' });

export type CheckedApp = z.output<typeof app>;
export type CheckedEnvironment = z.output<typeof environment>;
