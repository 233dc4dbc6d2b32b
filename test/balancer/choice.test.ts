import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketEnd, bucketOf, Histogram, percentileMs, since } from '../../src/engine/balancer/histogram.ts';
import { compilePattern } from '../../src/engine/balancer/pattern.ts';
import { HeadScan } from '../../src/engine/balancer/http/head-scan.ts';
import { parseRequestHead } from '../../src/engine/balancer/http/request-head.ts';
import type { RuleConditions } from '../../src/engine/balancer/control.ts';
import { compileConditions } from '../../src/engine/balancer/rule.ts';
import { WeightedChoice } from '../../src/engine/balancer/weights.ts';

describe('weights', () => {
  const weights = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 5 });

  test('are met exactly over each round, and 0 is none', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 4 }), (given, rounds) => {
        const choice = new WeightedChoice(given.map((weight, value) => ({ value, weight })));
        const total = given.reduce((sum, weight) => sum + weight, 0);
        const picks = Array.from({ length: total * rounds }, () => choice.pick());
        expect(given.map((_, value) => picks.filter((pick) => pick === value).length)).toEqual(
          given.map((weight) => weight * rounds),
        );
      }),
    );
  });

  test('spread a small share evenly', () => {
    const choice = new WeightedChoice([
      { value: 'blue', weight: 95 },
      { value: 'green', weight: 5 },
    ]);
    const picks = Array.from({ length: 200 }, () => choice.pick());
    const places = picks.flatMap((pick, index) => (pick === 'green' ? [index] : []));
    expect(places.slice(1).map((place, index) => place - (places[index] ?? 0))).toEqual(Array(9).fill(20));
  });

  test('all 0 choose nothing', () => {
    expect(new WeightedChoice([{ value: 1, weight: 0 }]).pick()).toBeNull();
  });
});

describe('a pattern', () => {
  test.each([
    ['/', '/', true],
    ['/api', '/api/x', false],
    ['/api/*', '/api/', true],
    ['/api/*', '/api', false],
    ['*', '', true],
    ['/*/edit', '/a/b/edit', true],
    ['/*/edit', '/a/b/edits', false],
    ['/img?.png', '/img1.png', true],
    ['/img?.png', '/img.png', false],
    ['*a*b*c*', 'xxaxxbxxcxx', true],
    ['*a*b*c*', 'xxaxxcxxbxx', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['a\\?b*', 'a?bcd', true],
    ['/API', '/api', false],
  ])('%s on %s: %s', (pattern, text, matches) => {
    expect(compilePattern(pattern, { ignoreCase: false })(text)).toBe(matches);
  });

  test('agrees with the regular expression that means the same', () => {
    const words = fc
      .array(fc.constantFrom('a', 'b', '*', '?', '/'), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(words, fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 10 }), (pattern, parts) => {
        const text = parts.join('');
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(compilePattern(pattern, { ignoreCase: false })(text)).toBe(expression.test(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a condition', () => {
  function matches(conditions: RuleConditions, text: string, ip = '127.0.0.1'): boolean {
    const bytes = Buffer.from(text, 'latin1');
    const head = parseRequestHead(bytes, 0, new HeadScan().find(bytes, 0, bytes.length));
    if (head.kind === 'fault') throw new Error(head.reason);
    return compileConditions(conditions)(head, ip);
  }
  const get = (target: string, host = 'shop.example.com:8080', fields = '') =>
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;

  test.each<[string, RuleConditions, string, boolean]>([
    ['nothing', {}, get('/'), true],
    ['a host, without its port and in any case', { host: ['SHOP.example.com'] }, get('/'), true],
    ['a host pattern', { host: ['*.example.com'] }, get('/'), true],
    ['another host', { host: ['*.example.org'] }, get('/'), false],
    ['any of several hosts', { host: ['x', 'shop.*'] }, get('/'), true],
    ['an IPv6 host', { host: ['[::1]'] }, get('/', '[::1]:80'), true],
    ['a path without its query', { path: ['/a/*'] }, get('/a/b?c=/d'), true],
    ['a path in its case only', { path: ['/A'] }, get('/a'), false],
    ['a method', { method: ['GET', 'HEAD'] }, get('/'), true],
    ['another method', { method: ['POST'] }, get('/'), false],
    [
      'a header',
      { headers: [{ name: 'X-Beta', values: ['yes', 'on*'] }] },
      get('/', 'a', 'x-beta: ONE\r\n'),
      true,
    ],
    [
      'a header given twice',
      { headers: [{ name: 'x', values: ['2'] }] },
      get('/', 'a', 'X: 1\r\nX: 2\r\n'),
      true,
    ],
    ['no such header', { headers: [{ name: 'x', values: ['*'] }] }, get('/'), false],
    ['a query pair', { query: [[{ key: 'version', value: 'v1' }]] }, get('/?a=b&Version=V1'), true],
    ['a query value of any key', { query: [[{ value: '*x*' }]] }, get('/?a=1x1'), true],
    [
      'every query condition',
      { query: [[{ key: 'a', value: '1' }], [{ key: 'b', value: '2' }]] },
      get('/?a=1'),
      false,
    ],
    [
      'any pair of one condition',
      {
        query: [
          [
            { key: 'a', value: '9' },
            { key: 'a', value: '1' },
          ],
        ],
      },
      get('/?a=1'),
      true,
    ],
    ['all conditions at once', { host: ['shop.*'], path: ['/b'] }, get('/a'), false],
    ['a source', { sourceIp: ['10.0.0.0/8', '127.0.0.1/32'] }, get('/'), true],
    ['another source', { sourceIp: ['10.0.0.0/8'] }, get('/'), false],
    ['a source that is none, beside one', { sourceIp: ['x', '127.0.0.0/33', '127.0.0.0/8'] }, get('/'), true],
    ['a source that is none', { sourceIp: ['127.0.0.0/33'] }, get('/'), false],
  ])('of %s', (_, conditions, text, expected) => {
    expect(matches(conditions, text)).toBe(expected);
  });
});

describe('a histogram', () => {
  test('holds each value in a bucket that ends at most 1/16 above it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 36 - 1 }), (micros) => {
        const end = bucketEnd(bucketOf(micros));
        expect(end).toBeGreaterThan(micros);
        expect(end).toBeLessThanOrEqual(Math.max(micros + 1, micros * (1 + 1 / 16) + 1));
      }),
    );
  });

  test('tells percentiles, and those between two readings', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 100; ms++) histogram.record(ms * 1000);
    const earlier = histogram.counts();
    expect(percentileMs(earlier, 0.5)).toBeCloseTo(50, -0.7);
    expect(percentileMs(earlier, 0.99)).toBeGreaterThanOrEqual(99);
    expect(percentileMs(earlier, 0.99)).toBeLessThan(107);
    for (let count = 0; count < 100; count++) histogram.record(5000);
    const between = since(earlier, histogram.counts());
    expect(between).toMatchObject({ count: 100, sumMicros: 500_000 });
    expect(percentileMs(between, 0.99)).toBeLessThan(5.4);
    expect(percentileMs({ count: 0, sumMicros: 0, buckets: [] }, 0.5)).toBeNull();
  });
});
