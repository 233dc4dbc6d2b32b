import { object } from './object.ts';
import { name, title, variableName } from './scalar.ts';
import { z } from './zod.ts';

const STORE_PROPERTIES = ['url', 'host', 'port', 'user', 'password', 'database', 'bucket', 'region'] as const;

export const secretReference = object({
  secret: name.meta({
    description: 'The secret as AWS Secrets Manager knows it; declared under `secrets`.',
    example: 'shop/production',
  }),
  key: z.string().min(1).optional().meta({
    description: 'One key of a secret that holds several.',
    byDefault: 'the whole secret',
    example: 'JWT_SECRET',
  }),
}).meta({
  id: 'SecretReference',
  description:
    'A value kept in AWS Secrets Manager. Tasks read it when they start; it never passes through a plan, a journal or a log. On the embedded engine the value comes from `fairway secrets set`, or from `.env` beside fairway.config.ts, by the name of the variable that takes it, and is kept by the engine, encrypted, from then on. What `.env` names is taken from there by every deployment.',
});

export const parameterReference = object({
  parameter: name.meta({
    description: 'The full name in AWS Systems Manager Parameter Store.',
    example: '/prod/AUTH0_DOMAIN',
  }),
}).meta({
  id: 'ParameterReference',
  description:
    'A value kept in Parameter Store, read when a task starts. On the embedded engine it is given as that of a secret is.',
});

const storeReference = object({
  store: z
    .string()
    .meta({ typescript: 'NoInfer<Stores>', description: 'A store of this app.', example: 'db' }),
  property: z.enum(STORE_PROPERTIES).meta({
    description:
      'What of it: postgres has `url`, `host`, `port`, `user`, `password`, `database`; redis `url`, `host`, `port`, `password`; bucket `url`, `bucket`, `region`; neo4j `url`, `host`, `port`, `user`, `password`.',
    example: 'url',
  }),
}).meta({
  id: 'StoreReference',
  description: 'One property of a store. Where the store changes with the environment, the value does too.',
});

const variable = z
  .union([z.string(), z.number(), z.boolean(), secretReference, parameterReference, storeReference], {
    error: 'a string, number or boolean, or one of { secret, key }, { parameter }, { store, property }',
  })
  .meta({
    id: 'VariableDescription',
    description: 'A value said here (numbers and booleans become text), or a reference to where it is kept.',
    example: { store: 'db', property: 'url' },
  });

export const variables = z.record(variableName, variable);

const need = object({
  description: z.string().optional().meta({ description: 'What it is for.' }),
  required: z
    .boolean()
    .default(true)
    .meta({ description: 'An environment without a value for it is refused.' }),
  secret: z
    .boolean()
    .default(false)
    .meta({ description: 'It may not be written into the description, except for the embedded engine.' }),
}).meta({ id: 'NeedDescription' });

export const needs = z.record(variableName, need);

const secret = object({
  description: z.string().optional().meta({ description: 'What it holds.' }),
  keys: z
    .array(z.string().min(1))
    .optional()
    .meta({
      description: 'The keys of its JSON value. References are checked against them.',
      byDefault: 'one plain value',
      example: ['JWT_SECRET'],
    }),
  rotateEvery: z
    .string()
    .regex(/^\d+d$/, 'a number of days such as "90d"')
    .optional()
    .meta({
      typescript: '`${number}d`',
      description: 'How often it is to be rotated; reminders follow.',
      byDefault: 'never',
      example: '90d',
    }),
  fromGitHub: z
    .record(z.string(), z.string())
    .optional()
    .meta({
      description: 'Which GitHub secret fills which key when the pipeline deploys.',
      example: { JWT_SECRET: 'JWT_SECRET_STAGE' },
    }),
}).meta({ id: 'SecretDescription' });

export const secrets = z.record(title, secret);
