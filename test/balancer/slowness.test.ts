import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Rig, eventually, fetched, forward, group, listener, oneGroup, target } from './rig.ts';
import { freePort } from '../ports.ts';

const megabyte = 1024 * 1024;

/** What is sent until the other side takes no more of it. */
async function fillUntilStuck(write: () => boolean, written: () => number): Promise<number> {
  let last = -1;
  await eventually('the other side to hold back', async () => {
    while (write());
    const still = written() === last;
    last = written();
    await sleep(100);
    return still;
  });
  return written();
}

test.each([
  ['a fixed response', '/fixed'],
  ['a target', '/target'],
])(
  'a client that asks on and on and reads nothing of %s is held back, and costs no memory',
  async (_, path) => {
    await using rig = new Rig();
    const port = await freePort();
    const upstream = await rig.http((_incoming, response) => response.end('x'.repeat(16_000)));
    const body = 'x'.repeat(1000);
    const { client: control } = await rig.balancer({
      version: 1,
      listeners: [
        listener(port, forward(['web', 1]), {
          rules: [
            {
              arn: 'rule',
              priority: 1,
              conditions: { path: ['/fixed'] },
              action: { type: 'fixed-response', status: 200, body },
            },
          ],
        }),
      ],
      targetGroups: [group('web', [target(upstream)])],
    });
    const before = (await control.status()).memoryBytes;
    const client = rig.raw(port);
    client.socket.pause();
    const asked = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(1000);
    let sent = 0;
    const stuckAt = await fillUntilStuck(
      () => {
        if (sent > 64 * megabyte || client.socket.writableNeedDrain) return false;
        sent += asked.length;
        return client.socket.write(asked);
      },
      () => sent,
    );
    // What the kernel holds of both directions is a few megabytes; of answers that would be a thousand times as much.
    expect(stuckAt).toBeLessThan(32 * megabyte);
    for (let count = 0; count < 20; count++) expect((await fetched(port, path)).status).toBe(200);
    expect((await control.status()).memoryBytes - before).toBeLessThan(64 * megabyte);
    // It is served on as soon as it reads.
    const received = client.received.length;
    client.socket.resume();
    await eventually('answers', () => client.received.length > received + megabyte);
  },
);

test('clients that send a byte now and then, and targets that answer so, hold nobody up', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((incoming, response) => {
    if (incoming.url !== '/slow') return void response.end('ok');
    response.writeHead(200, { 'content-length': 1000 });
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  await rig.balancer(oneGroup(port, [target(upstream)], { timeouts: { headReadMs: 3_600_000 } }));
  const text = `GET /${'x'.repeat(500)} HTTP/1.1\r\n`;
  const dripping = Array.from({ length: 50 }, () => rig.raw(port));
  let at = 0;
  const timer = setInterval(() => {
    for (const client of dripping) client.send(text.charAt(at));
    at += 1;
  }, 10);
  rig.defer(() => clearInterval(timer));
  const reading = Array.from({ length: 50 }, () =>
    rig.raw(port).send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'),
  );
  await Promise.all(reading.map((client) => client.until(/\r\n\r\nx/)));
  for (let count = 0; count < 200; count++) expect((await fetched(port, '/')).body).toBe('ok');
  expect(dripping.every((client) => !client.ended)).toBe(true);
});

test('a listener has an idle time-out of its own: for clients, for targets, and for tunnels', async () => {
  await using rig = new Rig();
  const [short, long] = [await freePort(), await freePort()];
  const upstream = await rig.http(
    (incoming, response) => {
      if (incoming.url === '/quick') response.end('ok');
      if (incoming.url === '/half') response.write('half');
    },
    (server) =>
      server.on('upgrade', (_, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
        socket
          .resume()
          .on('error', () => {})
          .on('end', () => socket.end());
      }),
  );
  await rig.balancer({
    version: 1,
    listeners: [
      listener(short, forward(['web', 1]), { idleMs: 3000 }),
      listener(long, forward(['web', 1]), { idleMs: 60_000 }),
    ],
    targetGroups: [group('web', [target(upstream)])],
  });
  const ask = (port: number, path: string, more = '') =>
    rig.raw(port).send(`GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`);
  const upgrade = 'Connection: Upgrade\r\nUpgrade: echo\r\n';
  const patient = [rig.raw(long), ask(long, '/never'), ask(long, '/half'), ask(long, '/', upgrade)];
  const hasty = [
    rig.raw(short),
    ask(short, '/quick'),
    ask(short, '/never'),
    ask(short, '/half'),
    ask(short, '/', upgrade),
  ];
  expect(await Promise.all(hasty.map((client) => client.untilEnd()))).toEqual([
    '',
    expect.stringMatching(/^HTTP\/1\.1 200 [^]*ok$/),
    expect.stringMatching(/^HTTP\/1\.1 504 /),
    expect.stringMatching(/half\r\n$/),
    expect.stringMatching(/^HTTP\/1\.1 101 /),
  ]);
  expect(patient.some((client) => client.ended || client.closed)).toBe(false);
});

test('a connection past its age ends with its next response, or at once where it is idle', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((_, response) => response.end('ok'));
  await rig.balancer({
    version: 1,
    listeners: [listener(port, forward(['web', 1]), { connectionAgeMs: 3000 })],
    targetGroups: [group('web', [target(upstream)])],
  });
  const idle = rig.raw(port);
  const busy = rig.raw(port);
  const asking = setInterval(() => busy.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), 20);
  rig.defer(() => clearInterval(asking));
  expect(await idle.untilEnd()).toBe('');
  const all = await busy.untilEnd();
  expect(all.match(/HTTP\/1\.1 200/g)?.length).toBeGreaterThan(1);
  expect(all.match(/HTTP\/1\.1 (?!200)/g)).toBeNull();
});

test('an event of a stream arrives while the next is not yet made', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const sources: { write(text: string): void }[] = [];
  const upstream = await rig.http((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    sources.push(response);
  });
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const client = rig.raw(port).send('GET / HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n');
  await client.until(/text\/event-stream[^]*\r\n\r\n/);
  for (const event of ['one', 'two', 'three']) {
    sources[0]?.write(`data: ${event}\n\n`);
    await client.until(new RegExp(`data: ${event}\n\n`));
  }
});
