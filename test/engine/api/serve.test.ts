import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { serveForTest } from './endpoint.ts';
import { ECS_JSON, ELB_FORM, sendRaw, sendSigned, signedHeaders } from './raw-request.ts';

const LIMIT = 1024 * 1024;

const ok = async () => ({});

describe('bodies that cannot be read are refused', () => {
  test.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['broken off', '{"maxResults":'],
    ['not JSON', 'maxResults=1'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['nested without end', '['.repeat(500_000)],
  ])('JSON: %s', async (_what, body) => {
    const { api } = await serveForTest(ok);
    const answer = await sendSigned(api.port, 'ecs', { headers: ECS_JSON, body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'SerializationException' });
  });

  test.each<[string, string | Buffer, string]>([
    ['half an escape', 'Action=DescribeRules&ListenerArn=%4', 'MalformedInput'],
    ['not UTF-8 in an escape', 'Action=DescribeRules&ListenerArn=%FF', 'MalformedInput'],
    ['not UTF-8', Buffer.from('Action=DescribeRules&ListenerArn=\xff', 'latin1'), 'MalformedInput'],
    ['a list with a word for a number', 'Action=DescribeRules&RuleArns.member.one=a', 'MalformedInput'],
    ['a list counted from zero', 'Action=DescribeRules&RuleArns.member.0=a', 'MalformedInput'],
    ['a word for a number', 'Action=DescribeRules&PageSize=few', 'MalformedInput'],
    ['a structure for a string', 'Action=DescribeRules&ListenerArn.Name=a', 'MalformedInput'],
    [
      'a word for a truth value',
      'Action=CreateTargetGroup&Name=a&HealthCheckEnabled=perhaps',
      'MalformedInput',
    ],
    ['a name without end', `Action=DescribeRules&${'a.'.repeat(1000)}=1`, 'MalformedInput'],
    ['no action', 'Version=2015-12-01', 'InvalidAction'],
    ['an action of no version', 'Action=DescribeRules&Version=2012-06-01', 'InvalidAction'],
    ['an action that is not', 'Action=constructor&Version=2015-12-01', 'InvalidAction'],
  ])('Query: %s', async (_what, body, code) => {
    const { api } = await serveForTest(ok);
    const answer = await sendSigned(api.port, 'elasticloadbalancing', { headers: ELB_FORM, body });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
  });

  test('a list in Query comes in the order of its numbers, gaps or not', async () => {
    const received: unknown[] = [];
    const { api } = await serveForTest(async (_operation, input) => {
      received.push(input);
      return {};
    });
    const body =
      'Action=DescribeRules&RuleArns.member.10=c&RuleArns.member.2=b+%2B&RuleArns.member.1=a&Colour=red';
    await sendSigned(api.port, 'elasticloadbalancing', { headers: ELB_FORM, body });
    expect(received).toEqual([{ RuleArns: ['a', 'b +', 'c'] }]);
  });
});

test('what XML cannot hold does not break an answer', async () => {
  const { api } = await serveForTest(async () => ({ NextMarker: 'a\u0000b\u001fc\uFFFE<&>\r\n' }));
  const body = 'Action=DescribeRules';
  const answer = await sendSigned(api.port, 'elasticloadbalancing', { headers: ELB_FORM, body });
  expect(answer.body).toBe(
    '<DescribeRulesResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeRulesResult>' +
      '<NextMarker>a\uFFFDb\uFFFDc\uFFFD&lt;&amp;&gt;&#xD;\n</NextMarker></DescribeRulesResult><ResponseMetadata>' +
      `<RequestId>${String(answer.headers['x-amzn-requestid'])}</RequestId></ResponseMetadata></DescribeRulesResponse>`,
  );
});

describe('a body over 1 MiB is refused', () => {
  test.each([
    ['application/x-amz-json-1.1', '"__type":"RequestEntityTooLargeException"'],
    ['application/x-www-form-urlencoded', '<Code>RequestEntityTooLarge</Code>'],
  ])('%s', async (type, expected) => {
    const { api } = await serveForTest(ok);
    const answer = await sendRaw(api.port, {
      headers: { 'content-type': type, connection: 'keep-alive' },
      body: Buffer.alloc(LIMIT + 1, 'a'),
    });
    expect(answer.status).toBe(413);
    expect(answer.body).toContain(expected);
    expect(answer.headers['connection']).toBe('close');
  });

  test('without end, the connection is cut', async () => {
    const { api } = await serveForTest(ok);
    const sent = new Promise((resolve) => {
      const request = httpRequest({ host: '127.0.0.1', port: api.port, method: 'POST', agent: false });
      request.on('error', () => resolve('cut'));
      request.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      const chunk = Buffer.alloc(LIMIT);
      const more = () => {
        while (!request.destroyed && request.write(chunk));
      };
      request.on('drain', more);
      more();
    });
    expect(['cut', 413]).toContain(await sent);
  });

  test('and one of just 1 MiB is read', async () => {
    const { api } = await serveForTest(ok);
    const body = `{"nextToken":"${'a'.repeat(LIMIT - 16)}"}`;
    expect(body.length).toBe(LIMIT);
    expect(await sendSigned(api.port, 'ecs', { headers: ECS_JSON, body })).toMatchObject({ status: 200 });
  });
});

test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is refused', async (method) => {
  const { api } = await serveForTest(ok);
  const answer = await sendSigned(api.port, 'ecs', { method, headers: ECS_JSON });
  expect(answer.status).toBe(405);
  expect(answer.headers['allow']).toBe('POST');
  expect(JSON.parse(answer.body)).toMatchObject({ __type: 'UnknownOperationException' });
});

