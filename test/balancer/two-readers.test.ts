import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStream } from './read-stream.ts';
import { Rig, eventually, oneGroup, target } from './rig.ts';
import { freePort } from '../ports.ts';
import { sloppyTarget } from './sloppy-target.ts';

const fieldLines = [
  'Content-Length: 5',
  'Content-Length: 0',
  'Content-Length: 3',
  'Content-Length: 05',
  'content-length:5',
  'Content-Length : 5',
  'Content-Length: 5, 5',
  'Transfer-Encoding: chunked',
  'transfer-encoding:\tchunked ',
  'Transfer-Encoding: Chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding:\r\n chunked',
  'Transfer_Encoding: chunked',
  'X: y',
  'X: y\nContent-Length: 5',
  'X: y\rContent-Length: 5',
  'Connection: keep-alive',
  'Connection: Content-Length, Transfer-Encoding',
  'Host: b',
];
const bodies = [
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;x="\r\nhello\r\n0\r\nX: y\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  '5\nhello\n0\n\n',
  '0\r\n\r\n',
  '3\r\nhello\r\n0\r\n\r\n',
  'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
];
const hostile = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '\0',
  '\v',
  '\xa0',
  '\x85',
  '0',
  '5',
  'f',
  'x',
  '"',
];

const request = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS'),
    path: fc.constantFrom('/a', '/b?c=d', 'http://h/e', '/%0d%0a'),
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    fields: fc.array(fc.constantFrom(...fieldLines), { maxLength: 3 }),
    body: fc.constantFrom(...bodies),
  })
  .map(({ method, path, version, fields, body }) =>
    [`${method} ${path} HTTP/${version}`, 'Host: a', ...fields, '', body].join('\r\n'),
  );

/** A byte of it taken out, put in or replaced, here and there. */
const changes = fc.array(
  fc.record({ at: fc.nat(), drop: fc.nat({ max: 2 }), put: fc.constantFrom('', ...hostile) }),
  { maxLength: 2 },
);
const bytes = fc
  .tuple(fc.array(request, { minLength: 1, maxLength: 3 }), changes)
  .map(([requests, changed]) => {
    let text = requests.join('');
    for (const { at, drop, put } of changed) {
      const place = at % (text.length + 1);
      text = text.slice(0, place) + put + text.slice(place + drop);
    }
    return `${text}GET /last HTTP/1.1\r\nHost: a\r\n\r\n`;
  });

const rig = new Rig();
let port = 0;
let read: string[] = [];
beforeAll(async () => {
  port = await freePort();
  const upstream = await rig.tcp(sloppyTarget((request) => read.push(request)));
  await rig.balancer(oneGroup(port, [target(upstream)]));
});
afterAll(() => rig[Symbol.asyncDispose]());

test('the requests of a connection are the same ones to the balancer and to the sloppiest target behind it', async () => {
  let forwarded = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(), async (text, cutAt) => {
      read = [];
      const { requests, fault } = readStream([Buffer.from(text, 'latin1')]);
      const closing = requests.findIndex(({ head }) => !head.keepAlive);
      const served = closing < 0 ? requests : requests.slice(0, closing + 1);
      const expected = served.map(({ head, body }) => `${head.method} ${head.target} ${body}`);
      const client = rig.raw(port);
      // In two pieces, so that what the balancer reads is cut at every place.
      const cut = cutAt % text.length;
      client.send(text.slice(0, cut));
      await new Promise(setImmediate);
      client.send(text.slice(cut));
      const statuses = () =>
        Array.from(client.received.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => Number(status));
      if (closing < 0 && fault !== null) await client.untilEnd();
      await eventually(
        `${expected.length} answers to ${JSON.stringify(text)}`,
        () => statuses().length >= expected.length,
      );
      client.destroy();
      const answers = statuses();
      expect(answers.slice(0, expected.length)).toEqual(expected.map(() => 200));
      if (closing < 0 && fault !== null)
        expect(answers.slice(expected.length).every((status) => status >= 400)).toBe(true);
      else expect(answers).toHaveLength(expected.length);
      expect(read).toEqual(expected);
      forwarded += expected.length;
      refused += fault === null ? 0 : 1;
    }),
    { numRuns: 1500 },
  );
  // It has tried both what passes and what does not.
  expect(forwarded).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(200);
});
