import { object } from './object.ts';
import { duration, email, name, title } from './scalar.ts';
import { parameterReference, secretReference } from './variable.ts';
import { z } from './zod.ts';

/** What each metric is measured in. */
export const METRIC_UNITS = {
  'response-time': 'ms',
  p95: 'ms',
  'error-rate': '%',
  cpu: '%',
  memory: '%',
  'database-connections': '%',
  'query-time': 'ms',
  disk: '%',
  'queue-size': '',
  'running-tasks': '',
  'failed-health-checks': '',
} as const;

type MetricName = keyof typeof METRIC_UNITS;

const metricName = z.enum([
  'response-time',
  'p95',
  'error-rate',
  'cpu',
  'memory',
  'database-connections',
  'query-time',
  'disk',
  'queue-size',
  'running-tasks',
  'failed-health-checks',
] satisfies [MetricName, ...MetricName[]]);

const customMetric = object({
  namespace: z.string().min(1).meta({ description: 'CloudWatch namespace.', example: 'PropFlow' }),
  name: z.string().min(1).meta({ description: 'Metric name.', example: 'PendingReviews' }),
  statistic: z
    .enum(['Average', 'Sum', 'Minimum', 'Maximum', 'p50', 'p90', 'p95', 'p99'])
    .default('Average')
    .meta({ description: 'How samples are put together.' }),
  dimensions: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'CloudWatch dimensions.', byDefault: 'none' }),
}).meta({ id: 'CustomMetric', description: "One of the app's own metrics." });

const metric = z
  .union([metricName, customMetric], {
    error: `one of ${Object.keys(METRIC_UNITS)
      .map((known) => `"${known}"`)
      .join(', ')}, or { namespace, name }`,
  })
  .meta({
    id: 'MetricDescription',
    description:
      '`response-time` (average, ms), `p95` (ms), `error-rate` (5xx in percent of requests), `cpu`, `memory` (percent), `database-connections` (percent of what the database takes), `query-time` (ms), `disk` (percent), `queue-size`, `running-tasks`, `failed-health-checks`, or a metric of your own.',
  });

const THRESHOLD_EXPECTED = 'a threshold with its unit: "500ms", "70%", or a plain number';

const threshold = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?(ms|%)$/, THRESHOLD_EXPECTED)], {
    error: THRESHOLD_EXPECTED,
  })
  .meta({
    id: 'Threshold',
    typescript: "number | `${number}${'ms' | '%'}`",
    description: 'With its unit: `"500ms"`, `"70%"`; a plain number for what is counted.',
  });

const alarm = object({
  description: z.string().optional().meta({ description: 'One sentence for people.' }),
  metric: metric.meta({ description: 'What is watched.', example: 'error-rate' }),
  above: threshold
    .optional()
    .meta({ description: 'It goes off above this. Say `above` or `below`.', example: '1%' }),
  below: threshold.optional().meta({ description: 'It goes off below this.', example: 1 }),
  for: duration.default(300).meta({
    description: 'When it has been so for this long. Whole minutes.',
    byDefault: '5 minutes',
    example: '5m',
  }),
  service: z.string().optional().meta({
    typescript: 'NoInfer<Services>',
    description: 'Of which service.',
    byDefault: 'every service that has the metric',
    example: 'api',
  }),
  store: z.string().optional().meta({
    typescript: 'NoInfer<Stores>',
    description: 'Of which store.',
    byDefault: 'every store that has the metric',
    example: 'db',
  }),
  rollBack: z
    .boolean()
    .default(false)
    .meta({ description: 'While deploying, it rolls the deployment back.' }),
}).meta({
  id: 'AlarmDescription',
  description: 'The key is its name in CloudWatch.',
  example: { metric: 'error-rate', above: '1%', for: '5m' },
});

export const alarms = z.record(title, alarm);

