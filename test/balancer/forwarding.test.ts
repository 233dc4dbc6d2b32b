import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  Rig,
  eventually,
  fetched,
  forward,
  group,
  listener,
  noHealthCheck,
  oneGroup,
  target,
  targetStatus,
} from './rig.ts';
import { freePort } from '../ports.ts';

async function echo(rig: Rig): Promise<number> {
  return rig.http((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      const body = Buffer.concat(pieces).toString('latin1');
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ method: incoming.method, url: incoming.url, headers: incoming.headers, body }),
      );
    });
  });
}

test('a request arrives whole, with the forwarding fields, and its response comes back', async () => {
  await using rig = new Rig();
  const port = await freePort();
  await rig.balancer(oneGroup(port, [target(await echo(rig))]));
  const answer = await fetched(port, '/a/b?c=d%20e', {
    method: 'PUT',
    headers: { 'x-forwarded-for': '9.9.9.9', 'x-own': 'yes', connection: 'x-hop', 'x-hop': 'gone' },
    body: 'hello',
  });
  expect(answer.status).toBe(200);
  const seen = JSON.parse(answer.body);
  expect(seen).toMatchObject({ method: 'PUT', url: '/a/b?c=d%20e', body: 'hello' });
  expect(seen.headers).toMatchObject({
    host: `127.0.0.1:${port}`,
    'x-own': 'yes',
    'x-forwarded-for': '9.9.9.9, 127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(port),
  });
  expect(seen.headers).not.toHaveProperty('x-hop');
});

test('rules are tried by priority, then the default action', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const one = await rig.http((_, response) => response.end('one'));
  const two = await rig.http((_, response) => response.end('two'));
  const rule = (priority: number, path: string, action: ReturnType<typeof forward>) => ({
    arn: `r${priority}`,
    priority,
    conditions: { path: [path] },
    action,
  });
  await rig.balancer({
    version: 1,
    listeners: [
      listener(
        port,
        { type: 'fixed-response', status: 404, contentType: 'text/plain', body: 'nothing hère' },
        {
          rules: [
            rule(30, '/*', {
              type: 'redirect',
              status: 302,
              protocol: 'HTTPS',
              host: 'new.#{host}',
              port: '443',
              path: '/v2/#{path}',
            }),
            rule(10, '/one*', forward(['one', 1])),
            rule(20, '/o*', forward(['two', 1])),
            {
              arn: 'r5',
              priority: 5,
              conditions: { path: ['/none'], method: ['GET'] },
              action: { type: 'fixed-response', status: 204 },
            },
          ],
        },
      ),
    ],
    targetGroups: [group('one', [target(one)]), group('two', [target(two)])],
  });
  expect((await fetched(port, '/one')).body).toBe('one');
  expect((await fetched(port, '/other')).body).toBe('two');
  expect((await fetched(port, '/none')).status).toBe(204);
  const redirect = await fetched(port, '/x/y?z=1', { headers: { host: 'old.example:80' } });
  expect(redirect).toMatchObject({
    status: 302,
    headers: { location: 'https://new.old.example:443/v2/x/y?z=1' },
  });
  const star = await fetched(port, '*', { method: 'OPTIONS' });
  expect(star).toMatchObject({ status: 404, body: 'nothing hère', headers: { server: 'awselb/2.0' } });
});

test('a connection serves one request after another, pipelined ones in their order', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((incoming, response) => {
    // The first is the slowest: an answer out of turn would show.
    setTimeout(() => response.end(`<${incoming.url}>`), incoming.url === '/1' ? 100 : 0);
  });
  await rig.balancer({
    version: 1,
    listeners: [
      listener(port, forward(['web', 1]), {
        rules: [
          {
            arn: 'fixed',
            priority: 1,
            conditions: { path: ['/fixed'] },
            action: { type: 'fixed-response', status: 200, body: '<fixed>' },
          },
        ],
      }),
    ],
    targetGroups: [group('web', [target(upstream)])],
  });
  const client = rig.raw(port);
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  client.send(
    `${get('/1')}${get('/2')}${get('/fixed')}POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc${get('/fixed')}${get('/4')}`,
  );
  const received = await client.until(/<\/4>/);
  expect(received.match(/<[^>]*>/g)).toEqual(['</1>', '</2>', '<fixed>', '</3>', '<fixed>', '</4>']);
  client.send(get('/5'));
  await client.until(/<\/5>/);
  expect(client.ended).toBe(false);
});

