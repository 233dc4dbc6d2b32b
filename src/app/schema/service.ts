import { build, images } from './build.ts';
import { object } from './object.ts';
import { command, duration, hostname, name, port, template, urlPath } from './scalar.ts';
import { scale } from './strategy.ts';
import { needs, variables } from './variable.ts';
import { z } from './zod.ts';

const described = {
  description: z.string().optional().meta({ description: 'One sentence for people.' }),
};

const serviceNames = object({
  service: name
    .optional()
    .meta({ description: 'The ECS service.', byDefault: '`{service}`', example: 'credex-core-service' }),
  family: name.optional().meta({
    description: 'The task definition family.',
    byDefault: '`{app}-{environment}-{service}`',
    example: 'shop-api-task',
  }),
  container: name
    .optional()
    .meta({ description: 'The container in the task definition.', byDefault: '`{service}`' }),
  targetGroups: z.tuple([name, name]).optional().meta({
    description: 'The two target groups that blue and green take turns in.',
    byDefault: '`{app}-{environment}-{service}-a` and `-b`',
  }),
  logGroup: name.optional().meta({
    description: 'The CloudWatch log group.',
    byDefault: '`/fairway/{app}/{environment}/{service}`',
    example: '/ecs/shop-api',
  }),
  logPrefix: name.optional().meta({ description: 'What log stream names start with.', byDefault: '`ecs`' }),
  taskRole: name.optional().meta({
    description: 'The IAM role the app itself acts as.',
    byDefault: '`{app}-{environment}-{service}-task`',
  }),
  securityGroup: name
    .optional()
    .meta({ description: 'The security group of its tasks.', byDefault: '`{app}-{environment}-{service}`' }),
}).meta({
  id: 'ServiceNames',
  description:
    'What AWS knows a service by. Every name has a default; set those of an estate that exists already.',
});

