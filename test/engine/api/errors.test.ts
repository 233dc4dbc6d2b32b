import { PutAttributesCommand, ECSClient, ServiceNotFoundException } from '@aws-sdk/client-ecs';
import {
  ElasticLoadBalancingV2Client,
  SetSubnetsCommand,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { NormalizedSchema } from '@smithy/core/schema';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/engine/api/operations.ts';
import { SDKS, SERVICES, clientSettings, sender, serve, serveForTest } from './endpoint.ts';
import type { ServiceName, TestEndpoint } from './endpoint.ts';
import { ELB_FORM, sendSigned } from './raw-request.ts';
import { valuesOf } from './schema-arbitrary.ts';

const ANY: Record<ServiceName, [string, object]> = {
  ecs: ['ListClusters', {}],
  elasticloadbalancing: ['DescribeLoadBalancers', {}],
  ssm: ['GetParameter', { Name: 'a' }],
  'application-autoscaling': ['DescribeScalableTargets', { ServiceNamespace: 'ecs' }],
  sts: ['GetCallerIdentity', {}],
  iam: ['GetRole', { RoleName: 'r' }],
  secretsmanager: ['DescribeSecret', { SecretId: 'a' }],
  logs: ['DescribeLogGroups', {}],
  monitoring: ['ListMetrics', {}],
};

let endpoint: TestEndpoint;
let toFailWith: unknown;

beforeAll(async () => {
  endpoint = await serve(async () => {
    throw toFailWith;
  });
});

afterAll(() => endpoint.api.close());

async function failure(service: ServiceName, error: unknown): Promise<unknown> {
  toFailWith = error;
  const client = sender(service, endpoint.url);
  try {
    return await client.send(...ANY[service]).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  } finally {
    client.destroy();
  }
}

/** The exceptions an SDK has classes for, with their schemas. */
function modelledExceptions(service: ServiceName): [string, NormalizedSchema][] {
  return Object.entries(SDKS[service].exports).flatMap(([name, schema]): [string, NormalizedSchema][] => {
    // Shares its Query code with ResourceNotFound, which clients take it for, from AWS too.
    const isShadowed = name === 'DashboardNotFoundError$';
    const isError =
      Array.isArray(schema) && schema[0] === -3 && !name.endsWith('ServiceException$') && !isShadowed;
    return isError
      ? [[name.slice(0, -1), NormalizedSchema.of(Reflect.get(SDKS[service].exports, name))]]
      : [];
  });
}

describe.each(SERVICES)('every exception that %s has in the SDK arrives as its own class', (service) => {
  const { exports, protocol } = SDKS[service];

  test.each(modelledExceptions(service))('%s', async (name, schema) => {
    const Exception: unknown = Reflect.get(exports, name);
    if (typeof Exception !== 'function') throw new Error(`the SDK has no ${name}`);
    const style = { protocol, direction: 'error', enums: {}, complete: true } as const;
    const fields = Object(fc.sample(valuesOf(schema, style), 1)[0]);
    const thrown = await failure(service, new ApiError(name, 'Not <this> & not "that".', { fields }));
    expect(thrown).toBeInstanceOf(Exception);
    expect(thrown).toMatchObject({ ...fields, name, message: 'Not <this> & not "that".' });
    const { httpError, error } = schema.getMergedTraits();
    expect(thrown).toHaveProperty('$metadata.httpStatusCode', httpError ?? (error === 'server' ? 500 : 400));
    expect(thrown).toHaveProperty('$metadata.requestId', expect.stringMatching(/^[0-9a-f-]{36}$/));
  });

  test('and there are some', () => {
    expect(modelledExceptions(service).length).toBeGreaterThan(7);
  });
});

test('what callers check for most is caught by its class', async () => {
  const error = await failure('ecs', new ApiError('ServiceNotFoundException', 'Service not found.'));
  expect(error).toBeInstanceOf(ServiceNotFoundException);
  const other = await failure('elasticloadbalancing', new ApiError('TargetGroupNotFoundException', 'Gone.'));
  expect(other).toBeInstanceOf(TargetGroupNotFoundException);
});

test('Query answers have their own codes for exceptions', async () => {
  toFailWith = new ApiError('TargetGroupNotFoundException', 'One or more target groups not found');
  const body = 'Action=DescribeTargetGroups&Version=2015-12-01';
  const answer = await sendSigned(endpoint.api.port, 'elasticloadbalancing', { headers: ELB_FORM, body });
  const requestId = String(answer.headers['x-amzn-requestid']);
  expect(answer.status).toBe(400);
  expect(answer.body).toBe(
    '<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error><Type>Sender</Type>' +
      '<Code>TargetGroupNotFound</Code><Message>One or more target groups not found</Message></Error>' +
      `<RequestId>${requestId}</RequestId></ErrorResponse>`,
  );
});

test.each(SERVICES)(
  'an error of %s that the SDK has no class for keeps its code and status',
  async (service) => {
    const thrown = await failure(
      service,
      new ApiError('SomethingElseEntirely', 'So it is.', { status: 409 }),
    );
    expect(thrown).toMatchObject({
      name: 'SomethingElseEntirely',
      message: 'So it is.',
      $metadata: { httpStatusCode: 409 },
    });
  },
);

test.each([
  ['ecs', 'ServerException'],
  ['elasticloadbalancing', 'InternalFailure'],
  ['ssm', 'InternalServerError'],
  ['logs', 'InternalFailure'],
  ['monitoring', 'InternalServiceFault'],
] as const)(
  'a bug behind %s is a %s that tells the client nothing, and its report everything',
  async (service, code) => {
    const bug = new TypeError('secret-value at /home/ada/engine.ts:12');
    const thrown = await failure(service, bug);
    expect(thrown).toMatchObject({ name: code, message: 'An internal error occurred.', $fault: 'server' });
    expect(thrown).toHaveProperty('$metadata.httpStatusCode', 500);
    expect(JSON.stringify(thrown)).not.toMatch(/secret-value|engine\.ts/);
    const requestId: unknown = Reflect.get(Object(Reflect.get(Object(thrown), '$metadata')), 'requestId');
    expect(endpoint.internalErrors.at(-1)).toEqual({ error: bug, requestId });
  },
);

test.each([
  ['ecs', { clusterArns: 'not a list' }],
  ['ecs', { clusterArns: [12] }],
  ['ecs', []],
  ['elasticloadbalancing', { LoadBalancers: [{ CreatedTime: 'noon' }] }],
  ['elasticloadbalancing', { LoadBalancers: [{ LoadBalancerName: 4 }] }],
  ['ssm', { Parameter: { LastModifiedDate: 12 } }],
  ['logs', { logGroups: [{ storedBytes: '1' }] }],
] as const)(
  'an answer of %s that is not of its schema is a bug, not an answer: %j',
  async (service, output) => {
    const { url, internalErrors } = await serveForTest(async () => output);
    const client = sender(service, url);
    await expect(client.send(...ANY[service])).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    client.destroy();
    expect(internalErrors).toEqual([{ error: expect.any(TypeError), requestId: expect.any(String) }]);
  },
);

test('what the schema does not know never leaves', async () => {
  const output = { clusterArns: ['a'], secret: 'x' };
  const { api } = await serveForTest(async () => output);
  const answer = await sendSigned(api.port, 'ecs', {
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters',
    },
    body: '{}',
  });
  expect(answer.body).toBe('{"clusterArns":["a"]}');
});

