import type { RuleCondition, Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import fc from 'fast-check';
import { call, made, type Call } from '../call.ts';
import type { Party } from '../party.ts';
import type { Calls } from '../sequences.ts';

const condition: fc.Arbitrary<RuleCondition> = fc.constantFrom<RuleCondition[]>(
  { Field: 'path-pattern', PathPatternConfig: { Values: ['/api/*'] } },
  { Field: 'path-pattern', Values: ['/old/*'] },
  { Field: 'host-header', HostHeaderConfig: { Values: ['shop.example.com'] } },
  { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x-canary', Values: ['yes'] } },
  { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET', 'HEAD'] } },
  { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'canary', Value: '1' }] } },
  { Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } },
);

/** Weighted over `blue` and `green`, or one of the answers that need no target. */
type Action = { readonly blue: number; readonly green: number } | 'redirect' | 'fixed';

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ blue: fc.constantFrom(0, 1, 100), green: fc.constantFrom(0, 999) }),
  fc.constantFrom('redirect' as const, 'fixed' as const),
);

export const balancing: Calls = (prefix, [port, second, third]) => {
  const priority = fc.constantFrom(1, 2, 10, 50_000);
  const tags = fc.constantFrom<Tag[][]>([{ Key: 'team', Value: 'shop' }], [{ Key: 'stage', Value: 'live' }]);

  const createGroup = (name: string, rest: object = {}): Call =>
    call(
      'CreateTargetGroup',
      { name, ...rest },
      ({ elb, network }) =>
        elb.createTargetGroup({
          Name: `${prefix}${name}`,
          Protocol: 'HTTP',
          Port: 80,
          VpcId: network.vpc,
          TargetType: 'ip',
          ...rest,
        }),
      { [name]: (answer) => answer.TargetGroups?.[0]?.TargetGroupArn },
    );
  const createBalancer = call(
    'CreateLoadBalancer',
    'front',
    ({ elb, network }) => elb.createLoadBalancer({ Name: `${prefix}front`, Subnets: [...network.subnets] }),
    { front: (answer) => answer.LoadBalancers?.[0]?.LoadBalancerArn },
  );
  const createListener = (port: number): Call =>
    call(
      'CreateListener',
      { port },
      (party) =>
        party.elb.createListener({
          LoadBalancerArn: made(party, 'front'),
          Port: port,
          Protocol: 'HTTP',
          DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
        }),
      { listener: (answer) => answer.Listeners?.[0]?.ListenerArn },
    );

  const group = fc.constantFrom('blue', 'green');
  const groups = fc
    .record(
      {
        HealthCheckPath: fc.constantFrom('/health', '/'),
        HealthCheckIntervalSeconds: fc.constantFrom(5, 30),
        HealthCheckTimeoutSeconds: fc.constantFrom(3, 4),
        HealthyThresholdCount: fc.constantFrom(2, 5),
        UnhealthyThresholdCount: fc.constantFrom(2, 3),
        Matcher: fc.constantFrom({ HttpCode: '200' }, { HttpCode: '200-299' }),
        Tags: tags,
        ProtocolVersion: fc.constantFrom('HTTP1', 'HTTP2'),
        TargetType: fc.constantFrom('ip' as const, 'instance' as const),
      },
      { requiredKeys: [] },
    )
    .map((rest) => createGroup('third', rest));
  const describeGroups = fc
    .uniqueArray(fc.constantFrom('blue', 'green', 'third'), { minLength: 1 })
    .map((names) =>
      call('DescribeTargetGroups', names, ({ elb }) =>
        elb.describeTargetGroups({ Names: names.map((name) => prefix + name) }),
      ),
    );
  const groupsOfBalancer = fc.constant(
    call('DescribeTargetGroups', 'of the load balancer', (party) =>
      party.elb.describeTargetGroups({ LoadBalancerArn: made(party, 'front') }),
    ),
  );
  const modifyGroup = fc
    .tuple(
      group,
      fc.record(
        {
          HealthCheckPath: fc.constantFrom('/healthy', '/'),
          HealthCheckIntervalSeconds: fc.constantFrom(10, 20),
          HealthyThresholdCount: fc.constantFrom(3, 4),
          Matcher: fc.constant({ HttpCode: '200,204' }),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([name, rest]) =>
      call('ModifyTargetGroup', { name, ...rest }, (party) =>
        party.elb.modifyTargetGroup({ TargetGroupArn: made(party, name), ...rest }),
      ),
    );
  const groupAttributes = group.map((name) =>
    call('DescribeTargetGroupAttributes', name, (party) =>
      party.elb.describeTargetGroupAttributes({ TargetGroupArn: made(party, name) }),
    ),
  );
  const modifyAttributes = fc
    .tuple(
      group,
      fc.constantFrom(
        { Key: 'deregistration_delay.timeout_seconds', Value: '30' },
        { Key: 'stickiness.enabled', Value: 'true' },
        { Key: 'slow_start.duration_seconds', Value: '60' },
        { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' },
      ),
    )
    .map(([name, attribute]) =>
      call('ModifyTargetGroupAttributes', { name, attribute }, (party) =>
        party.elb.modifyTargetGroupAttributes({
          TargetGroupArn: made(party, name),
          Attributes: [attribute],
        }),
      ),
    );
  const deleteGroup = fc
    .constantFrom('blue', 'third')
    .map((name) =>
      call('DeleteTargetGroup', name, (party) =>
        party.elb.deleteTargetGroup({ TargetGroupArn: made(party, name) }),
      ),
    );
  const describeBalancers = fc
    .constantFrom('front', 'none')
    .map((name) =>
      call('DescribeLoadBalancers', name, ({ elb }) => elb.describeLoadBalancers({ Names: [prefix + name] })),
    );
  const listeners = fc.constantFrom(port, second).map(createListener);
  const describeListeners = fc.constant(
    call('DescribeListeners', 'front', (party) =>
      party.elb.describeListeners({ LoadBalancerArn: made(party, 'front') }),
    ),
  );
  const modifyListener = action.map((action) =>
    call('ModifyListener', action, (party) =>
      party.elb.modifyListener({
        ListenerArn: made(party, 'listener'),
        DefaultActions: [actionFor(party, action)],
      }),
    ),
  );
  const createRule = fc
    .record({
      Priority: priority,
      Conditions: fc.uniqueArray(condition, { minLength: 1, maxLength: 2, selector: (one) => one.Field }),
      action,
      Tags: fc.option(tags, { nil: undefined }),
    })
    .map(({ action, ...rest }) =>
      call(
        'CreateRule',
        { ...rest, action },
        (party) =>
          party.elb.createRule({
            ListenerArn: made(party, 'listener'),
            ...rest,
            Actions: [actionFor(party, action)],
          }),
        { [`rule ${rest.Priority}`]: (answer) => answer.Rules?.[0]?.RuleArn },
      ),
    );
  const rule = priority.map((priority) => `rule ${priority}`);
  const modifyRule = fc
    .tuple(rule, action, fc.option(condition, { nil: undefined }))
    .map(([name, action, condition]) =>
      call('ModifyRule', { name, action, condition }, (party) =>
        party.elb.modifyRule({
          RuleArn: made(party, name),
          Actions: [actionFor(party, action)],
          ...(condition === undefined ? {} : { Conditions: [condition] }),
        }),
      ),
    );
  const rules = fc.constant(
    call('DescribeRules', 'listener', (party) =>
      party.elb.describeRules({ ListenerArn: made(party, 'listener') }),
    ),
  );
  const oneRule = rule.map((name) =>
    call('DescribeRules', name, (party) => party.elb.describeRules({ RuleArns: [made(party, name)] })),
  );
  const setPriorities = fc
    .tuple(rule, fc.constantFrom(3, 4, 10))
    .map(([name, Priority]) =>
      call('SetRulePriorities', { name, Priority }, (party) =>
        party.elb.setRulePriorities({ RulePriorities: [{ RuleArn: made(party, name), Priority }] }),
      ),
    );
  const deleteRule = rule.map((name) =>
    call('DeleteRule', name, (party) => party.elb.deleteRule({ RuleArn: made(party, name) })),
  );
  const thing = fc.constantFrom('front', 'blue', 'listener', 'rule 1');
  const addTags = fc
    .tuple(thing, tags)
    .map(([name, Tags]) =>
      call('AddTags', { name, Tags }, (party) =>
        party.elb.addTags({ ResourceArns: [made(party, name)], Tags }),
      ),
    );
  const describeTags = thing.map((name) =>
    call('DescribeTags', name, (party) => party.elb.describeTags({ ResourceArns: [made(party, name)] })),
  );
  const health = group.map((name) =>
    call('DescribeTargetHealth', name, (party) =>
      party.elb.describeTargetHealth({ TargetGroupArn: made(party, name) }),
    ),
  );
  return {
    first: [createBalancer, createGroup('blue'), createGroup('green'), createListener(third)],
    any: fc.oneof(
      groups,
      { weight: 2, arbitrary: describeGroups },
      groupsOfBalancer,
      modifyGroup,
      groupAttributes,
      { weight: 2, arbitrary: modifyAttributes },
      deleteGroup,
      describeBalancers,
      listeners,
      describeListeners,
      modifyListener,
      { weight: 6, arbitrary: createRule },
      { weight: 2, arbitrary: modifyRule },
      { weight: 2, arbitrary: rules },
      oneRule,
      setPriorities,
      deleteRule,
      addTags,
      describeTags,
      health,
    ),
  };
};

function actionFor(party: Party, action: Action) {
  if (action === 'redirect')
    return {
      Type: 'redirect' as const,
      RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' as const },
    };
  if (action === 'fixed')
    return {
      Type: 'fixed-response' as const,
      FixedResponseConfig: { StatusCode: '503', ContentType: 'text/plain', MessageBody: 'later' },
    };
  return {
    Type: 'forward' as const,
    ForwardConfig: {
      TargetGroups: [
        { TargetGroupArn: made(party, 'blue'), Weight: action.blue },
        { TargetGroupArn: made(party, 'green'), Weight: action.green },
      ],
    },
  };
}
