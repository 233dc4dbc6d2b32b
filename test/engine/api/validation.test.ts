import { ClientException, InvalidParameterException } from '@aws-sdk/client-ecs';
import * as Ecs from '@aws-sdk/client-ecs';
import { InvalidParameterException as LogsInvalidParameterException } from '@aws-sdk/client-cloudwatch-logs';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { NormalizedSchema } from '@smithy/core/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SDKS, SERVICES, sender, serve } from './endpoint.ts';
import type { ServiceName, TestEndpoint } from './endpoint.ts';
import { sendSigned } from './raw-request.ts';
import { OPERATIONS } from './stub-operations.ts';

let endpoint: TestEndpoint;
let received: unknown[] = [];

beforeAll(async () => {
  endpoint = await serve(async (_operation, input) => {
    received.push(input);
    return {};
  });
});

afterAll(() => endpoint.api.close());

async function send(service: ServiceName, operation: string, input: object): Promise<unknown> {
  received = [];
  const client = sender(service, endpoint.url);
  try {
    return await client.send(operation, input).catch((error: unknown) => error);
  } finally {
    client.destroy();
  }
}

describe('what is missing or not allowed is refused in the service’s own words, before an operation hears of it', () => {
  test.each<[ServiceName, string, object, object]>([
    [
      'ecs',
      'CreateService',
      {},
      { name: 'InvalidParameterException', message: 'ServiceName can not be blank.' },
    ],
    [
      'ecs',
      'RunTask',
      {},
      { name: 'InvalidParameterException', message: 'TaskDefinition can not be blank.' },
    ],
    [
      'ecs',
      'RegisterTaskDefinition',
      { containerDefinitions: [] },
      { name: 'ClientException', message: 'Family can not be blank.' },
    ],
    [
      'ecs',
      'RegisterTaskDefinition',
      { family: 'a' },
      { name: 'ClientException', message: 'ContainerDefinitions should not be null or empty.' },
    ],
    [
      'ecs',
      'RegisterTaskDefinition',
      { family: 'a', containerDefinitions: [{ logConfiguration: {} }] },
      { name: 'ClientException', message: 'LogConfiguration.logDriver should not be null or empty.' },
    ],
    [
      'ecs',
      'UpdateService',
      { service: 'a', deploymentConfiguration: { strategy: 'GREEN_BLUE' } },
      {
        name: 'InvalidParameterException',
        message: `Invalid value 'GREEN_BLUE' for deploymentConfiguration.strategy. Valid values are: ${Object.values(Ecs.DeploymentStrategy).join(', ')}.`,
      },
    ],
    [
      'ecs',
      'DescribeTasks',
      { tasks: ['a'], include: ['TAGS', 'EVERYTHING'] },
      {
        name: 'InvalidParameterException',
        message: "Invalid value 'EVERYTHING' for include.2.member. Valid values are: TAGS.",
      },
    ],
    [
      'elasticloadbalancing',
      'ModifyTargetGroup',
      {},
      {
        name: 'ValidationError',
        message:
          "1 validation error detected: Value null at 'targetGroupArn' failed to satisfy constraint: Member must not be null",
      },
    ],
    [
      'elasticloadbalancing',
      'CreateRule',
      { ListenerArn: 'a', Conditions: [], Actions: [{ Type: 'forwards' }] },
      {
        name: 'ValidationError',
        message:
          "2 validation errors detected: Value null at 'priority' failed to satisfy constraint: Member must not be null; " +
          "Value 'forwards' at 'actions.1.member.type' failed to satisfy constraint: Member must satisfy enum value set: " +
          '[authenticate-cognito, authenticate-oidc, fixed-response, forward, jwt-validation, redirect]',
      },
    ],
    [
      'ssm',
      'PutParameter',
      { Value: 'a', Type: 'Text' },
      {
        name: 'ValidationException',
        message:
          "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; " +
          "Value 'Text' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, String, StringList]",
      },
    ],
    [
      'logs',
      'DescribeLogStreams',
      { orderBy: 'Size' },
      {
        name: 'InvalidParameterException',
        message:
          "1 validation error detected: Value 'Size' at 'orderBy' failed to satisfy constraint: Member must satisfy enum value set: [LastEventTime, LogStreamName]",
      },
    ],
  ])('%s %s %j', async (service, operation, input, expected) => {
    expect(await send(service, operation, input)).toMatchObject(expected);
    expect(received).toEqual([]);
  });

  test('by classes that the SDKs have', async () => {
    expect(await send('ecs', 'RegisterTaskDefinition', {})).toBeInstanceOf(ClientException);
    expect(await send('ecs', 'CreateService', {})).toBeInstanceOf(InvalidParameterException);
    expect(await send('logs', 'DescribeLogStreams', { orderBy: 'a' })).toBeInstanceOf(
      LogsInvalidParameterException,
    );
  });
});

