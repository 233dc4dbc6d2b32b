import * as fc from 'fast-check';
import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import type { RequestContext } from '../../../src/engine/api/operations.ts';
import { CREDENTIALS, clientSettings, sender, serveForTest } from './endpoint.ts';
import type { ClientSettings, ServiceName } from './endpoint.ts';
import { ECS_JSON, ELB_FORM, sendRaw, sendSigned, signedHeaders } from './raw-request.ts';

const READ: Record<ServiceName, [string, object]> = {
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

async function callWith(service: ServiceName, settings: ClientSettings, clock = Date.now): Promise<unknown> {
  const { url } = await serveForTest(async () => ({}), { clock });
  const client = sender(service, url, settings);
  try {
    return await client.send(...READ[service]);
  } finally {
    client.destroy();
  }
}

const WRONG_SECRET = { credentials: { ...CREDENTIALS, secretAccessKey: 'another' } };
const WRONG_KEY = { credentials: { ...CREDENTIALS, accessKeyId: 'AKIDNOBODY' } };
const SIX_MINUTES = 6 * 60_000;

describe.each([
  ['ecs', 'InvalidSignatureException', 'UnrecognizedClientException', 400],
  ['ssm', 'InvalidSignatureException', 'UnrecognizedClientException', 400],
  ['logs', 'InvalidSignatureException', 'UnrecognizedClientException', 400],
  ['elasticloadbalancing', 'SignatureDoesNotMatch', 'InvalidClientTokenId', 403],
] as const)('%s', (service, wrongSignature, unknownKey, status) => {
  const refusal = (name: string, message: RegExp) => ({
    name,
    message: expect.stringMatching(message),
    $metadata: expect.objectContaining({
      httpStatusCode: status,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    }),
  });

  test('refuses a signature made with another secret', async () => {
    await expect(callWith(service, WRONG_SECRET)).rejects.toMatchObject(
      refusal(wrongSignature, /does not match the signature you provided/),
    );
  });

  test('refuses a key it does not know', async () => {
    await expect(callWith(service, WRONG_KEY)).rejects.toMatchObject(
      refusal(unknownKey, /security token .* invalid/),
    );
  });

  test('refuses a signature older than five minutes', async () => {
    await expect(callWith(service, { systemClockOffset: -SIX_MINUTES })).rejects.toMatchObject(
      refusal(wrongSignature, /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z/),
    );
  });

  test('refuses a signature more than five minutes ahead', async () => {
    await expect(callWith(service, { systemClockOffset: SIX_MINUTES })).rejects.toMatchObject(
      refusal(wrongSignature, /^Signature not yet current/),
    );
  });

  test('accepts a signature four minutes off, either way', async () => {
    await expect(callWith(service, { systemClockOffset: -4 * 60_000 })).resolves.toEqual({});
    await expect(callWith(service, { systemClockOffset: 4 * 60_000 })).resolves.toEqual({});
  });

  test('lets the SDK set its clock by the answer and try again', async () => {
    const hourAhead = () => Date.now() + 3_600_000;
    await expect(callWith(service, { maxAttempts: 2 }, hourAhead)).resolves.toEqual({});
    await expect(callWith(service, { maxAttempts: 1 }, hourAhead)).rejects.toThrow('Signature expired');
  });

  test('tolerates a session token', async () => {
    const credentials = { ...CREDENTIALS, sessionToken: 'a-session' };
    await expect(callWith(service, { credentials })).resolves.toEqual({});
  });
});

test('the region of a signature is free, and operations hear the configured one', async () => {
  const contexts: RequestContext[] = [];
  const { url } = await serveForTest(
    async (_operation, _input, context) => {
      contexts.push(context);
      return {};
    },
    { region: 'eu-west-3', accountId: '210987654321', clock: () => 1_800_000_000_123 },
  );
  const client = sender('ecs', url, {
    region: 'us-east-1',
    systemClockOffset: 1_800_000_000_123 - Date.now(),
  });
  await client.send('ListClusters', {});
  client.destroy();
  expect(contexts).toEqual([
    { requestId: expect.any(String), accountId: '210987654321', region: 'eu-west-3', now: 1_800_000_000_123 },
  ]);
});

/** An ECS client between whose signature and the wire something happens to the request. */
async function callTampered(tamper: (request: { body: unknown; headers: Record<string, string> }) => void) {
  const received: unknown[] = [];
  const { url } = await serveForTest(async (_operation, input) => {
    received.push(input);
    return {};
  });
  const client = new ECSClient(clientSettings(url));
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) => {
    tamper(request);
    return handle(request, options);
  };
  try {
    await client.send(new ListClustersCommand({ maxResults: 1 }));
    return { received };
  } catch (error) {
    return { received, error };
  } finally {
    client.destroy();
  }
}