test('two concurrent requests never share a connection to the target, and later ones use it again', async () => {
  await using rig = new Rig();
  const port = await freePort();
  let connections = 0;
  let arrived = 0;
  const urls = Array.from({ length: 8 }, (_, index) => `/${index}`);
  const { promise: allThere, resolve: goOn } = Promise.withResolvers<void>();
  const upstream = await rig.http(
    async (incoming, response) => {
      arrived += 1;
      if (arrived === urls.length) goOn();
      await allThere;
      response.end(incoming.url);
    },
    (server) => server.on('connection', () => (connections += 1)),
  );
  await rig.balancer(oneGroup(port, [target(upstream)]));
  expect((await Promise.all(urls.map((url) => fetched(port, url)))).map(({ body }) => body)).toEqual(urls);
  expect(connections).toBe(urls.length);
  for (const url of urls) expect((await fetched(port, url)).body).toBe(url);
  expect(connections).toBe(urls.length);
});

test('a connection that the target keeps for a moment only is not used again', async () => {
  await using rig = new Rig();
  const port = await freePort();
  let connections = 0;
  const upstream = await rig.http(
    (_, response) => response.setHeader('keep-alive', 'timeout=1').end('x'),
    (server) => server.on('connection', () => (connections += 1)),
  );
  await rig.balancer(oneGroup(port, [target(upstream)]));
  await fetched(port, '/');
  await fetched(port, '/');
  expect(connections).toBe(2);
});

test('HEAD, 204 and 304 have no body, and the connection goes on', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((incoming, response) => {
    if (incoming.method === 'HEAD') response.setHeader('content-length', 1000).end();
    else response.writeHead(Number(incoming.url?.slice(1))).end();
  });
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const client = rig.raw(port);
  client.send(
    'HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\nGET /999 HTTP/1.1\r\n\r\n',
  );
  const received = await client.untilEnd();
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual([
    'HTTP/1.1 200',
    'HTTP/1.1 204',
    'HTTP/1.1 304',
    'HTTP/1.1 400',
  ]);
  expect(received).toMatch(/content-length: 1000\r\n/i);
});

test('chunked bodies pass both ways, with trailers', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((incoming, response) => {
    response.writeHead(200, { trailer: 'x-sum' });
    incoming.on('data', (piece: Buffer) => response.write(piece));
    incoming.on('end', () => {
      response.addTrailers({ 'x-sum': String(incoming.trailers['x-in']) });
      response.end();
    });
  });
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const client = rig.raw(port);
  client.send(
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x-in\r\n\r\n5\r\nhello\r\n',
  );
  await client.until(/hello/);
  client.send('6\r\n world\r\n0\r\nx-in: 42\r\n\r\n');
  expect(await client.until(/x-sum: 42\r\n\r\n/i)).toMatch(/ world\r\n0\r\n/);
});

test('100-continue is answered before the body, and not asked of the target', async () => {
  await using rig = new Rig();
  const port = await freePort();
  await rig.balancer(oneGroup(port, [target(await echo(rig))]));
  const client = rig.raw(port);
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
  await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  client.send('hello');
  const received = await client.until(/"body":"hello"/);
  expect(received).not.toContain('expect');
});

test('early hints reach the client before the response', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((_, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    response.end('body');
  });
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const received = await rig.raw(port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').until(/body$/);
  expect(received).toMatch(/^HTTP\/1\.1 103 .*\r\nlink: .*\r\n\r\nHTTP\/1\.1 200/i);
});

test('a client of HTTP/1.0 gets a bare body and the end of the connection', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((_, response) => {
    response.write('one ');
    response.end('two');
  });
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const received = await rig.raw(port).send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n').untilEnd();
  expect(received).toMatch(/\r\n\r\none two$/);
  expect(received).not.toMatch(/transfer-encoding/i);
  expect(received).toMatch(/Connection: close/);
});

test('a target that ends its response by closing is framed for the client', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.tcp((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
  });
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  rig.defer(() => agent.destroy());
  expect((await fetched(port, '/')).body).toBe('until the end');
  const received = await rig
    .raw(port)
    .send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    .until(/\r\n0\r\n\r\n$/);
  expect(received).toMatch(/Transfer-Encoding: chunked/);
});