async function json(target: string, body: unknown): Promise<unknown> {
  received = [];
  const service = target.startsWith('AmazonSSM') ? 'ssm' : target.startsWith('Logs') ? 'logs' : 'ecs';
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const answer = await sendSigned(endpoint.api.port, service, { headers, body: JSON.stringify(body) });
  return JSON.parse(answer.body);
}

const ECS = 'AmazonEC2ContainerServiceV20141113';

describe('a value of the wrong type is refused, and not repeated', () => {
  test.each<[string, unknown, string]>([
    [`${ECS}.ListClusters`, [], 'START_ARRAY can not be converted to a structure'],
    [`${ECS}.ListClusters`, null, 'NULL_VALUE can not be converted to a structure'],
    [
      `${ECS}.ListClusters`,
      { maxResults: '10' },
      "STRING_VALUE can not be converted to a Number at 'maxResults'",
    ],
    [`${ECS}.ListClusters`, { nextToken: 7 }, "NUMBER_VALUE can not be converted to a String at 'nextToken'"],
    [
      `${ECS}.DescribeServices`,
      { services: 'a' },
      "STRING_VALUE can not be converted to a list at 'services'",
    ],
    [
      `${ECS}.DescribeServices`,
      { services: [null] },
      "NULL_VALUE can not be converted to a String at 'services.1.member'",
    ],
    [
      `${ECS}.DescribeServices`,
      { services: [{}] },
      "START_OBJECT can not be converted to a String at 'services.1.member'",
    ],
    [
      `${ECS}.DeleteService`,
      { service: 'a', force: 'true' },
      "STRING_VALUE can not be converted to a Boolean at 'force'",
    ],
    [
      `${ECS}.RegisterTaskDefinition`,
      { family: 'a', containerDefinitions: [{ dockerLabels: { a: true } }] },
      "TRUE_VALUE can not be converted to a String at 'containerDefinitions.1.member.dockerLabels.a'",
    ],
    [
      `${ECS}.RegisterTaskDefinition`,
      { family: 'a', containerDefinitions: [{ dockerLabels: ['s3cret'] }] },
      "START_ARRAY can not be converted to a map at 'containerDefinitions.1.member.dockerLabels'",
    ],
    [
      'AmazonSSM.PutParameter',
      { Name: 'a', Value: 12 },
      "NUMBER_VALUE can not be converted to a String at 'Value'",
    ],
    [
      'Logs_20140328.GetLogEvents',
      { startTime: 'now' },
      "STRING_VALUE can not be converted to a Number at 'startTime'",
    ],
  ])('%s %j', async (target, body, message) => {
    expect(await json(target, body)).toEqual({ __type: 'SerializationException', message });
    expect(received).toEqual([]);
  });
});

test('unknown members and nulls are passed over, as AWS does', async () => {
  await json(`${ECS}.ListClusters`, {
    maxResults: 3,
    nextToken: null,
    colour: { deep: ['red'] },
    __proto__: 1,
  });
  expect(received).toEqual([{ maxResults: 3 }]);
});

