import { createServer } from 'node:http';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { BalancerEvent, TargetStatus } from '../../src/engine/balancer/control.ts';
import type { BalancerClient } from '../../src/engine/balancer/control.ts';
import {
  Rig,
  eventually,
  fastHealthCheck,
  fetched,
  forward,
  group,
  listener,
  oneGroup,
  target,
  targetStatus,
} from './rig.ts';
import { freePort } from '../ports.ts';

/** Collects the states that a target goes through. */
function watch(rig: Rig, client: BalancerClient): TargetStatus[] {
  const seen: TargetStatus[] = [];
  const abort = new AbortController();
  rig.defer(() => abort.abort());
  void (async () => {
    for await (const event of client.events(abort.signal))
      if (event.type === 'target') seen.push(event.target);
  })().catch(() => {});
  return seen;
}

const withChecks = (
  port: number,
  targets: Parameters<typeof group>[1],
  more: Partial<typeof fastHealthCheck> = {},
) => ({
  version: 1,
  listeners: [listener(port, forward(['web', 1]))],
  targetGroups: [group('web', targets, { healthCheck: { ...fastHealthCheck, ...more } })],
});

test('a target gets requests after its first pass, loses them when it fails, and gets them back', async () => {
  await using rig = new Rig();
  const port = await freePort();
  let health = 503;
  const upstream = await rig.http((incoming, response) => {
    if (incoming.url === '/health') response.writeHead(health).end(`state ${health} ${'.'.repeat(400)}`);
    else response.end('served');
  });
  const steady = await rig.http((_, response) => response.end('steady'));
  const { client } = await rig.balancer(withChecks(port, [target(upstream)]));
  const id = `t-${upstream}`;
  const seen = watch(rig, client);
  await eventually('unhealthy', async () => (await targetStatus(client, id)).state === 'unhealthy');
  const failing = await targetStatus(client, id);
  expect(failing).toMatchObject({
    reason: 'Target.ResponseCodeMismatch',
    description: 'Health checks failed with these codes: [503]',
    lastCheck: { passed: false, status: 503, body: expect.stringMatching(/^state 503 \.{290}$/) },
  });
  health = 200;
  await eventually('healthy', async () => (await targetStatus(client, id)).state === 'healthy');
  expect((await fetched(port, '/')).body).toBe('served');

  await client.apply({ ...withChecks(port, [target(upstream), target(steady)]), version: 2 });
  await eventually(
    'both healthy',
    async () => (await targetStatus(client, `t-${steady}`)).state === 'healthy',
  );
  health = 500;
  await eventually('unhealthy again', async () => (await targetStatus(client, id)).state === 'unhealthy');
  for (let count = 0; count < 10; count++) expect((await fetched(port, '/')).body).toBe('steady');
  await eventually(
    'events',
    () =>
      seen
        .filter((one) => one.id === id)
        .map(({ state }) => state)
        .join() === 'unhealthy,healthy,unhealthy',
  );
});

test('a group of only new targets answers 503; of only unhealthy ones it fails open', async () => {
  await using rig = new Rig();
  const port = await freePort();
  let answers = false;
  const upstream = await rig.http((incoming, response) => {
    if (incoming.url !== '/health') response.end('served');
    else if (answers) response.writeHead(500).end();
  });
  const { client } = await rig.balancer(withChecks(port, [target(upstream)]));
  expect((await fetched(port, '/')).status).toBe(503);
  expect(await targetStatus(client, `t-${upstream}`)).toMatchObject({
    state: 'initial',
    reason: 'Elb.InitialHealthChecking',
  });
  answers = true;
  await client.apply({ ...withChecks(port, [target(upstream, { id: 'again' })]), version: 2 });
  await eventually('unhealthy', async () => (await targetStatus(client, 'again')).state === 'unhealthy');
  expect((await fetched(port, '/')).body).toBe('served');
});

