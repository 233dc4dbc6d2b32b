import { expect, test } from 'vitest';
import type { BalancerConfig } from '../../src/engine/balancer/control.ts';
import type { RawClient } from './rig.ts';
import { Rig, eventually, fetched, forward, group, listener, load, target, targetStatus } from './rig.ts';
import { freePort } from '../ports.ts';

test('no request is lost while weights, targets and rules change beneath the load', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const names = ['blue', 'green'] as const;
  const served = { blue: 0, green: 0 };
  const upstream = (name: (typeof names)[number]) =>
    rig.http((_, response) => {
      served[name] += 1;
      setTimeout(() => response.end(name), served[name] % 7);
    });
  const blue = [await upstream('blue'), await upstream('blue')];
  const green = [await upstream('green'), await upstream('green')];
  let version = 0;
  const config = (weight: number, spare: boolean): BalancerConfig => ({
    version: ++version,
    listeners: [
      listener(
        port,
        { type: 'fixed-response', status: 404 },
        {
          rules: [
            {
              arn: 'rule',
              priority: 1,
              conditions: { path: ['/*'] },
              action: forward(['blue', 100 - weight], ['green', weight]),
            },
          ],
        },
      ),
    ],
    // The second of each drains and comes back while the load runs.
    targetGroups: [
      group(
        'blue',
        blue.map((one, index) => target(one, { draining: spare && index === 1 })),
      ),
      group(
        'green',
        green.map((one) => target(one)),
      ),
    ],
  });
  const { client } = await rig.balancer(config(0, false));
  const amount = 12_000;
  const state = { running: true };
  const over = load(port, { connections: 40, amount }).finally(() => {
    state.running = false;
  });
  let flips = 0;
  while (state.running) {
    flips += 1;
    await client.apply(config([0, 5, 50, 95, 100][flips % 5] ?? 0, flips % 2 === 0));
  }
  expect(await over).toEqual({ '200': amount });
  expect(flips).toBeGreaterThan(20);
  expect(Math.min(served.blue, served.green)).toBeGreaterThan(100);
  const { groups } = await client.status();
  expect(groups.reduce((sum, { counters }) => sum + counters.target2xx, 0)).toBe(amount);

  // Once all is on one side, not one request more goes to the other.
  await client.apply(config(100, false));
  const blueBefore = served.blue;
  for (let count = 0; count < 50; count++) expect((await fetched(port, '/')).body).toBe('green');
  expect(served.blue).toBe(blueBefore);
});

test('a request in flight keeps its target when that leaves the config', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const { promise: go, resolve: letGo } = Promise.withResolvers<void>();
  const old = await rig.http(async (_, response) => {
    response.write('first ');
    await go;
    response.end('last');
  });
  const fresh = await rig.http((_, response) => response.end('fresh'));
  const config = (version: number, name: string, upstream: number): BalancerConfig => ({
    version,
    listeners: [listener(port, forward([name, 1]))],
    targetGroups: [group(name, [target(upstream)])],
  });
  const { client } = await rig.balancer(config(1, 'old', old));
  const inFlight = fetched(port, '/');
  await eventually('in flight', async () => (await targetStatus(client, `t-${old}`)).inFlight === 1);
  await client.apply(config(2, 'fresh', fresh));
  expect((await fetched(port, '/')).body).toBe('fresh');
  letGo();
  expect((await inFlight).body).toBe('first last');
});

test('a connection outlives the change of its listener, and one whose listener went ends after its response', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const saying = (version: number, body: string, listening = true): BalancerConfig => ({
    version,
    listeners: listening ? [listener(port, { type: 'fixed-response', status: 200, body })] : [],
    targetGroups: [],
  });
  const { client } = await rig.balancer(saying(1, '<one>'));
  const kept = rig.raw(port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await kept.until(/<one>/);
  await client.apply(saying(2, '<two>'));
  kept.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await kept.until(/<two>/);
  expect(kept.ended).toBe(false);
  await client.apply(saying(3, '', false));
  await kept.untilEnd();
});

test('10,000 idle connections cost less than 300 MB, and serve when they speak', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const { client } = await rig.balancer({
    version: 1,
    // Until the last of them is there, however long that takes.
    timeouts: { clientIdleMs: 3_600_000 },
    listeners: [listener(port, { type: 'fixed-response', status: 200, body: 'here' })],
    targetGroups: [],
  });
  const count = 10_000;
  const idle: RawClient[] = [];
  while (idle.length < count) {
    for (let some = 0; some < 500; some++) idle.push(rig.raw(port));
    await eventually(
      'all connected',
      async () => (await client.status()).listeners[0]?.connections === idle.length,
    );
  }
  expect((await client.status()).memoryBytes).toBeLessThan(300 * 1024 * 1024);
  for (const one of idle.slice(-100)) one.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  for (const one of idle.slice(-100)) await one.until(/here$/);
});