test('a member named like one of every object’s is not taken for given', async () => {
  await json(`${ECS}.RegisterTaskDefinition`, { family: 'a', containerDefinitions: [] });
  expect(Object.keys(Object(received[0]))).toEqual(['family', 'containerDefinitions']);
});

test.each(['1.0', '1.1'])('JSON %s is spoken', async (version) => {
  const type = `application/x-amz-json-${version}`;
  const headers = { 'content-type': type, 'x-amz-target': `${ECS}.ListClusters` };
  const answer = await sendSigned(endpoint.api.port, 'ecs', { headers, body: '{}' });
  expect(answer).toMatchObject({ status: 200, body: '{}', headers: { 'content-type': type } });
});

/** The enums of a service's inputs as the SDK's TypeScript has them: its schemas leave them out. */
function enumsInTypes(service: ServiceName): Record<string, Record<string, object>> {
  const { exports } = SDKS[service];
  const models = join(
    dirname(createRequire(import.meta.url).resolve(PACKAGES[service])),
    '../dist-types/models',
  );
  const read = (start: string) =>
    readdirSync(models)
      .filter((file) => file.startsWith(start))
      .map((file) => readFileSync(join(models, file), 'utf8'))
      .join('\n');
  const enums = new Set([...read('enums').matchAll(/export declare const (\w+):/g)].map(([, name]) => name));
  const types = read('models');
  const found: Record<string, Record<string, object>> = {};
  for (const structure of inputStructures(service)) {
    const body =
      new RegExp(`export interface ${structure} (?:extends \\w+ )?\\{([^]*?)\\n\\}`).exec(types)?.[1] ?? '';
    for (const [, member = '', type = ''] of body.matchAll(/^ {4}(\w+)\??: ([^;]+);/gm)) {
      const name = type.match(/\w+/g)?.find((word) => enums.has(word));
      if (name !== undefined) (found[structure] ??= {})[member] = Object(Reflect.get(exports, name));
    }
  }
  return found;
}

const PACKAGES: Record<ServiceName, string> = {
  ecs: '@aws-sdk/client-ecs',
  elasticloadbalancing: '@aws-sdk/client-elastic-load-balancing-v2',
  ssm: '@aws-sdk/client-ssm',
  'application-autoscaling': '@aws-sdk/client-application-auto-scaling',
  sts: '@aws-sdk/client-sts',
  iam: '@aws-sdk/client-iam',
  secretsmanager: '@aws-sdk/client-secrets-manager',
  logs: '@aws-sdk/client-cloudwatch-logs',
  monitoring: '@aws-sdk/client-cloudwatch',
};

const WITHOUT_ENUMS: ReadonlySet<ServiceName> = new Set<ServiceName>(['sts', 'iam']);

function inputStructures(service: ServiceName): Set<string> {
  const names = new Set<string>();
  const walk = (schema: NormalizedSchema) => {
    if (schema.isListSchema() || schema.isMapSchema()) walk(schema.getValueSchema());
    const name = schema.getName() ?? '';
    if (!schema.isStructSchema() || names.has(name)) return;
    names.add(name);
    for (const [, member] of schema.structIterator()) walk(member);
  };
  for (const operation of OPERATIONS[service]) {
    const schema: unknown = Reflect.get(SDKS[service].exports, `${operation}$`);
    if (Array.isArray(schema)) walk(NormalizedSchema.of(schema[4]));
  }
  return names;
}

test.each(SERVICES)(
  'the values allowed in inputs of %s are those of the SDK’s types, all of them',
  (service) => {
    const inTypes = enumsInTypes(service);
    expect(Object.keys(inTypes).length > 0).toBe(!WITHOUT_ENUMS.has(service));
    expect(SDKS[service].enums).toEqual(inTypes);
  },
);