test('a WebSocket, or any upgrade, passes bytes both ways until either end closes', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http(
    (_, response) => response.writeHead(426).end(),
    (server) =>
      server.on('upgrade', (incoming, socket, head) => {
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${incoming.headers.upgrade}\r\n\r\nwelcome`,
        );
        if (head.length > 0) socket.write(`early:${head.toString()}`);
        socket.on('data', (data: Buffer) => {
          const text = data.toString();
          if (text === 'bye') socket.end('farewell');
          else socket.write(`echo:${text}`);
        });
        socket.on('end', () => socket.end());
      }),
  );
  const { client: control } = await rig.balancer(oneGroup(port, [target(upstream)]));
  const upgrade = (protocol: string) =>
    `GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
  const client = rig.raw(port).send(`${upgrade('websocket')}first`);
  const head = await client.until(/echo:first|early:first/);
  expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  expect(head).toMatch(/Upgrade: websocket\r\n/);
  expect(head).toContain('welcome');
  expect((await targetStatus(control, `t-${upstream}`)).inFlight).toBe(1);
  client.send('second');
  await client.until(/echo:second/);
  client.send('bye');
  expect(await client.untilEnd()).toMatch(/farewell$/);
  client.socket.end();

  const other = rig.raw(port).send(upgrade('tcp-over-http'));
  await other.until(/welcome/);
  other.socket.end();
  await other.untilEnd();
  await eventually(
    'nothing in flight',
    async () => (await targetStatus(control, `t-${upstream}`)).inFlight === 0,
  );

  const refused = rig
    .raw(port)
    .send('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
  await refused.until(/^HTTP\/1\.1 426 /);
});

test('a response streams as it is made, and a slow reader holds its target back, not memory', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const total = 96 * 1024 * 1024;
  let written = 0;
  const upstream = await rig.http(async (incoming, response) => {
    if (incoming.url === '/quick') return void response.end('quick');
    response.writeHead(200, { 'content-length': total });
    const piece = Buffer.alloc(256 * 1024, 'x');
    while (written < total) {
      written += piece.length;
      if (!response.write(piece)) await once(response, 'drain');
    }
    response.end();
  });
  const { client: control } = await rig.balancer(oneGroup(port, [target(upstream)]));
  const before = (await control.status()).memoryBytes;
  const outgoing = request({ host: '127.0.0.1', port, path: '/big', agent: false });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  response.pause();
  // What the kernel buffers of two connections is some megabytes; all the rest must wait at the target.
  let last = -1;
  await eventually('the target to be held back', async () => {
    const still = written === last;
    last = written;
    await sleep(200);
    return still && written > 0;
  });
  expect(written).toBeLessThan(total / 2);
  for (let count = 0; count < 20; count++) expect((await fetched(port, '/quick')).body).toBe('quick');
  expect((await control.status()).memoryBytes - before).toBeLessThan(64 * 1024 * 1024);
  let received = 0;
  for await (const piece of response) received += piece.length;
  expect(received).toBe(total);
});

test('a request streams as it comes, and a slow target holds its client back, not memory', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const total = 96 * 1024 * 1024;
  const { promise: go, resolve: letGo } = Promise.withResolvers<void>();
  const upstream = await rig.http(async (incoming, response) => {
    if (incoming.url === '/quick') return void response.end('quick');
    await go;
    let received = 0;
    for await (const piece of incoming) received += piece.length;
    response.end(String(received));
  });
  const { client: control } = await rig.balancer(oneGroup(port, [target(upstream)]));
  const before = (await control.status()).memoryBytes;
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: '/big',
    method: 'POST',
    agent: false,
    headers: { 'content-length': total },
  });
  const answered = once(outgoing, 'response');
  let sent = 0;
  const sending = (async () => {
    const piece = Buffer.alloc(256 * 1024, 'y');
    while (sent < total) {
      sent += piece.length;
      if (!outgoing.write(piece)) await once(outgoing, 'drain');
    }
    outgoing.end();
  })();
  let last = -1;
  await eventually('the client to be held back', async () => {
    const still = sent === last;
    last = sent;
    await sleep(200);
    return still && sent > 0;
  });
  expect(sent).toBeLessThan(total / 2);
  for (let count = 0; count < 20; count++) expect((await fetched(port, '/quick')).body).toBe('quick');
  expect((await control.status()).memoryBytes - before).toBeLessThan(64 * 1024 * 1024);
  letGo();
  await sending;
  const [response] = await answered;
  let text = '';
  for await (const piece of response) text += String(piece);
  expect(text).toBe(String(total));
});

test('a response before the end of its request reaches the client, and the connection ends', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((_, response) => response.writeHead(401).end('who are you'));
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const client = rig.raw(port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nsome');
  expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 401 [^]*Connection: close[^]*who are you/);
});

test('server-sent events arrive one by one', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const { promise: second, resolve: sendSecond } = Promise.withResolvers<void>();
  const upstream = await rig.http(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    await second;
    response.write('data: 2\n\n');
  });
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const client = rig.raw(port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until(/data: 1/);
  sendSecond();
  await client.until(/data: 2/);
});

