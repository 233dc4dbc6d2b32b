import { describe, expect, test } from 'vitest';
import { hashPassword, verifyPassword } from '../api/password.ts';

describe('a password', () => {
  test('is known again by its hash, and no other is', async () => {
    const hash = await hashPassword('demo-password');
    expect(await verifyPassword('demo-password', hash)).toBe(true);
    expect(await verifyPassword('demo-passwort', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  test('is not in its hash, and hashes differently each time', async () => {
    const [one, other] = await Promise.all([hashPassword('demo-password'), hashPassword('demo-password')]);
    expect(one).not.toContain('demo-password');
    expect(one).not.toBe(other);
  });

  test('is the same however its accents are composed', async () => {
    const hash = await hashPassword('caf\u00e9 au lait');
    expect(await verifyPassword('cafe\u0301 au lait', hash)).toBe(true);
  });

  test.each([
    [''],
    ['plain'],
    ['md5$1$2$3$4$5'],
    ['scrypt$16384$8$1$c2FsdA==$'],
    ['scrypt$16384$8$1$c2FsdA==$aGFzaA=='],
  ])('never matches a hash that is broken: %j', async (hash) => {
    expect(await verifyPassword('demo-password', hash)).toBe(false);
  });
});
