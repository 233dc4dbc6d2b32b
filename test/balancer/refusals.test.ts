import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BalancerClient } from '../../src/engine/balancer/control.ts';
import { Rig, eventually, fetched, forward, group, listener, oneGroup, target } from './rig.ts';
import { freePort } from '../ports.ts';

describe('a request that could mean two things is refused, and never reaches a target', () => {
  const rig = new Rig();
  let port = 0;
  let requests = 0;
  let client: BalancerClient;
  beforeAll(async () => {
    port = await freePort();
    const upstream = await rig.http((_, response) => {
      requests += 1;
      response.end();
    });
    ({ client } = await rig.balancer(oneGroup(port, [target(upstream)])));
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test.each([
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG',
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
    [
      'the same length twice',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
    ],
    [
      'chunks hidden by a space',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
    ],
    [
      'chunks hidden by a fold',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n',
    ],
    ['chunks misspelt', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n'],
    ['a bare line feed in the head', 'GET / HTTP/1.1\r\nHost: a\nContent-Length: 5\r\n\r\n'],
    ['a bare line feed to end the head', 'GET / HTTP/1.1\r\nHost: a\r\n\n'],
    ['a carriage return within a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\rContent-Length: 5\r\n\r\n'],
    ['an empty name', 'GET / HTTP/1.1\r\nHost: a\r\n: chunked\r\n\r\n'],
    ['a NUL', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    [
      'a bad chunk in its first bytes',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n',
    ],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
  ])('%s', async (_, text) => {
    const before = (await client.status()).listeners[0]?.elb4xx ?? 0;
    const received = await rig.raw(port).send(`${text}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`).untilEnd();
    expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*Connection: close/);
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
    const { listeners, groups } = await client.status();
    expect([requests, groups[0]?.counters.requests, listeners[0]?.elb4xx]).toEqual([0, 0, before + 1]);
  });
});

test('a chunk that goes wrong midway leaves the target an unfinished request, and the client its refusal', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const seen: string[] = [];
  const upstream = await rig.http((incoming) => {
    incoming.on('end', () => seen.push('whole'));
    incoming.on('error', () => seen.push('broken'));
    incoming.on('data', () => seen.push('began'));
  });
  await rig.balancer(oneGroup(port, [target(upstream)]));
  const client = rig
    .raw(port)
    .send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  await eventually('the request at the target', () => seen.includes('began'));
  client.send('5\r\nhello!!\r\n0\r\n\r\n');
  expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 400 /);
  await eventually('the target to see it break', () => seen.includes('broken'));
  expect(seen).toEqual(['began', 'broken']);
});

test('heads too large are answered 431 and 414, bodies past the limit 413', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((incoming, response) => {
    incoming.resume().on('end', () => response.end('ok'));
  });
  await rig.balancer({
    version: 1,
    listeners: [listener(port, forward(['web', 1]), { maxRequestBodyBytes: 10 })],
    targetGroups: [group('web', [target(upstream)])],
  });
  const refused = async (text: string) => (await rig.raw(port).send(text).untilEnd()).slice(0, 12);
  expect(await refused(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}`)).toBe('HTTP/1.1 431');
  expect(await refused(`GET /${'x'.repeat(20_000)}`)).toBe('HTTP/1.1 414');
  expect(await refused('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n')).toBe('HTTP/1.1 413');
  expect(
    await refused(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsixsix\r\n6\r\nsixsix\r\n',
    ),
  ).toBe('HTTP/1.1 413');
  expect((await fetched(port, '/', { method: 'POST', body: 'ten bytes!' })).body).toBe('ok');
});

test('a client that stalls is let go in its time, and holds nobody else up', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((incoming, response) => {
    if (incoming.url !== '/never') incoming.resume().on('end', () => response.end('ok'));
  });
  const timeouts = { clientIdleMs: 5000, headReadMs: 3000, targetIdleMs: 3500 };
  const { client } = await rig.balancer(oneGroup(port, [target(upstream)], { timeouts }));
  const idle = rig.raw(port);
  const slowHead = rig.raw(port).send('GET / HTTP/1.1\r\nHo');
  const slowBody = rig.raw(port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nfour');
  const noAnswer = rig.raw(port).send('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
  for (let count = 0; count < 50; count++) expect((await fetched(port, '/')).body).toBe('ok');
  expect(await slowHead.untilEnd()).toMatch(/^HTTP\/1\.1 408 /);
  expect(await slowBody.untilEnd()).toMatch(/^HTTP\/1\.1 408 /);
  expect(await noAnswer.untilEnd()).toMatch(/^HTTP\/1\.1 504 Gateway Timeout/);
  expect(await idle.untilEnd()).toBe('');
  const { groups } = await client.status();
  expect(groups[0]?.counters).toMatchObject({ elb504: 1, elb502: 0 });
});
