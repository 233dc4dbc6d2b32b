import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from 'vitest';
import { known } from '../core/rig.ts';
import { answers, ask, openFront } from './front.ts';
import type { Front } from './front.ts';

const says = (body: string): Action => ({
  Type: 'fixed-response',
  FixedResponseConfig: { StatusCode: '200', ContentType: 'text/plain', MessageBody: body },
});

async function rule(
  { elb, listener }: Front,
  priority: number,
  conditions: RuleCondition[],
  action: Action,
): Promise<string> {
  const { Rules } = await elb.createRule({
    ListenerArn: listener,
    Priority: priority,
    Conditions: conditions,
    Actions: [action],
  });
  return known(Rules?.[0]?.RuleArn);
}

test('requests go by path, host, header, method, query and source, in either notation', async () => {
  const front = await openFront();
  const conditions: readonly (readonly [string, RuleCondition[]])[] = [
    ['path', [{ Field: 'path-pattern', Values: ['/img/*.?ng'] }]],
    ['paths', [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/a', '/b'] } }]],
    ['host', [{ Field: 'host-header', Values: ['*.shop.example'] }]],
    ['hosts', [{ Field: 'host-header', HostHeaderConfig: { Values: ['one.example', 'two.example'] } }]],
    ['header', [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Beta', Values: ['y*'] } }]],
    ['method', [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['DELETE'] } }]],
    [
      'query',
      [
        {
          Field: 'query-string',
          QueryStringConfig: { Values: [{ Key: 'version', Value: 'v?' }, { Value: 'anywhere' }] },
        },
      ],
    ],
    [
      'here',
      [
        { Field: 'source-ip', SourceIpConfig: { Values: ['127.0.0.0/8'] } },
        { Field: 'path-pattern', Values: ['/here'] },
      ],
    ],
    [
      'elsewhere',
      [
        { Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } },
        { Field: 'path-pattern', Values: ['/elsewhere'] },
      ],
    ],
  ];
  for (const [index, [name, given]] of conditions.entries()) await rule(front, index + 1, given, says(name));
  await answers(front.port, '/here', 'here');
  const asked = async (...words: Parameters<typeof ask> extends [number, ...infer Rest] ? Rest : never) => {
    const { status, body } = await ask(front.port, ...words);
    return body === '' ? status : body;
  };
  expect(await asked('/img/cat.png')).toBe('path');
  expect(await asked('/img/cat.jpeg')).toBe(404);
  expect(await asked('/IMG/cat.png')).toBe(404);
  expect(await asked('/b')).toBe('paths');
  expect(await asked('/', { headers: { host: 'EU.Shop.example:8080' } })).toBe('host');
  expect(await asked('/', { headers: { host: 'two.example' } })).toBe('hosts');
  expect(await asked('/', { headers: { 'x-beta': 'YES' } })).toBe('header');
  expect(await asked('/', { method: 'DELETE' })).toBe('method');
  expect(await asked('/?x=1&version=v2')).toBe('query');
  expect(await asked('/?x=anywhere')).toBe('query');
  expect(await asked('/?version=v22')).toBe(404);
  expect(await asked('/elsewhere')).toBe(404);
  const { Rules } = await front.elb.describeRules({ ListenerArn: front.listener });
  expect(Rules?.map(({ Priority }) => Priority)).toEqual([
    ...conditions.map((_, index) => String(index + 1)),
    'default',
  ]);
  expect(Rules?.[2]?.Conditions).toEqual([
    { Field: 'host-header', Values: ['*.shop.example'], HostHeaderConfig: { Values: ['*.shop.example'] } },
  ]);
});

test('priorities decide, and are exchanged in one step', async () => {
  const front = await openFront();
  const all = [{ Field: 'path-pattern', Values: ['/*'] }];
  const [one, two] = [await rule(front, 10, all, says('one')), await rule(front, 20, all, says('two'))];
  await answers(front.port, '/', 'one');
  const set = (...pairs: readonly (readonly [string, number])[]) =>
    front.elb.setRulePriorities({
      RulePriorities: pairs.map(([RuleArn, Priority]) => ({ RuleArn, Priority })),
    });
  const { Rules } = await set([one, 20], [two, 10]);
  expect(Rules).toMatchObject([{ Priority: '20' }, { Priority: '10' }]);
  await answers(front.port, '/', 'two');
  await expect(set([one, 10])).rejects.toMatchObject({
    name: 'PriorityInUseException',
    message: "Priority '10' is currently in use",
  });
  await expect(set([one, 5], [two, 5])).rejects.toMatchObject({
    name: 'ValidationError',
    message: "Priority '5' was provided multiple times",
  });
});

test('a redirect fills in what the request had', async () => {
  const front = await openFront();
  const redirects: readonly (readonly [string, NonNullable<Action['RedirectConfig']>, string])[] = [
    ['/tls', { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' }, 'https://a.example:443/tls/x?y=1&z'],
    [
      '/host',
      { Host: 'www.#{host}', StatusCode: 'HTTP_302' },
      `http://www.a.example:${front.port}/host/x?y=1&z`,
    ],
    [
      '/path',
      { Path: '/new/#{path}', Query: 'from=#{port}&#{query}', StatusCode: 'HTTP_302' },
      `http://a.example:${front.port}/new/path/x?from=${front.port}&y=1&z`,
    ],
    [
      '/all',
      { Protocol: '#{protocol}', Host: 'b', Port: '81', Path: '/', Query: '', StatusCode: 'HTTP_302' },
      'http://b:81/',
    ],
  ];
  for (const [index, [path, config]] of redirects.entries()) {
    const conditions = [{ Field: 'path-pattern', Values: [`${path}/*`] }];
    await rule(front, index + 1, conditions, { Type: 'redirect', RedirectConfig: config });
  }
  await rule(front, 99, [{ Field: 'path-pattern', Values: ['/last'] }], says('last'));
  await answers(front.port, '/last', 'last');
  for (const [path, { StatusCode }, location] of redirects) {
    const answered = await ask(front.port, `${path}/x?y=1&z`, {
      headers: { host: `a.example:${front.port}` },
    });
    expect([answered.status, answered.headers.location]).toEqual([
      StatusCode === 'HTTP_301' ? 301 : 302,
      location,
    ]);
  }
});

test('a fixed response has its status, type and text', async () => {
  const front = await openFront();
  await rule(front, 1, [{ Field: 'path-pattern', Values: ['/json'] }], {
    Type: 'fixed-response',
    FixedResponseConfig: {
      StatusCode: '503',
      ContentType: 'application/json',
      MessageBody: '{"closed":true}',
    },
  });
  await answers(front.port, '/json', '{"closed":true}');
  expect(await ask(front.port, '/json')).toMatchObject({
    status: 503,
    headers: { 'content-type': 'application/json', 'content-length': '15', server: 'awselb/2.0' },
  });
});

describe('what a rule cannot be', () => {
  const path: RuleCondition[] = [{ Field: 'path-pattern', Values: ['/x'] }];
  const many = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`);
  const refused: readonly (readonly [string, RuleCondition[], Action[], string, string | RegExp])[] = [
    ['no condition', [], [says('')], 'ValidationError', 'A condition must be specified'],
    [
      'another field',
      [{ Field: 'colour', Values: ['red'] }],
      [says('')],
      'ValidationError',
      "Condition field 'colour' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'",
    ],
    [
      'values for a method',
      [{ Field: 'http-request-method', Values: ['GET'] }],
      [says('')],
      'ValidationError',
      "The 'Values' field is not compatible with 'http-request-method'",
    ],
    [
      'two of `Values`',
      [{ Field: 'host-header', Values: ['a.b', 'c.d'] }],
      [says('')],
      'ValidationError',
      "The 'host-header' field contains too many values; the limit is '1'",
    ],
    [
      'both notations',
      [{ Field: 'path-pattern', Values: ['/a'], PathPatternConfig: { Values: ['/b'] } }],
      [says('')],
      'ValidationError',
      "You cannot provide both Values and 'PathPatternConfig' for a condition of type 'path-pattern'",
    ],
    [
      'a long value',
      [{ Field: 'host-header', Values: ['a'.repeat(129)] }],
      [says('')],
      'ValidationError',
      "The 'host-header' value is too long; the limit is '128'",
    ],
    [
      'a bad method',
      [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['get'] } }],
      [says('')],
      'ValidationError',
      "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore",
    ],
    [
      'a bad network',
      [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/33'] } }],
      [says('')],
      'ValidationError',
      "The 'source-ip' value '10.0.0.0/33' is not a valid CIDR block",
    ],
    [
      'no config',
      [{ Field: 'query-string' }],
      [says('')],
      'ValidationError',
      "A 'QueryStringConfig' must be specified with 'query-string'",
    ],
    [
      'too many values',
      [{ Field: 'path-pattern', PathPatternConfig: { Values: many(6) } }],
      [says('')],
      'ValidationError',
      "A rule can only have '5' condition values",
    ],
    [
      'too many wildcards',
      [{ Field: 'path-pattern', Values: ['/*?*?*?*'] }],
      [says('')],
      'ValidationError',
      "A rule can only have '6' condition wildcards",
    ],
    [
      'two paths',
      [...path, ...path],
      [says('')],
      'InvalidConfigurationRequestException',
      "A rule can only have one 'path-pattern' condition",
    ],
    ['no action', path, [], 'ValidationError', 'An action must be specified'],
    [
      'a redirect to itself',
      path,
      [{ Type: 'redirect', RedirectConfig: { Query: 'x', StatusCode: 'HTTP_301' } }],
      'ValidationError',
      /avoid a redirect loop/,
    ],
    [
      'a redirect without config',
      path,
      [{ Type: 'redirect' }],
      'InvalidLoadBalancerActionException',
      "For actions of type 'redirect', you must specify the following fields: 'RedirectConfig'",
    ],
    [
      'a redirect to no port',
      path,
      [{ Type: 'redirect', RedirectConfig: { Port: '0', StatusCode: 'HTTP_301' } }],
      'ValidationError',
      /Port '0'/,
    ],
    [
      'a fixed status of 300',
      path,
      [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '300' } }],
      'ValidationError',
      /actions\.1\.member\.fixedResponseConfig\.statusCode/,
    ],
    [
      'another content type',
      path,
      [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', ContentType: 'image/png' } }],
      'InvalidLoadBalancerActionException',
      /The ContentType must be one of/,
    ],
    [
      'a long text',
      path,
      [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', MessageBody: 'x'.repeat(1025) } }],
      'ValidationError',
      /1024/,
    ],
    [
      'a group that is not',
      path,
      [{ Type: 'forward', TargetGroupArn: 'arn:nobody' }],
      'TargetGroupNotFoundException',
      /arn:nobody/,
    ],
  ];

  test('is refused in the words of ELB, and changes nothing', async () => {
    const front = await openFront();
    const { elb, listener } = front;
    for (const [what, Conditions, Actions, name, message] of refused) {
      const created = elb.createRule({ ListenerArn: listener, Priority: 1, Conditions, Actions });
      await expect(created, what).rejects.toMatchObject({
        name,
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      });
    }
    const { TargetGroups } = await elb.createTargetGroup({
      Name: 'web',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: 'vpc-1',
    });
    const arn = known(TargetGroups?.[0]?.TargetGroupArn);
    const forward = (config: NonNullable<Action['ForwardConfig']>) =>
      elb.createRule({
        ListenerArn: listener,
        Priority: 1,
        Conditions: path,
        Actions: [{ Type: 'forward', ForwardConfig: config }],
      });
    await expect(
      forward({ TargetGroups: [{ TargetGroupArn: arn }, { TargetGroupArn: arn }] }),
    ).rejects.toThrow('specified more than once');
    await expect(forward({ TargetGroups: [{ TargetGroupArn: arn, Weight: 1000 }] })).rejects.toThrow(
      "Weight '1000' must be an integer between 0 and 999",
    );
    await expect(
      forward({
        TargetGroups: [{ TargetGroupArn: arn }],
        TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 604_801 },
      }),
    ).rejects.toThrow('between 1 and 604800');
    expect((await elb.describeRules({ ListenerArn: listener })).Rules).toHaveLength(1);
    // Nor has any of it reached the balancer, which would have stopped taking changes.
    await rule(front, 1, path, says('served'));
    await answers(front.port, '/x', 'served');
  });
});