test('an operation that is not served is unknown, as AWS says it', async () => {
  const ecs = new ECSClient(clientSettings(endpoint.url));
  await expect(ecs.send(new PutAttributesCommand({ attributes: [] }))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    $metadata: { httpStatusCode: 400 },
  });
  ecs.destroy();
  const elb = new ElasticLoadBalancingV2Client(clientSettings(endpoint.url));
  await expect(elb.send(new SetSubnetsCommand({ LoadBalancerArn: 'a' }))).rejects.toMatchObject({
    name: 'InvalidAction',
    $metadata: { httpStatusCode: 400 },
  });
  elb.destroy();
});

test.each([
  [
    'sns',
    'application/x-www-form-urlencoded',
    'Action=ListTopics&Version=2010-03-31',
    '<Code>InvalidAction</Code>',
  ],
  ['dynamodb', 'application/x-amz-json-1.0', '{}', '"__type":"UnknownOperationException"'],
])('a service that is not served knows no operation: %s', async (service, type, body, expected) => {
  const answer = await sendSigned(endpoint.api.port, service, { headers: { 'content-type': type }, body });
  expect(answer.status).toBe(400);
  expect(answer.body).toContain(expected);
  expect(answer.headers['content-type']).toBe(type.startsWith('application/x-amz') ? type : 'text/xml');
});
