import { randomInt } from 'node:crypto';
import type { GetRandomPasswordRequest } from '@aws-sdk/client-secrets-manager';
import type { Core } from '../core.ts';
import { invalidParameter } from './failures.ts';

const kinds = {
  lowercase: 'abcdefghijklmnopqrstuvwxyz',
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  numbers: '0123456789',
  punctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
  space: ' ',
} as const;

export function getRandomPassword(_core: Core, input: GetRandomPasswordRequest) {
  const length = input.PasswordLength ?? 32;
  if (length < 1 || length > 4096) throw invalidParameter('Password length must be between 1 and 4096.');
  const excluded = new Set(input.ExcludeCharacters);
  const pools = [
    input.ExcludeLowercase === true ? '' : kinds.lowercase,
    input.ExcludeUppercase === true ? '' : kinds.uppercase,
    input.ExcludeNumbers === true ? '' : kinds.numbers,
    input.ExcludePunctuation === true ? '' : kinds.punctuation,
    input.IncludeSpace === true ? kinds.space : '',
  ]
    .map((pool) => Array.from(pool).filter((character) => !excluded.has(character)))
    .filter((pool) => pool.length > 0);
  if (pools.length === 0) throw invalidParameter('No characters are left to make a password of.');
  const required = input.RequireEachIncludedType === false ? [] : pools;
  if (length < required.length)
    throw invalidParameter(`Password length ${length} is too short based on the required types.`);
  const all = pools.flat();
  const chosen = [...required, ...Array.from({ length: length - required.length }, () => all)].map(anyOf);
  return { RandomPassword: shuffled(chosen).join('') };
}

const anyOf = (pool: readonly string[]): string => pool[randomInt(pool.length)] ?? '';

/** Fisher and Yates; else the first characters would be one of each kind. */
function shuffled(characters: readonly string[]): string[] {
  const result: string[] = [];
  for (const character of characters) {
    const place = randomInt(result.length + 1);
    const displaced = result[place];
    result[place] = character;
    if (displaced !== undefined) result.push(displaced);
  }
  return result;
}