describe('a request changed after it was signed is refused, and no operation hears of it', () => {
  const invalid = { received: [], error: expect.objectContaining({ name: 'InvalidSignatureException' }) };

  test('its body', async () => {
    expect(await callTampered((request) => void (request.body = '{"maxResults":2}'))).toEqual(invalid);
  });

  test('its body and the header with its hash', async () => {
    const tampered = await callTampered((request) => {
      request.body = '{"maxResults":2}';
      request.headers['x-amz-content-sha256'] =
        'c83138d9480e88c196d502b961277a15a680bd1376512b56848a90c7bdd3d09e';
    });
    expect(tampered).toEqual(invalid);
  });

  test('its body, with the claim that it was not signed', async () => {
    const tampered = await callTampered((request) => {
      request.body = '{"maxResults":2}';
      request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
    });
    expect(tampered).toEqual(invalid);
  });

  test('its operation', async () => {
    const tampered = await callTampered((request) => {
      request.headers['x-amz-target'] = 'AmazonEC2ContainerServiceV20141113.CreateCluster';
    });
    expect(tampered).toEqual(invalid);
  });

  test('its operation, taken out of what is signed', async () => {
    const tampered = await callTampered(({ headers }) => {
      headers['authorization'] = (headers['authorization'] ?? '').replace(';x-amz-target', '');
    });
    expect(tampered).toEqual(invalid);
  });

  test('its time', async () => {
    const tampered = await callTampered(({ headers }) => {
      headers['x-amz-date'] = new Date(Date.now() + 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    });
    expect(tampered).toEqual(invalid);
  });

  test('and one that was not changed is heard', async () => {
    expect(await callTampered(() => undefined)).toEqual({ received: [{ maxResults: 1 }] });
  });
});

test('a request without a signature is refused in the words of its protocol', async () => {
  const tampered = await callTampered(({ headers }) => {
    delete headers['authorization'];
  });
  expect(tampered.error).toMatchObject({ name: 'MissingAuthenticationTokenException' });
  expect(tampered.received).toEqual([]);

  const { api } = await serveForTest(async () => ({}));
  const query = await sendRaw(api.port, {
    headers: ELB_FORM,
    body: 'Action=DescribeRules&Version=2015-12-01',
  });
  expect(query.status).toBe(403);
  expect(query.headers['content-type']).toBe('text/xml');
  expect(query.body).toContain('<Type>Sender</Type><Code>MissingAuthenticationToken</Code>');
});

test.each([
  ['nothing but the algorithm', 'AWS4-HMAC-SHA256', 'IncompleteSignatureException'],
  ['another scheme', 'Basic dXNlcjpwYXNz', 'IncompleteSignatureException'],
  [
    'no signature',
    'AWS4-HMAC-SHA256 Credential=a/20260101/b/ecs/aws4_request, SignedHeaders=host',
    'IncompleteSignatureException',
  ],
  [
    'a short scope',
    'AWS4-HMAC-SHA256 Credential=a/ecs/aws4_request, SignedHeaders=host, Signature=00',
    'IncompleteSignatureException',
  ],
  [
    'a wrong end of the scope',
    'AWS4-HMAC-SHA256 Credential=a/20260101/b/ecs/aws5_request, SignedHeaders=host, Signature=00',
    'InvalidSignatureException',
  ],
  [
    'a signed header that was not sent',
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/b/ecs/aws4_request, SignedHeaders=host;constructor;x-amz-date;x-amz-target, Signature=00',
    'InvalidSignatureException',
    '20260101T000000Z',
  ],
  [
    'a date that is none',
    'AWS4-HMAC-SHA256 Credential=a/20260101/b/ecs/aws4_request, SignedHeaders=host, Signature=00',
    'IncompleteSignatureException',
    '20261301T000000Z',
  ],
  [
    'no date anywhere',
    'AWS4-HMAC-SHA256 Credential=a/20260101/b/ecs/aws4_request, SignedHeaders=host, Signature=00',
    'IncompleteSignatureException',
  ],
])('an authorization with %s is refused', async (_what, authorization, code, date = '') => {
  const { api, internalErrors } = await serveForTest(async () => ({}));
  const headers = { ...ECS_JSON, authorization, ...(date === '' ? {} : { 'x-amz-date': date }) };
  const answer = await sendRaw(api.port, { headers, body: '{}' });
  expect(internalErrors).toEqual([]);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({ __type: code });
  expect(answer.headers['x-amzn-errortype']).toBe(code);
});

test('a scope of another day than the request is refused', async () => {
  const { api } = await serveForTest(async () => ({}));
  const headers = await signedHeaders(api.port, 'ecs', { headers: ECS_JSON, body: '{}' });
  headers['authorization'] = (headers['authorization'] ?? '').replace(/\/\d{8}\//, '/20200101/');
  const answer = await sendRaw(api.port, { headers, body: '{}' });
  expect(JSON.parse(answer.body)).toMatchObject({
    __type: 'InvalidSignatureException',
    message: expect.stringContaining('Date in Credential scope'),
  });
});

test('a body that the client chose not to sign is accepted', async () => {
  const { api } = await serveForTest(async () => ({ clusterArns: [] }));
  const headers = { ...ECS_JSON, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  expect(await sendSigned(api.port, 'ecs', { headers, body: '{}' })).toMatchObject({ status: 200 });
});

test('paths, queries and headers are made canonical as the SDK’s own signer does it', async () => {
  const { api } = await serveForTest(async () => ({ clusterArns: [] }));
  const words = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom('a b', '+', '%', 'é', '~', "!'()*", '='),
  );
  const path = fc.array(fc.oneof(words.map(encodeURIComponent), fc.constantFrom('..', '.', '')), {
    maxLength: 4,
  });
  const query = fc.dictionary(
    words.filter((name) => name !== ''),
    fc.oneof(words, fc.array(words, { minLength: 1, maxLength: 3 })),
    {
      maxKeys: 3,
      noNullPrototype: true,
    },
  );
  const header = fc.constantFrom('plain', 'two  spaces', '  around  ', 'a,b');
  await fc.assert(
    fc.asyncProperty(path, query, header, async (parts, query, note) => {
      const request = {
        path: `/${parts.join('/')}`,
        query,
        headers: { ...ECS_JSON, 'x-note': note },
        body: '{}',
      };
      const answer = await sendSigned(api.port, 'ecs', request);
      expect({ status: answer.status, body: answer.body }).toEqual({
        status: 200,
        body: '{"clusterArns":[]}',
      });
    }),
    { numRuns: 100 },
  );
});
