import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortName } from '../../../src/ecs/platform/names.ts';
import { orderOfRules, type ExistingRule } from '../../../src/ecs/platform/rule-order.ts';
import { placeOf } from '../../../src/ecs/platform/values.ts';

const part = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('-'));

describe('a short name', () => {
  it('is what ELB takes: 32 characters, none of them odd, no hyphen at its end before the hash', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 80 }).map((text) => `a${text}z`),
        (text) => {
          expect(shortName(text)).toMatch(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/);
        },
      ),
    );
  });

  it('is the name itself where that will do, and always the same', () => {
    expect(shortName('shop-local-web-a')).toBe('shop-local-web-a');
    fc.assert(
      fc.property(name, (text) => {
        expect(shortName(text)).toBe(text.length <= 32 ? text : shortName(text));
      }),
    );
  });

  it('is another one for another name', () => {
    const long = 'a-long-name-of-an-app-in-its-environment';
    expect(new Set([`${long}-a`, `${long}-b`, `${long}_b`, 'x_y', 'x-y'].map(shortName)).size).toBe(5);
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other);
        expect(shortName(one)).not.toBe(shortName(other));
      }),
    );
  });
});

describe('the place of a value', () => {
  const reference = fc.oneof(
    fc.string({ maxLength: 12 }).map((text) => `secret:${text}`),
    fc.stringMatching(/^[a/#.:+]{0,6}$/).map((text) => `secret:${text}`),
  );

  it('is another one for another reference, and can be part of the name of a parameter', () => {
    expect(placeOf('secret:shop/db#url')).toBe('secret.3ashop.2fdb.23url');
    fc.assert(
      fc.property(reference, reference, (one, other) => {
        expect(placeOf(one)).toMatch(/^[a-zA-Z0-9_.-]+$/);
        expect(placeOf(one) === placeOf(other)).toBe(one === other);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the order of rules', () => {
  const services = ['a', 'b', 'c', 'd'];
  const existing: fc.Arbitrary<readonly ExistingRule[]> = fc
    .shuffledSubarray([...services, null, null, null])
    .map((owners) =>
      owners.map((service, index) => ({ arn: `rule-${index}`, priority: 10 * (index + 1), service })),
    );
  const wanted = fc.shuffledSubarray(services);

  it('has every rule once, described services in theirs, and makes what is missing', () => {
    fc.assert(
      fc.property(existing, wanted, (existing, wanted) => {
        const known = existing.map((rule) => ({
          ...rule,
          service: rule.service !== null && wanted.includes(rule.service) ? rule.service : null,
        }));
        const order = orderOfRules(known, wanted);
        expect(order.flatMap(({ service }) => service ?? [])).toEqual(wanted);
        const kept = order.flatMap(({ rule }) => rule?.arn ?? []);
        expect(kept.toSorted()).toEqual(known.map(({ arn }) => arn).toSorted());
      }),
    );
  });

  it('changes nothing where nothing has to change', () => {
    fc.assert(
      fc.property(existing, (existing) => {
        const wanted = existing.flatMap(({ service }) => service ?? []);
        expect(orderOfRules(existing, wanted).map(({ rule }) => rule)).toEqual(existing);
      }),
    );
  });

  it("leaves nobody's rule before the described one that it came before", () => {
    const rules: readonly ExistingRule[] = [
      { arn: 'former-api', priority: 10, service: null },
      { arn: 'web', priority: 20, service: 'web' },
      { arn: 'last', priority: 30, service: null },
    ];
    const order = orderOfRules(rules, ['new', 'web']);
    expect(order.map(({ rule, service }) => rule?.arn ?? `${service} is made`)).toEqual([
      'new is made',
      'former-api',
      'web',
      'last',
    ]);
  });
});