test('weights divide the requests exactly, and 0 is none', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const counts: Record<string, number> = { blue: 0, green: 0, none: 0 };
  const counting = (name: string) =>
    rig.http((_, response) => {
      counts[name] = (counts[name] ?? 0) + 1;
      response.end();
    });
  const groups = await Promise.all(
    Object.keys(counts).map(async (name) => group(name, [target(await counting(name))])),
  );
  const { client } = await rig.balancer({
    version: 1,
    listeners: [listener(port, forward(['blue', 90], ['green', 10], ['none', 0]))],
    targetGroups: groups,
  });
  for (let count = 0; count < 200; count++) await fetched(port, '/');
  expect(counts).toEqual({ blue: 180, green: 20, none: 0 });
  const status = await client.status();
  expect(
    status.groups.map(({ name, counters }) => [
      name,
      counters.requests,
      counters.target2xx,
      counters.responseTime.count,
    ]),
  ).toEqual([
    ['blue', 180, 180, 180],
    ['green', 20, 20, 20],
    ['none', 0, 0, 0],
  ]);
});

test('stickiness keeps a client at its group, unless that has weight 0', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const blue = await rig.http((_, response) => response.end('blue'));
  const green = await rig.http((_, response) => response.end('green'));
  const config = (version: number, weights: [number, number]) => ({
    version,
    listeners: [
      listener(port, {
        type: 'forward' as const,
        groups: [
          { arn: 'arn:blue', weight: weights[0] },
          { arn: 'arn:green', weight: weights[1] },
        ],
        stickiness: { durationMs: 60_000 },
      }),
    ],
    targetGroups: [group('blue', [target(blue)]), group('green', [target(green)])],
  });
  const { client } = await rig.balancer(config(1, [50, 50]));
  const first = await fetched(port, '/');
  const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
  expect(cookie).toMatch(/^AWSALBTG=/);
  const again = async () => (await fetched(port, '/', { headers: { cookie: `a=b; ${cookie}` } })).body;
  for (let count = 0; count < 10; count++) expect(await again()).toBe(first.body);
  await client.apply(config(2, first.body === 'blue' ? [0, 100] : [100, 0]));
  for (let count = 0; count < 10; count++) expect(await again()).not.toBe(first.body);
});

test('requests go to the targets of a group in turn', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const counts = [0, 0, 0];
  const targets = await Promise.all(
    counts.map((_, index) =>
      rig.http((__, response) => {
        counts[index] = (counts[index] ?? 0) + 1;
        response.end();
      }),
    ),
  );
  await rig.balancer(
    oneGroup(
      port,
      targets.map((one) => target(one)),
    ),
  );
  for (let count = 0; count < 30; count++) await fetched(port, '/');
  expect(counts).toEqual([10, 10, 10]);
});

test('with least outstanding requests a busy target is passed by', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const slow = await rig.http(() => {});
  const quick = await rig.http((_, response) => response.end('quick'));
  const web = group('web', [target(slow), target(quick)], {
    algorithm: 'least_outstanding_requests',
    healthCheck: noHealthCheck,
  });
  const { client } = await rig.balancer({
    version: 1,
    listeners: [listener(port, forward(['web', 1]))],
    targetGroups: [web],
  });
  for (const one of [rig.raw(port), rig.raw(port)]) one.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually('one request held', async () => (await targetStatus(client, `t-${slow}`)).inFlight >= 1);
  for (let count = 0; count < 10; count++) expect((await fetched(port, '/')).body).toBe('quick');
});

test('a request is the same however its bytes are cut on the way', async () => {
  await using rig = new Rig();
  const port = await freePort();
  await rig.balancer(oneGroup(port, [target(await echo(rig))]));
  const text =
    'POST /x?y HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n' +
    'POST /z HTTP/1.1\r\nHost: b\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody';
  const whole = (received: string) => received.replaceAll(/^date: .*\r\n/gim, '');
  const expected = whole(await rig.raw(port).send(text).untilEnd());
  expect(expected.match(/"body":"[^"]*"/g)).toEqual(['"body":"hello world"', '"body":"body"']);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(text.length), { maxLength: 12 }), async (places) => {
      const client = rig.raw(port);
      client.socket.setNoDelay();
      const cuts = [...places.sort((a, b) => a - b), text.length];
      for (const [index, to] of cuts.entries()) {
        client.send(text.slice(cuts[index - 1] ?? 0, to));
        await sleep(1);
      }
      expect(whole(await client.untilEnd())).toBe(expected);
    }),
    { numRuns: 40 },
  );
});
