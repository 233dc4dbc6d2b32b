import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { known } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';
import { ask, healthy, openFront, serve, serves, targetGroup } from './front.ts';
import type { Front } from './front.ts';

async function set({ elb, loadBalancer }: Front, attributes: Readonly<Record<string, string>>) {
  const { Attributes } = await elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: loadBalancer,
    Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
  });
  return Attributes;
}

test('a load balancer has the attributes of ALB, and refuses others', async () => {
  const front = await openFront();
  const { elb, loadBalancer } = front;
  const { Attributes } = await elb.describeLoadBalancerAttributes({ LoadBalancerArn: loadBalancer });
  expect(Attributes).toEqual(
    expect.arrayContaining([
      { Key: 'idle_timeout.timeout_seconds', Value: '60' },
      { Key: 'deletion_protection.enabled', Value: 'false' },
      { Key: 'routing.http2.enabled', Value: 'true' },
    ]),
  );
  expect(await set(front, { 'idle_timeout.timeout_seconds': '4000' })).toHaveLength(Attributes?.length ?? 0);
  await expect(set(front, { 'idle_timeout.timeout_seconds': '4001' })).rejects.toMatchObject({
    name: 'ValidationError',
    message: "'idle_timeout.timeout_seconds' value '4001' must be between '1-4000' inclusive",
  });
  await expect(set(front, { 'idle_timeout.timeout_seconds': 'long' })).rejects.toThrow('between');
  await expect(set(front, { 'idle.timeout': '1' })).rejects.toMatchObject({
    name: 'ValidationError',
    message: "Load balancer attribute key 'idle.timeout' is not recognized",
  });
  await expect(set(front, { 'routing.http.xff_header_processing.mode': 'drop' })).rejects.toThrow(
    'must be one of [append, preserve, remove]',
  );
  const after = await elb.describeLoadBalancerAttributes({ LoadBalancerArn: loadBalancer });
  expect(after.Attributes).toContainEqual({ Key: 'idle_timeout.timeout_seconds', Value: '4000' });
  await set(front, { 'deletion_protection.enabled': 'true' });
  await expect(elb.deleteLoadBalancer({ LoadBalancerArn: loadBalancer })).rejects.toMatchObject({
    name: 'OperationNotPermittedException',
    message: expect.stringContaining('deletion protection is enabled'),
  });
  await set(front, { 'deletion_protection.enabled': 'false' });
  await elb.deleteLoadBalancer({ LoadBalancerArn: loadBalancer });
  await expect(elb.describeLoadBalancerAttributes({ LoadBalancerArn: loadBalancer })).rejects.toMatchObject({
    name: 'LoadBalancerNotFoundException',
  });
});

test('its attributes change what goes to the targets, and for how long a connection may be still', async () => {
  const front = await openFront();
  const target = await serve((request, response) => {
    if (request.url !== '/never') response.end(JSON.stringify(request.headers));
  });
  const group = await targetGroup(front, 'web', [target]);
  await front.elb.modifyListener({
    ListenerArn: front.listener,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
  });
  await healthy(front, group);
  await serves(front.port);
  const headers = { 'x-forwarded-for': '9.9.9.9', under_score: '1' };
  const seen = async (): Promise<Record<string, string>> =>
    JSON.parse((await ask(front.port, '/', { headers })).body);
  expect(await seen()).toMatchObject({ 'x-forwarded-for': '9.9.9.9, 127.0.0.1', under_score: '1' });
  await set(front, {
    'routing.http.xff_client_port.enabled': 'true',
    'routing.http.drop_invalid_header_fields.enabled': 'true',
  });
  await eventually(
    async () => (/, 127\.0\.0\.1:\d+$/.test((await seen())['x-forwarded-for'] ?? '') ? true : null),
    'the port of the client',
  );
  expect(await seen()).not.toHaveProperty('under_score');
  await set(front, { 'routing.http.xff_header_processing.mode': 'preserve' });
  await eventually(async () => ((await seen())['x-forwarded-for'] === '9.9.9.9' ? true : null), 'as it came');
  await set(front, { 'routing.http.xff_header_processing.mode': 'remove' });
  await eventually(async () => ((await seen())['x-forwarded-for'] === undefined ? true : null), 'none');
  // Fifteen of ELB's seconds, which last a fifth of a second here.
  await set(front, { 'idle_timeout.timeout_seconds': '15' });
  const idle = connect(front.port, '127.0.0.1');
  const answer = ask(front.port, '/never');
  await once(idle.resume(), 'close');
  expect((await answer).status).toBe(504);
});