export const dashboards = z.record(
  title,
  object({
    show: z
      .array(metric)
      .min(1)
      .meta({ description: 'One chart each.', example: ['cpu', 'memory', 'p95', 'error-rate'] }),
  }).meta({ id: 'DashboardDescription' }),
);

export const logQueries = z.record(
  title,
  object({
    service: z
      .string()
      .optional()
      .meta({ typescript: 'NoInfer<Services>', description: 'In whose logs.', byDefault: 'all services' }),
    query: z.string().min(1).meta({
      description: 'CloudWatch Logs Insights.',
      example: 'filter @message like /ERROR/ | stats count() by bin(5m)',
    }),
  }).meta({ id: 'LogQueryDescription' }),
);

export const logs = object({
  keepDays: z
    .union(
      [
        z.literal(1),
        z.literal(3),
        z.literal(5),
        z.literal(7),
        z.literal(14),
        z.literal(30),
        z.literal(60),
        z.literal(90),
        z.literal(120),
        z.literal(150),
        z.literal(180),
        z.literal(365),
      ],
      { error: 'one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365: what CloudWatch knows' },
    )
    .optional()
    .meta({
      description: 'Log lines are kept this long, in days as CloudWatch knows them.',
      byDefault: '30',
      example: 90,
    }),
  detailedMonitoring: z.boolean().default(false).meta({ description: 'CloudWatch Container Insights.' }),
}).meta({ id: 'LogsDescription' });

const NOTICES = ['deployed', 'failed', 'alarm', 'approval', 'incident', 'mobile-build'] as const;

export const notifications = object({
  topic: name.optional().meta({
    description: 'The SNS topic.',
    byDefault: '`{app}-{environment}`',
    example: 'InteractionManagementAlarms',
  }),
  emails: z
    .array(email)
    .default([])
    .meta({ description: 'Who is told.', example: ['alerts@example.com'] }),
  slack: z
    .union([secretReference, parameterReference], { error: 'one of { secret, key }, { parameter }' })
    .optional()
    .meta({
      description:
        'Where the address of an incoming webhook is kept: of Slack, or of whatever takes the same.',
      byDefault: 'nobody is told there',
      example: { parameter: '/shop/slack-webhook' },
    }),
  mail: object({
    from: email.meta({ description: 'The sender.', example: 'deployments@example.com' }),
    sendGrid: z
      .union([secretReference, parameterReference], { error: 'one of { secret, key }, { parameter }' })
      .optional()
      .meta({ description: 'Where the API key of SendGrid is kept.', byDefault: 'Amazon SES sends' }),
  })
    .meta({ id: 'MailDescription', description: 'Mail about deployments, to `emails`.' })
    .optional()
    .meta({
      description: 'How `emails` get mail about deployments.',
      byDefault: 'by the topic, to which they are subscribed',
    }),
  github: z.boolean().default(false).meta({
    description:
      'In GitHub Actions: a deployment with its status, and a comment on the pull request. Needs GITHUB_TOKEN.',
  }),
  about: z
    .array(z.enum(NOTICES))
    .min(1)
    .optional()
    .meta({ description: 'About what.', byDefault: 'everything', example: ['failed', 'alarm'] }),
}).meta({ id: 'NotificationsDescription' });

export const sentry = object({
  dsn: z
    .union([secretReference, parameterReference], { error: 'one of { secret, key }, { parameter }' })
    .meta({
      description: 'Where the DSN is kept; tasks get it as `SENTRY_DSN`.',
      example: { secret: 'shop/sentry', key: 'dsn' },
    }),
  sampleRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .meta({ description: 'Part of the requests that is traced.' }),
  organization: z.string().optional().meta({
    description: 'Sentry organization, to record releases.',
    byDefault: 'releases are not recorded',
  }),
  project: z.string().optional().meta({ description: 'Sentry project.', byDefault: 'the name of the app' }),
}).meta({ id: 'SentryDescription', description: 'Releases, environment and errors in Sentry.' });