const task = {
  ...described,
  build: build.optional().meta({
    description: 'How it is built.',
    byDefault: 'nothing to build on the embedded engine, `Dockerfile` on Amazon ECS',
    example: { command: 'npm run build', include: ['dist/**'] },
  }),
  command: command.meta({ description: 'Starts it.', example: 'node dist/server.js' }),
  taskDefinition: z.string().optional().meta({
    description: 'An existing task-definition template that Fairway reads in and completes.',
    byDefault: 'none',
    example: 'terraform/task-definition.json',
  }),
  variables: variables.optional().meta({
    description: 'Environment variables, over those of the app.',
    byDefault: 'none',
    example: { LOG_LEVEL: 'info' },
  }),
  needs: needs.optional().meta({
    description:
      'The table of variables this service reads: checked in every environment before anything is deployed.',
    byDefault: 'none',
    example: { SECRET_KEY: { description: 'Signs tokens', secret: true } },
  }),
  replicas: z.int().min(0).max(5000).default(1).meta({
    description: 'How many tasks run; of a service with `scale`, how many it begins with.',
    example: 2,
  }),
  cpu: z
    .int()
    .min(128)
    .max(16_384)
    .default(256)
    .meta({ description: 'CPU units of one task; 1024 is one vCPU.', example: 1024 }),
  memory: z
    .int()
    .min(128)
    .max(122_880)
    .default(512)
    .meta({ description: 'Memory of one task in MiB.', example: 2048 }),
  disk: z.int().min(20).max(200).default(20).meta({ description: 'Disk of one task in GB.', example: 50 }),
  stop: object({
    signal: z
      .enum(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'])
      .default('SIGTERM')
      .meta({ description: 'Asks a task to go.' }),
    grace: duration.default(30).meta({
      description: 'Then it is killed. At most 2 minutes.',
      byDefault: '30 seconds',
      example: '60s',
    }),
  })
    .optional()
    .meta({ description: 'How a task is told to stop.', byDefault: '`SIGTERM`, then 30 seconds' }),
  images: images.optional().meta({
    description: 'Registries and tags of this service, over those of the app.',
    byDefault: "the app's",
  }),
  permissions: z
    .array(
      object({
        actions: z
          .array(z.string().min(3))
          .min(1)
          .meta({ description: 'IAM actions.', example: ['s3:GetObject'] }),
        resources: z.array(z.string().min(1)).min(1).meta({ description: 'ARNs.' }),
      }),
    )
    .optional()
    .meta({
      description: 'What its task role may do beyond what its stores and secrets need.',
      byDefault: 'nothing',
    }),
  names: serviceNames.optional().meta({ description: 'What AWS knows it by.', byDefault: 'see each name' }),
};

const scaling = {
  scale: scale.optional().meta({
    description: 'Automatic scaling.',
    byDefault: '`replicas` tasks, always',
    example: { min: 2, max: 10, cpu: '70%' },
  }),
};

const routed = {
  hosts: z
    .array(hostname)
    .max(5)
    .optional()
    .meta({
      description: 'Host names it answers to. Not inherited by an environment on the embedded engine.',
      byDefault: 'any',
      example: ['api.example.com'],
    }),
  paths: z
    .array(z.string().regex(/^(\*|\/\S*)$/, 'a path pattern such as "/api/*", or "*" for the rest'))
    .min(1)
    .max(5)
    .default(['*'])
    .meta({ description: 'Path patterns it answers to; `*` alone is the rest.', example: ['/api/*'] }),
};

const web = object({
  kind: z.literal('web'),
  port: port.meta({ description: 'Where it listens.', example: 8080 }),
  health: object({
    path: urlPath.meta({
      description:
        'Asked by the load balancer; any 2xx is healthy. What the answer says is checked by health gates.',
      example: '/health',
    }),
    interval: duration.optional().meta({
      description: 'Time between two checks.',
      byDefault: '1 second on the embedded engine, 5 seconds on Amazon ECS',
    }),
    timeout: duration.optional().meta({
      description: 'No answer within this time is a failure. Shorter than `interval`, or as long.',
      byDefault: '1 second on the embedded engine, 2 seconds on Amazon ECS',
    }),
    healthyThreshold: z
      .int()
      .min(2)
      .max(10)
      .default(2)
      .meta({ description: 'Good answers in a row until it gets traffic.' }),
    unhealthyThreshold: z.int().min(2).max(10).optional().meta({
      description: 'Failures in a row until it gets none.',
      byDefault: '5 on the embedded engine, 2 on Amazon ECS',
    }),
    grace: duration.optional().meta({
      description:
        'How long a task that starts may fail its checks before it is stopped for them. As long as the app takes to start, and some more.',
      byDefault: '10 seconds on the embedded engine, 60 seconds on Amazon ECS',
      example: '90s',
    }),
  })
    .meta({ id: 'HealthDescription' })
    .meta({ description: "The load balancer's health check.", example: { path: '/health' } }),
  ...routed,
  priority: z.int().min(1).max(50_000).optional().meta({
    description: 'Which route is tried first; 1 before 2.',
    byDefault: 'the more specific route first',
  }),
  drain: duration.default(15).meta({
    description: 'Requests in flight get this long once a task is told to go.',
    byDefault: '15 seconds',
    example: '30s',
  }),
  ...task,
  ...scaling,
}).meta({ id: 'WebServiceDescription', description: 'Answers HTTP requests behind the load balancer.' });

const worker = object({
  kind: z.literal('worker'),
  singleton: z.boolean().default(false).meta({
    description: 'Never two at once, not even while deploying: for schedulers such as Celery beat.',
  }),
  ...task,
  ...scaling,
}).meta({
  id: 'WorkerServiceDescription',
  description: 'Runs always and answers no requests: queues, schedulers.',
});

const scheduled = object({
  kind: z.literal('scheduled'),
  schedule: z
    .string()
    .regex(/^(@(hourly|daily|weekly|monthly)|\S+( \S+){4})$/, 'a cron line such as "0 3 * * *", or "@daily"')
    .meta({
      description: 'When it runs: minute, hour, day of month, month, day of week.',
      example: '0 3 * * *',
    }),
  timezone: z
    .string()
    .default('UTC')
    .meta({ description: 'Where that time is meant.', example: 'Europe/Berlin' }),
  ...task,
}).meta({ id: 'ScheduledServiceDescription', description: 'Runs at set times and ends.' });

const staticSite = object({
  kind: z.literal('static'),
  build: object({
    context: z
      .string()
      .optional()
      .meta({ description: 'Folder it is built in.', byDefault: 'the folder of fairway.config.ts' }),
    command: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Builds the files.', byDefault: 'nothing to build', example: 'npm run build' }),
  })
    .optional()
    .meta({ description: 'How its files are made.', byDefault: 'nothing to build' }),
  folder: z
    .string()
    .min(1)
    .meta({ description: 'The files to serve, below `build.context`.', example: 'dist' }),
  fallback: z.string().optional().meta({
    description: 'Served where no file matches, for apps that route in the browser.',
    byDefault: 'an answer 404',
    example: 'index.html',
  }),
  ...routed,
  bucket: template('app', 'environment', 'service')
    .optional()
    .meta({ description: 'The S3 bucket behind CloudFront.', byDefault: '`{app}-{environment}-{service}`' }),
  ...described,
}).meta({ id: 'StaticServiceDescription', description: 'Files on S3 behind CloudFront.' });

const mobile = object({
  kind: z.literal('mobile'),
  context: z.string().optional().meta({
    description: 'Folder of the Expo app.',
    byDefault: 'the folder of fairway.config.ts',
    example: 'mobile',
  }),
  platforms: z
    .array(z.enum(['android', 'ios']))
    .min(1)
    .meta({ description: 'What is built.', example: ['android'] }),
  profile: z.string().default('production').meta({ description: 'The EAS build profile.' }),
  ...described,
}).meta({ id: 'MobileServiceDescription', description: 'A mobile app built by EAS.' });

export const service = z
  .discriminatedUnion('kind', [web, worker, scheduled, staticSite, mobile])
  .meta({ id: 'ServiceDescription' });