test('a listener sets fields of its responses, and leaves Server out', async () => {
  const front = await openFront();
  const target = await serve((_, response) => {
    response.writeHead(200, { 'x-frame-options': 'SAMEORIGIN', server: 'target' }).end();
  });
  const group = await targetGroup(front, 'web', [target]);
  const { elb, listener, port } = front;
  await elb.createRule({
    ListenerArn: listener,
    Priority: 1,
    Conditions: [{ Field: 'path-pattern', Values: ['/fixed'] }],
    Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200' } }],
  });
  await elb.modifyListener({
    ListenerArn: listener,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group }],
  });
  await healthy(front, group);
  await serves(port);
  expect((await ask(port, '/')).headers).toMatchObject({ 'x-frame-options': 'SAMEORIGIN', server: 'target' });
  await elb.modifyListenerAttributes({
    ListenerArn: listener,
    Attributes: [
      { Key: 'routing.http.response.server.enabled', Value: 'false' },
      { Key: 'routing.http.response.x_frame_options.header_value', Value: 'DENY' },
    ],
  });
  await eventually(
    async () => ((await ask(port, '/')).headers['x-frame-options'] === 'DENY' ? true : null),
    'the field of the listener',
  );
  for (const path of ['/', '/fixed']) {
    const { headers } = await ask(port, path);
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY' });
    expect(headers).not.toHaveProperty('server');
  }
});

test('listeners and target groups have theirs', async () => {
  const front = await openFront();
  const { elb, listener } = front;
  const server = { Key: 'routing.http.response.server.enabled', Value: 'false' };
  const { Attributes } = await elb.modifyListenerAttributes({ ListenerArn: listener, Attributes: [server] });
  expect(Attributes).toContainEqual(server);
  expect((await elb.describeListenerAttributes({ ListenerArn: listener })).Attributes).toEqual(Attributes);
  const group = await targetGroup(front, 'web', []);
  const change = (Key: string, Value: string) =>
    elb.modifyTargetGroupAttributes({ TargetGroupArn: group, Attributes: [{ Key, Value }] });
  await expect(change('deregistration_delay.timeout_seconds', '3601')).rejects.toMatchObject({
    name: 'ValidationError',
    message: "'deregistration_delay.timeout_seconds' value '3601' must be between '0-3600' inclusive",
  });
  await expect(change('stickiness.kind', 'x')).rejects.toMatchObject({
    name: 'ValidationError',
    message: "Target group attribute key 'stickiness.kind' is not recognized",
  });
  await change('load_balancing.algorithm.type', 'least_outstanding_requests');
  await expect(change('slow_start.duration_seconds', '30')).rejects.toMatchObject({
    name: 'InvalidConfigurationRequestException',
  });
});

test('long lists come in pages, and what cannot be asked together is refused', async () => {
  const { elb, loadBalancer, listener } = await openFront();
  for (const Name of ['a', 'b', 'c']) await elb.createTargetGroup({ Name, Protocol: 'HTTP', Port: 80 });
  const first = await elb.describeTargetGroups({ PageSize: 2 });
  expect(first.TargetGroups?.map(({ TargetGroupName: name }) => name)).toEqual(['a', 'b']);
  const second = await elb.describeTargetGroups({ PageSize: 2, Marker: known(first.NextMarker) });
  expect(second.TargetGroups?.map(({ TargetGroupName: name }) => name)).toEqual(['c']);
  expect(second.NextMarker).toBeUndefined();
  await expect(elb.describeTargetGroups({ PageSize: 401 })).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining("Value '401' at 'pageSize'"),
  });
  await expect(elb.describeTargetGroups({ Names: ['a'], LoadBalancerArn: loadBalancer })).rejects.toThrow(
    'cannot be specified at the same time',
  );
  await expect(
    elb.describeListeners({ LoadBalancerArn: loadBalancer, ListenerArns: [listener] }),
  ).rejects.toThrow('cannot be specified at the same time');
  const { Limits } = await elb.describeAccountLimits({ PageSize: 3 });
  expect(Limits).toHaveLength(3);
  expect((await elb.describeAccountLimits({})).Limits).toContainEqual({
    Name: 'condition-values-per-alb-rule',
    Max: '5',
  });
  expect((await elb.describeSSLPolicies({})).SslPolicies?.[0]?.SslProtocols).toContain('TLSv1.3');
  await expect(elb.describeSSLPolicies({ Names: ['none'] })).rejects.toMatchObject({
    name: 'SSLPolicyNotFoundException',
  });
});

test('tags come and go', async () => {
  const { elb, loadBalancer } = await openFront();
  const ResourceArns = [loadBalancer];
  await elb.addTags({
    ResourceArns,
    Tags: [
      { Key: 'team', Value: 'shop' },
      { Key: 'tier', Value: '1' },
    ],
  });
  await elb.removeTags({ ResourceArns, TagKeys: ['tier', 'unknown'] });
  const { TagDescriptions } = await elb.describeTags({ ResourceArns });
  expect(TagDescriptions?.[0]?.Tags).toEqual([{ Key: 'team', Value: 'shop' }]);
});
