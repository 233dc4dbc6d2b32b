import { describe, expect, test } from 'vitest';
import { parsePattern } from '../../../src/engine/logs/filter-pattern.ts';

describe('terms', () => {
  test.each([
    ['', 'anything', true],
    ['ERROR', '[ERROR 500] oops', true],
    ['ERROR', '[error 500] oops', false],
    ['ERROR ARGUMENTS', 'ERROR: bad ARGUMENTS', true],
    ['ERROR ARGUMENTS', 'ERROR: bad request', false],
    ['"bad request" ERROR', 'ERROR: bad request', true],
    ['"bad request"', 'ERROR: request bad', false],
    [String.raw`"say \"hi\""`, 'they say "hi"', true],
    ['ERROR -Exiting', 'ERROR: Exiting now', false],
    ['ERROR -"Exiting now"', 'ERROR: Exiting later', true],
    ['-ERROR', 'all well', true],
    ['?ERROR ?WARN', 'WARN disk', true],
    ['?ERROR ?"disk full"', 'the disk full again', true],
    ['?ERROR ?WARN', 'INFO disk', false],
    ['INFO ?ERROR', 'INFO disk', true],
    ['%5[0-9][0-9]%', 'status 503', true],
    ['%5[0-9][0-9]%', 'status 403', false],
  ])('%s against %s: %s', (pattern, message, matches) => {
    expect(parsePattern(pattern)(message)).toBe(matches);
  });
});

describe('conditions on JSON', () => {
  const message = JSON.stringify({
    status: 503,
    path: '/api/users/7',
    user: { id: null, name: 'ann' },
    ok: false,
    tags: ['a', 'b'],
    items: [{ price: 3 }, { price: 30 }],
    text: '503',
  });
  test.each([
    ['{ $.status = 503 }', true],
    ['{ $.status = 50* }', true],
    ['{ $.status != 503 }', false],
    ['{$.status>=500&&$.status<600}', true],
    ['{ $.status >= 500 && $.path = "/other*" }', false],
    ['{ $.status < 500 || $.path = "/api/*" }', true],
    ['{ ($.status < 500 || $.ok IS FALSE) && $.path = "/api/*/7" }', true],
    ['{ $.status < 500 || $.ok IS TRUE && $.path = "/api/*" }', false],
    ['{ $.user.id IS NULL }', true],
    ['{ $.user.name IS NULL }', false],
    ['{ $.user.mail NOT EXISTS }', true],
    ['{ $.user.name NOT EXISTS }', false],
    ['{ $.user.mail = "*" }', false],
    ['{ $.user.mail != "x" }', false],
    ['{ $.tags[1] = "b" }', true],
    ['{ $.tags[0] = "b" }', false],
    ['{ $.items[*].price > 20 }', true],
    ['{ $.items[*].price > 40 }', false],
    ['{ $.text > 500 }', false],
    ['{ $.user.name = %^a.n$% }', true],
  ])('%s: %s', (pattern, matches) => {
    expect(parsePattern(pattern)(message)).toBe(matches);
  });

  test('match no message that is not JSON', () => {
    expect(parsePattern('{ $.status NOT EXISTS }')('status 503')).toBe(false);
  });
});

test.each([
  '{ $.a }',
  '{ $.a = }',
  '{ $.a > x }',
  '{ $.a = 1',
  '{ a = 1 }',
  '[ip, user]',
  '%(a+)+%',
  '"open',
])('refuses %s', (pattern) => {
  expect(() => parsePattern(pattern)).toThrow('Invalid filter pattern');
});