test('the reasons are a time-out and a connection that fails', async () => {
  await using rig = new Rig();
  const silent = await rig.http(() => {});
  const closed = await freePort();
  const checked = (name: string, of: number, timeoutMs: number) =>
    group(name, [target(of)], { healthCheck: { ...fastHealthCheck, timeoutMs } });
  const { client } = await rig.balancer({
    version: 1,
    listeners: [],
    targetGroups: [checked('silent', silent, 20), checked('closed', closed, 20_000)],
  });
  await eventually('both unhealthy', async () =>
    (await client.status()).groups.every(({ targets }) =>
      targets.every(({ state }) => state === 'unhealthy'),
    ),
  );
  expect(await targetStatus(client, `t-${silent}`)).toMatchObject({ reason: 'Target.Timeout' });
  expect(await targetStatus(client, `t-${closed}`)).toMatchObject({ reason: 'Target.FailedHealthChecks' });
});

test('a new target is found well before its interval is over', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstreamPort = await freePort();
  const { client } = await rig.balancer(withChecks(port, [target(upstreamPort)], { intervalMs: 3_600_000 }));
  await eventually('a first check', async () => (await targetStatus(client, `t-${upstreamPort}`)).lastCheck);
  const server = createServer((_, response) => response.end('up')).listen(upstreamPort, '127.0.0.1');
  await once(server, 'listening');
  rig.defer(() => void server.close());
  rig.defer(() => server.closeAllConnections());
  await eventually(
    'healthy',
    async () => (await targetStatus(client, `t-${upstreamPort}`)).state === 'healthy',
  );
});

test('a draining target gets no request, ends those it has, and is drained at once then', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const held: (() => void)[] = [];
  let late = 0;
  const old = await rig.http((_, response) => {
    late += 1;
    held.push(() => response.end('old'));
  });
  const fresh = await rig.http((_, response) => response.end('fresh'));
  const config = (version: number, draining: boolean) =>
    oneGroup(port, [target(old, { draining }), ...(draining ? [target(fresh)] : [])], { version });
  const { client } = await rig.balancer(config(1, false));
  const inFlight = [fetched(port, '/'), fetched(port, '/'), fetched(port, '/')];
  await eventually('three held', () => held.length === 3);
  await client.apply(config(2, true));
  const seen = watch(rig, client);
  expect(await targetStatus(client, `t-${old}`)).toMatchObject({
    state: 'draining',
    reason: 'Target.DeregistrationInProgress',
    inFlight: 3,
  });
  for (let count = 0; count < 10; count++) expect((await fetched(port, '/')).body).toBe('fresh');
  held.splice(0, 2).forEach((end) => end());
  await eventually('one left', async () => (await targetStatus(client, `t-${old}`)).inFlight === 1);
  expect((await targetStatus(client, `t-${old}`)).state).toBe('draining');
  held.forEach((end) => end());
  await eventually('drained', () => seen.some(({ id, state }) => id === `t-${old}` && state === 'drained'));
  expect((await Promise.all(inFlight)).map(({ body }) => body)).toEqual(['old', 'old', 'old']);
  expect(late).toBe(3);
});

test('draining ends at the deregistration delay at the latest, and at once where nothing is in flight', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const stuck = await rig.http(() => {});
  const idle = await rig.http((_, response) => response.end());
  const config = (version: number, draining: boolean) => ({
    version,
    listeners: [listener(port, forward(['stuck', 1]))],
    targetGroups: [
      group('stuck', [target(stuck, { draining })], { deregistrationDelayMs: 150 }),
      group('idle', [target(idle, { draining })], { deregistrationDelayMs: 3_600_000 }),
    ],
  });
  const { client } = await rig.balancer(config(1, false));
  const held = rig.raw(port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually('held', async () => (await targetStatus(client, `t-${stuck}`)).inFlight === 1);
  await client.apply(config(2, true));
  expect((await targetStatus(client, `t-${idle}`)).state).toBe('drained');
  await eventually('drained', async () => (await targetStatus(client, `t-${stuck}`)).state === 'drained');
  expect(held.ended).toBe(false);
});

