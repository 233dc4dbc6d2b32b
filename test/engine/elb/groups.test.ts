import type { ServerResponse } from 'node:http';
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { eventually } from '../tasks/rig.ts';
import { answers, ask, cookieOf, healthy, openFront, register, serve, serves, targetGroup } from './front.ts';
import type { Front } from './front.ts';

const named = (name: string) => serve((_, response) => void response.end(name));

async function forwardTo({ elb, listener }: Front, config: NonNullable<Action['ForwardConfig']>) {
  await elb.modifyListener({
    ListenerArn: listener,
    DefaultActions: [{ Type: 'forward', ForwardConfig: config }],
  });
}

async function bodies(port: number, count: number, cookie?: string): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  for (let asked = 0; asked < count; asked++) {
    const { body } = await ask(port, '/', cookie === undefined ? {} : { headers: { cookie } });
    seen[body] = (seen[body] ?? 0) + 1;
  }
  return seen;
}

test('weights divide the requests, and stickiness keeps a client at its group for its duration', async () => {
  const front = await openFront();
  const blue = await targetGroup(front, 'blue', [await named('blue')]);
  const green = await targetGroup(front, 'green', [await named('green')]);
  const groups = [
    { TargetGroupArn: blue, Weight: 3 },
    { TargetGroupArn: green, Weight: 1 },
  ];
  await forwardTo(front, { TargetGroups: groups });
  await Promise.all([healthy(front, blue), healthy(front, green)]);
  await serves(front.port);
  expect(await bodies(front.port, 40)).toEqual({ blue: 30, green: 10 });
  // Thirty of ELB's seconds, which last a fifth of a second here.
  const stickiness = { Enabled: true, DurationSeconds: 30 };
  await forwardTo(front, { TargetGroups: groups, TargetGroupStickinessConfig: stickiness });
  const first = await eventually(async () => {
    const answered = await ask(front.port, '/');
    return answered.body === 'green' && cookieOf(answered) !== '' ? answered : null;
  }, 'a cookie of green');
  expect(first.headers['set-cookie']).toEqual([expect.stringMatching(/^AWSALBTG=.*; Expires=.*; Path=\/$/)]);
  expect(await bodies(front.port, 10, cookieOf(first))).toEqual({ green: 10 });
  await eventually(
    async () => ((await bodies(front.port, 8, cookieOf(first)))['blue'] === undefined ? null : true),
    'the cookie to have run out',
  );
});

test('lb_cookie keeps a client at its target while that is healthy, and lets it go when it leaves', async () => {
  const front = await openFront();
  const ports = [await named('one'), await named('two'), await named('three')];
  const group = await targetGroup(front, 'web', ports, {
    'stickiness.enabled': 'true',
    'stickiness.lb_cookie.duration_seconds': '3600',
  });
  await forwardTo(front, { TargetGroups: [{ TargetGroupArn: group }] });
  await healthy(front, group);
  await serves(front.port);
  const first = await ask(front.port, '/');
  expect(first.headers['set-cookie']).toEqual([expect.stringMatching(/^AWSALB=.*; Expires=.*; Path=\/$/)]);
  expect(await bodies(front.port, 9, cookieOf(first))).toEqual({ [first.body]: 9 });
  expect(await bodies(front.port, 9, 'AWSALB=0123456789abcdef01234567.zzzzzzzz')).toEqual({
    one: 3,
    two: 3,
    three: 3,
  });
  const left = ports[['one', 'two', 'three'].indexOf(first.body)] ?? 0;
  await front.elb.deregisterTargets({ TargetGroupArn: group, Targets: [{ Id: '127.0.0.1', Port: left }] });
  const next = await eventually(async () => {
    const answered = await ask(front.port, '/', { headers: { cookie: cookieOf(first) } });
    return answered.body === first.body ? null : answered;
  }, 'another target');
  expect(await bodies(front.port, 9, cookieOf(next))).toEqual({ [next.body]: 9 });
});

test('app_cookie keeps a client at its target from the response that sets the cookie of the app', async () => {
  const front = await openFront();
  const app = (name: string) =>
    serve((request, response) => {
      if (request.url === '/login') response.setHeader('set-cookie', 'session=1; Path=/');
      response.end(name);
    });
  const group = await targetGroup(front, 'web', [await app('one'), await app('two')], {
    'stickiness.enabled': 'true',
    'stickiness.type': 'app_cookie',
    'stickiness.app_cookie.cookie_name': 'session',
  });
  await forwardTo(front, { TargetGroups: [{ TargetGroupArn: group }] });
  await healthy(front, group);
  await serves(front.port);
  expect(cookieOf(await ask(front.port, '/'))).toBe('');
  const login = await ask(front.port, '/login');
  expect(cookieOf(login)).toMatch(/^session=1; AWSALBAPP-0=/);
  expect(await bodies(front.port, 8, cookieOf(login))).toEqual({ [login.body]: 8 });
  // Signed out of the app, it is nobody's any more.
  const alone = cookieOf(login).replace('session=1; ', '');
  expect(await bodies(front.port, 8, alone)).toEqual({ one: 4, two: 4 });
});

test('slow start spares a new target beside an old one', async () => {
  const front = await openFront();
  const group = await targetGroup(front, 'web', [await named('old')], {
    'slow_start.duration_seconds': '900',
  });
  await forwardTo(front, { TargetGroups: [{ TargetGroupArn: group }] });
  await healthy(front, group);
  await serves(front.port);
  await register(front.elb, group, [await named('new')]);
  await healthy(front, group);
  const seen = await bodies(front.port, 100);
  expect(seen['new']).toBeGreaterThan(0);
  expect(seen['new']).toBeLessThan(20);
});

test('a target that is deregistered ends the requests it has, for as long as its delay', async () => {
  const front = await openFront();
  const held: ServerResponse[] = [];
  const target = await serve((request, response) => {
    if (request.url === '/held') held.push(response);
    else response.end('web');
  });
  const group = await targetGroup(front, 'web', [target], { 'deregistration_delay.timeout_seconds': '3600' });
  await forwardTo(front, { TargetGroups: [{ TargetGroupArn: group }] });
  await healthy(front, group);
  await answers(front.port, '/', 'web');
  const answer = ask(front.port, '/held');
  await eventually(() => (held.length > 0 ? true : null), 'a request at the target');
  const Targets = [{ Id: '127.0.0.1', Port: target }];
  await front.elb.deregisterTargets({ TargetGroupArn: group, Targets });
  const state = async () => {
    const { TargetHealthDescriptions: all = [] } = await front.elb.describeTargetHealth({
      TargetGroupArn: group,
    });
    return all[0]?.TargetHealth?.State ?? 'gone';
  };
  expect(await state()).toBe('draining');
  await eventually(
    async () => ((await ask(front.port, '/')).status === 503 ? true : null),
    'nobody to serve',
  );
  expect(await state()).toBe('draining');
  held[0]?.end('after all');
  expect((await answer).body).toBe('after all');
  await eventually(async () => ((await state()) === 'gone' ? true : null), 'the target to be gone');
});
