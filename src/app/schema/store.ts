import { object } from './object.ts';
import { name, port } from './scalar.ts';
import { z } from './zod.ts';

const common = {
  description: z.string().optional().meta({ description: 'One sentence for people.' }),
  version: z
    .string()
    .optional()
    .meta({ description: 'Major version.', byDefault: "the engine's", example: '16' }),
  image: z.string().optional().meta({
    description: 'Docker image, where it runs in Docker.',
    byDefault: 'chosen by kind and version',
    example: 'postgres:16-alpine',
  }),
  port: port.optional().meta({
    description: 'Port it listens on.',
    byDefault: 'the usual one on AWS, a free one on the embedded engine',
    example: 5432,
  }),
  backups: object({
    keepDays: z
      .int()
      .min(0)
      .max(35)
      .default(7)
      .meta({ description: 'Automated backups are kept this long, and any moment within can be restored.' }),
    window: z
      .string()
      .regex(/^\d\d:\d\d-\d\d:\d\d$/, 'a time window in UTC such as "03:00-04:00"')
      .optional()
      .meta({ description: 'When, in UTC.', byDefault: 'AWS chooses', example: '03:00-04:00' }),
  })
    .optional()
    .meta({ description: 'Automated backups.', byDefault: 'kept 7 days on AWS' }),
  encrypted: z.boolean().default(true).meta({ description: 'Encrypted at rest.' }),
  protect: z
    .boolean()
    .default(true)
    .meta({ description: 'A plan that would destroy or replace it is refused.' }),
};

const sized = {
  size: z
    .string()
    .regex(/^[a-z0-9.]+$/, 'an instance class such as "db.t3.small"')
    .optional()
    .meta({ description: 'Instance class.', byDefault: 'the smallest of its kind', example: 'db.t3.medium' }),
  multiZone: z.boolean().default(false).meta({ description: 'A stand-by in a second zone takes over.' }),
};

const storage = {
  storage: z.int().min(1).max(65_536).default(20).meta({ description: 'Disk in GB.', example: 500 }),
};

const storeNames = object({
  instance: name.optional().meta({
    description: 'The database instance, cache cluster or bucket.',
    byDefault: '`{app}-{environment}-` and the name of the store',
    example: 'shop-db',
  }),
  securityGroup: name
    .optional()
    .meta({ description: 'Its security group.', byDefault: 'the name of the instance' }),
}).meta({ id: 'StoreNames' });

const names = {
  names: storeNames.optional().meta({ description: 'What AWS knows it by.', byDefault: 'see each name' }),
};

const key = (of: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta({ description: `The key that holds the ${of}.`, byDefault: `\`${of}\`` });

const storeSecret = object({
  name: name.meta({ description: 'The secret, declared under `secrets`.', example: 'neo4j_prod_secrets' }),
  url: key('url'),
  host: key('host'),
  port: key('port'),
  user: key('user'),
  password: key('password'),
  database: key('database'),
}).meta({
  id: 'StoreSecret',
  description: 'Where the connection details are kept, and under which key each.',
});

const secret = {
  secret: storeSecret.optional().meta({
    description: 'The secret with the connection details.',
    byDefault: 'one is made: `{app}/{environment}/` and the name of the store',
  }),
};

const postgres = object({
  kind: z.literal('postgres'),
  database: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'a database name: lower-case letters, digits, underscores')
    .optional()
    .meta({ description: 'Name of the database.', byDefault: 'the name of the app, hyphens as underscores' }),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'a user name: lower-case letters, digits, underscores')
    .optional()
    .meta({ description: 'Owner of the database.', byDefault: 'like `database`' }),
  extensions: z
    .array(z.string().regex(/^[a-z_][a-z0-9_-]*$/, 'an extension name such as "postgis"'))
    .default([])
    .meta({ description: 'PostgreSQL extensions.', example: ['postgis'] }),
  ...sized,
  ...storage,
  ...secret,
  ...names,
  ...common,
}).meta({
  id: 'PostgresDescription',
  description: 'PostgreSQL: Amazon RDS on AWS, a real server on your machine.',
});

const redis = object({
  kind: z.literal('redis'),
  mode: z
    .enum(['single', 'replicated', 'cluster'])
    .default('single')
    .meta({ description: 'One node, one with replicas, or several shards.' }),
  ...sized,
  ...secret,
  ...names,
  ...common,
}).meta({
  id: 'RedisDescription',
  description:
    'Redis: Amazon ElastiCache on AWS, `redis-server` or `valkey-server` on your machine, or its container.',
});

const bucket = object({
  kind: z.literal('bucket'),
  cdn: z.boolean().default(false).meta({ description: 'CloudFront in front of it.' }),
  initImage: z.string().optional().meta({
    description: 'Image that makes the bucket, where it runs in Docker.',
    byDefault: '`minio/mc`',
    example: 'minio/mc',
  }),
  consolePort: port.optional().meta({
    description: "Port of MinIO's web console, where it runs in Docker.",
    byDefault: 'none',
    example: 9001,
  }),
  ...names,
  ...common,
}).meta({
  id: 'BucketDescription',
  description: "Files: Amazon S3 on AWS, the engine's own S3 on your machine.",
});

const neo4j = object({
  kind: z.literal('neo4j'),
  edition: z.enum(['community', 'enterprise']).default('community').meta({ description: 'Which Neo4j.' }),
  ...sized,
  ...storage,
  ...secret,
  ...names,
  ...common,
}).meta({
  id: 'Neo4jDescription',
  description: 'Neo4j: on its own EC2 instance on AWS, an installed one on your machine, or its container.',
});

export const store = z
  .discriminatedUnion('kind', [postgres, redis, bucket, neo4j])
  .meta({ id: 'StoreDescription' });