describe('only who calls it by a loopback name is answered', () => {
  test.each([
    ['evil.example', 403],
    ['127.0.0.1', 403],
    ['127.0.0.1:1', 403],
    ['127.0.0.1.evil.example:PORT', 403],
    ['0.0.0.0:PORT', 403],
    ['127.0.0.1:PORT', 400],
    ['localhost:PORT', 400],
    ['LocalHost:PORT', 400],
    ['[::1]:PORT', 400],
  ])('Host: %s is answered with %i', async (host, status) => {
    const { api } = await serveForTest(ok);
    const headers = { ...ECS_JSON, host: host.replace('PORT', String(api.port)) };
    const answer = await sendRaw(api.port, { headers, body: '{}' });
    expect(answer.status).toBe(status);
    const code = status === 403 ? 'AccessDeniedException' : 'MissingAuthenticationTokenException';
    expect(JSON.parse(answer.body)).toMatchObject({ __type: code });
  });

  test('even with a signature made for the other name', async () => {
    const { api } = await serveForTest(ok);
    const request = { headers: { ...ECS_JSON, host: `evil.example:${api.port}` }, body: '{}' };
    expect(await sendSigned(api.port, 'ecs', request)).toMatchObject({ status: 403 });
  });
});

test.each([
  ['a content type of another protocol', 'ecs', { ...ECS_JSON, 'content-type': 'application/json' }],
  ['a target of another service', 'ecs', { ...ECS_JSON, 'x-amz-target': 'AmazonSSM.GetParameter' }],
  ['no target', 'ecs', { 'content-type': 'application/x-amz-json-1.1' }],
  [
    'an operation named like a member of every object',
    'ssm',
    { ...ECS_JSON, 'x-amz-target': 'AmazonSSM.toString' },
  ],
])('%s names no operation', async (_what, service, headers) => {
  const { api } = await serveForTest(ok);
  const answer = await sendSigned(api.port, service, { headers, body: '{}' });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({ __type: 'UnknownOperationException' });
});

test('what is not HTTP is refused, and the next is answered', async () => {
  const { api } = await serveForTest(ok);
  const reply = await new Promise<string>((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('utf8')));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(reply).toMatch(/^HTTP\/1\.1 400 /);
  expect(await sendSigned(api.port, 'ecs', { headers: ECS_JSON, body: '{}' })).toMatchObject({ status: 200 });
});

test('a client that leaves amid its request disturbs nobody', async () => {
  const { api, internalErrors } = await serveForTest(ok);
  await new Promise<void>((resolve) => {
    const socket = connect(api.port, '127.0.0.1', () => {
      socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\nContent-Length: 100\r\n\r\n{`, () =>
        socket.destroy(),
      );
    });
    socket.on('close', () => resolve());
  });
  expect(await sendSigned(api.port, 'ecs', { headers: ECS_JSON, body: '{}' })).toMatchObject({ status: 200 });
  expect(internalErrors).toEqual([]);
});

test('a connection is kept for the next request, and each answer has an id and a date of its own clock', async () => {
  const now = Date.now() + 60_000;
  const { api } = await serveForTest(ok, { clock: () => now });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = await signedHeaders(api.port, 'ecs', { headers: ECS_JSON, body: '{}' });
  const call = () =>
    new Promise<{ port: number | undefined; id: unknown; date: unknown }>((resolve, reject) => {
      const request = httpRequest(
        { host: '127.0.0.1', port: api.port, method: 'POST', headers, agent },
        (answer) => {
          const { localPort: port } = answer.socket;
          answer.resume();
          answer.on('end', () =>
            resolve({ port, id: answer.headers['x-amzn-requestid'], date: answer.headers.date }),
          );
        },
      );
      request.on('error', reject);
      request.end('{}');
    });
  const [first, second] = [await call(), await call()];
  agent.destroy();
  expect(second.port).toBe(first.port);
  expect(second.id).not.toBe(first.id);
  expect(second.date).toBe(new Date(now).toUTCString());
});

test('closing answers what has begun, takes nothing new and frees the port', async () => {
  const begun = Promise.withResolvers<void>();
  const mayFinish = Promise.withResolvers<void>();
  const { api } = await serveForTest(async () => {
    begun.resolve();
    await mayFinish.promise;
    return { clusterArns: ['late'] };
  });
  const headers = await signedHeaders(api.port, 'ecs', { headers: ECS_JSON, body: '{}' });
  const answered = sendRaw(api.port, { headers: { ...headers, connection: 'keep-alive' }, body: '{}' });
  await begun.promise;
  const closed = api.close();
  await expect(sendRaw(api.port, { headers: ECS_JSON, body: '{}' })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  mayFinish.resolve();
  expect(await answered).toMatchObject({
    body: '{"clusterArns":["late"]}',
    headers: { connection: 'close' },
  });
  await closed;
  const again = await serveForTest(ok, { port: api.port });
  expect(again.api.port).toBe(api.port);
});

test('a port that is taken is said so', async () => {
  const { api } = await serveForTest(ok);
  await expect(serveForTest(ok, { port: api.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('listens on loopback alone', async () => {
  const { api } = await serveForTest(ok);
  const refused = await new Promise((resolve) => {
    const socket = connect(api.port, '127.0.0.2');
    socket.on('connect', () => resolve(false));
    socket.on('error', () => resolve(true));
  });
  expect(refused).toBe(true);
});
