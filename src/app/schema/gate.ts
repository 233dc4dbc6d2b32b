import { object } from './object.ts';
import { duration, percent, title, urlPath } from './scalar.ts';
import { parameterReference, secretReference } from './variable.ts';
import { z } from './zod.ts';

const status = z.int().min(100).max(599);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'a string, number, boolean or null',
});

const expectation = object({
  status: z
    .union([status, z.array(status).min(1)], { error: 'a status code such as 200, or a list of them' })
    .optional()
    .meta({ description: 'One of these status codes.', byDefault: '200', example: [200, 204] }),
  contains: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'The body contains this text.', byDefault: 'not looked at', example: 'Welcome' }),
  json: z
    .record(z.string().min(1), scalar)
    .optional()
    .meta({
      description: 'Values at paths of the JSON body.',
      byDefault: 'not looked at',
      example: { status: 'healthy', 'data.items.length': 3 },
    }),
  headers: z
    .record(z.string().min(1), z.string())
    .optional()
    .meta({
      description: 'Headers of the answer.',
      byDefault: 'not looked at',
      example: { 'content-type': 'application/json' },
    }),
}).meta({
  id: 'ExpectationDescription',
  description: 'What an answer must look like. Everything said must hold.',
});

const expect = {
  expect: expectation.optional().meta({
    description: 'What the answer must look like.',
    byDefault: 'status 200',
    example: { status: 200, json: { status: 'healthy' } },
  }),
};
const headers = {
  headers: z
    .record(z.string().min(1), z.string())
    .optional()
    .meta({
      description: 'Request headers.',
      byDefault: 'none',
      example: { authorization: 'Bearer {{token}}' },
    }),
};
const method = {
  method: z
    .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    .default('GET')
    .meta({ description: 'Request method.' }),
};

const health = object({
  kind: z.literal('health'),
  path: urlPath.meta({ description: 'What is asked.', example: '/api/health/db' }),
  ...expect,
  within: duration.default(60).meta({
    description: 'How long it may take until the answer is as expected.',
    byDefault: '1 minute',
    example: '30s',
  }),
}).meta({ id: 'HealthGateDescription', description: 'One request whose answer must say that all is well.' });

const step = object({
  ...method,
  path: urlPath.meta({
    description: 'What is asked. May hold kept values: `{{token}}`; so may headers and strings of the body.',
    example: '/api/auth/login',
  }),
  ...headers,
  body: z
    .unknown()
    .optional()
    .meta({
      description: 'Sent as JSON; a string is sent as it is.',
      byDefault: 'no body',
      example: { username: 'demo' },
    }),
  ...expect,
  keep: z
    .record(
      z.string().regex(/^[A-Za-z_]\w*$/, 'a name of letters, digits and underscores'),
      z.string().min(1),
    )
    .optional()
    .meta({
      description: 'Keeps values at paths of the JSON answer for later steps. They are never shown.',
      byDefault: 'nothing',
      example: { token: 'data.token' },
    }),
}).meta({ id: 'SmokeStepDescription' });

const smoke = object({
  kind: z.literal('smoke'),
  steps: z.record(title, step).meta({
    description: 'Requests by name, in this order.',
    example: { 'log in': { method: 'POST', path: '/api/auth/login' } },
  }),
  values: z
    .record(
      z.string(),
      z.union([secretReference, parameterReference], { error: 'one of { secret, key }, { parameter }' }),
    )
    .optional()
    .meta({
      description: 'Values the steps start with, such as a password: `{{password}}`.',
      byDefault: 'none',
      example: { password: { secret: 'shop/smoke', key: 'password' } },
    }),
}).meta({
  id: 'SmokeGateDescription',
  description: 'A sequence of requests that carries values from one to the next.',
});

const integration = object({
  kind: z.literal('integration'),
  command: z.string().min(1).meta({
    description:
      "Run by a shell in the app's folder, with the new version's address in `FAIRWAY_TARGET_URL`. Exit code 0 passes.",
    example: 'npm run test:integration',
  }),
  timeout: duration
    .default(600)
    .meta({ description: 'Given up after this long.', byDefault: '10 minutes', example: '5m' }),
}).meta({
  id: 'IntegrationGateDescription',
  description: "The app's own tests against the new version, before it has users.",
});

const load = object({
  kind: z.literal('load'),
  ...method,
  path: urlPath.meta({ description: 'What is asked.', example: '/api/interactions' }),
  ...headers,
  rate: z.number().positive().max(100_000).meta({ description: 'Requests per second.', example: 50 }),
  duration: duration
    .default(30)
    .meta({ description: 'Measured for this long.', byDefault: '30 seconds', example: '60s' }),
  warmUp: duration
    .default(5)
    .meta({ description: 'Before that, not measured.', byDefault: '5 seconds', example: '10s' }),
  p95: duration.default(0.5).meta({
    description: '95% of the answers must come within this time.',
    byDefault: '500 milliseconds',
    example: '500ms',
  }),
  maxErrorRate: percent
    .default(1)
    .meta({ description: 'More failures than this fail the gate.', byDefault: '`"1%"`', example: '0.5%' }),
}).meta({
  id: 'LoadGateDescription',
  description:
    'Steady load on the new version before it has users. An environment asks for it itself, so that production never gets it by accident.',
});

export const appGate = z
  .discriminatedUnion('kind', [health, smoke, integration])
  .meta({ id: 'AppGateDescription' });
export const gate = z
  .discriminatedUnion('kind', [health, smoke, integration, load])
  .meta({ id: 'GateDescription' });