test('a request of which no byte was sent goes to another target', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const dead = await freePort();
  const alive = await rig.http((incoming, response) => {
    let body = '';
    incoming.on('data', (piece) => (body += String(piece))).on('end', () => response.end(`alive ${body}`));
  });
  const { client } = await rig.balancer(oneGroup(port, [target(dead), target(alive)]));
  for (let count = 0; count < 20; count++) {
    expect((await fetched(port, '/', { method: 'POST', body: 'x'.repeat(count * 5000) })).body).toBe(
      `alive ${'x'.repeat(count * 5000)}`,
    );
  }
  const { groups } = await client.status();
  expect(groups[0]?.counters).toMatchObject({
    requests: 20,
    target2xx: 20,
    connectionErrors: 10,
    retries: 10,
    elb502: 0,
  });
});

test('a request that was sent is never sent again, and answered 502', async () => {
  await using rig = new Rig();
  const port = await freePort();
  let received = 0;
  const closing = await rig.tcp((socket) => {
    socket.once('data', () => {
      received += 1;
      socket.destroy();
    });
  });
  let reached = 0;
  const other = await rig.http((_, response) => {
    reached += 1;
    response.end();
  });
  const { client } = await rig.balancer(oneGroup(port, [target(closing), target(other)]));
  const answers = [];
  for (let count = 0; count < 10; count++) answers.push((await fetched(port, '/')).status);
  expect(answers.filter((status) => status === 502)).toHaveLength(5);
  expect([received, reached]).toEqual([5, 5]);
  expect((await client.status()).groups[0]?.counters).toMatchObject({ retries: 0, elb502: 5, target2xx: 5 });
});

test('502 for a target that refuses or talks nonsense, 503 for none, 504 for silence, each counted', async () => {
  await using rig = new Rig();
  const [port, quick] = [await freePort(), await freePort()];
  const nonsense = await rig.tcp((socket) => socket.once('data', () => socket.end('SSH-2.0-hello\r\n\r\n')));
  const silent = await rig.tcp(() => {});
  const names = ['refusing', 'nonsense', 'empty'];
  const { client } = await rig.balancer({
    version: 1,
    listeners: [
      listener(
        port,
        { type: 'forward', groups: [] },
        {
          rules: names.map((name, priority) => ({
            arn: name,
            priority,
            conditions: { path: [`/${name}`] },
            action: forward([name, 1]),
          })),
        },
      ),
    ],
    targetGroups: [
      group('refusing', [target(await freePort())]),
      group('nonsense', [target(nonsense)]),
      group('empty', []),
    ],
  });
  const answers = await Promise.all([...names, 'no-group'].map((name) => fetched(port, `/${name}`)));
  expect(answers.map(({ status }) => status)).toEqual([502, 502, 503, 503]);
  expect(answers[0]?.body).toContain('<center><h1>502 Bad Gateway</h1></center>');
  const { groups, listeners } = await client.status();
  expect(groups.map(({ counters: { elb502, elb503, elb504 } }) => [elb502, elb503, elb504])).toEqual([
    [1, 0, 0],
    [1, 0, 0],
    [0, 1, 0],
  ]);
  expect(listeners[0]).toMatchObject({ requests: 4, elb5xx: 4 });

  // A time for the silent one alone: on a busy machine the others are late too.
  const impatient = oneGroup(quick, [target(silent)], { timeouts: { targetIdleMs: 300 } });
  const { client: other } = await rig.balancer(impatient);
  expect((await fetched(quick, '/')).status).toBe(504);
  const status = await other.status();
  expect(status.groups[0]?.counters).toMatchObject({ elb502: 0, elb503: 0, elb504: 1 });
  expect(status.listeners[0]).toMatchObject({ requests: 1, elb5xx: 1 });
});

test('a response that breaks off midway breaks off for the client too', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.tcp((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this'));
  });
  const { client } = await rig.balancer(oneGroup(port, [target(upstream)]));
  await expect(fetched(port, '/')).rejects.toThrow();
  expect((await client.status()).groups[0]?.counters).toMatchObject({ target2xx: 1, brokenResponses: 1 });
});

test('a client that leaves takes its request away from the target', async () => {
  await using rig = new Rig();
  const port = await freePort();
  let left = 0;
  const upstream = await rig.http((_, response) => {
    response.on('close', () => (left += 1));
  });
  const { client } = await rig.balancer(oneGroup(port, [target(upstream)]));
  const impatient = rig.raw(port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually('in flight', async () => (await targetStatus(client, `t-${upstream}`)).inFlight === 1);
  impatient.destroy();
  await eventually('the target to notice', () => left === 1);
  await eventually(
    'nothing in flight',
    async () => (await targetStatus(client, `t-${upstream}`)).inFlight === 0,
  );
  expect((await client.status()).groups[0]?.counters).toMatchObject({ clientAborts: 1 });
});

test('a pooled connection that its target closed is not used', async () => {
  await using rig = new Rig();
  const port = await freePort();
  let served = 0;
  const upstream = await rig.http(
    (_, response) => {
      served += 1;
      response.end('ok');
    },
    (server) => {
      server.on('request', ({ socket }, response) => {
        // Closed right behind the response, with no word of it in the head.
        response.on('finish', () => setImmediate(() => socket.destroy()));
      });
    },
  );
  const { client } = await rig.balancer(oneGroup(port, [target(upstream)]));
  for (let count = 1; count <= 20; count++) {
    expect((await fetched(port, '/')).status).toBe(200);
    expect(served).toBe(count);
    await eventually(
      'the connection to go',
      async () => (await targetStatus(client, `t-${upstream}`)).idleConnections === 0,
    );
  }
});

test('slow start gives a new target its share little by little', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const counts = { old: 0, fresh: 0 };
  const old = await rig.http((incoming, response) => {
    if (incoming.url === '/') counts.old += 1;
    response.end();
  });
  const fresh = await rig.http((incoming, response) => {
    if (incoming.url === '/') counts.fresh += 1;
    response.end();
  });
  const config = (version: number, targets: Parameters<typeof group>[1]) => ({
    version,
    listeners: [listener(port, forward(['web', 1]))],
    targetGroups: [group('web', targets, { healthCheck: fastHealthCheck, slowStartMs: 3_600_000 })],
  });
  const { client } = await rig.balancer(config(1, [target(old)]));
  await eventually('healthy', async () => (await targetStatus(client, `t-${old}`)).state === 'healthy');
  await client.apply(config(2, [target(old), target(fresh)]));
  await eventually('healthy', async () => (await targetStatus(client, `t-${fresh}`)).state === 'healthy');
  for (let count = 0; count < 105; count++) await fetched(port, '/');
  expect(counts).toEqual({ old: 100, fresh: 5 });
});

test('the events begin with a snapshot and end with the balancer', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((_, response) => response.end());
  const { client } = await rig.balancer(oneGroup(port, [target(upstream)]));
  const seen: BalancerEvent[] = [];
  const over = (async () => {
    for await (const event of client.events()) seen.push(event);
  })();
  await eventually('a snapshot', () => seen.length > 0);
  expect(seen[0]).toMatchObject({ type: 'snapshot', status: { version: 1, groups: [{ name: 'web' }] } });
  await client.apply(oneGroup(port, [target(upstream, { draining: true })], { version: 2 }));
  await eventually('drained', () =>
    seen.some((event) => event.type === 'target' && event.target.state === 'drained'),
  );
  expect(seen.slice(1).map((event) => (event.type === 'target' ? event.target.state : event.type))).toEqual([
    'draining',
    'drained',
    'config',
  ]);
  await client.stop();
  await over.catch(() => {});
});
