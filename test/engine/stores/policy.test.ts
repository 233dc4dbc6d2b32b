import { expect, it } from 'vitest';
import { everybodyMay, readPolicy } from '../../../src/engine/stores/s3/policy.ts';

const arn = 'arn:aws:s3:::photos';
const allow = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${arn}/public/*` };
const policy = (...Statement: readonly object[]) =>
  readPolicy(JSON.stringify({ Version: '2012-10-17', Statement }));

it.each([
  ['what is allowed', [allow], 'public/a.jpg', true],
  ['nothing else', [allow], 'private/a.jpg', false],
  ['what AWS: * is allowed', [{ ...allow, Principal: { AWS: ['*'] } }], 'public/a.jpg', true],
  [
    'not what one account is allowed',
    [{ ...allow, Principal: { AWS: '123456789012' } }],
    'public/a.jpg',
    false,
  ],
  [
    'not what is denied too',
    [allow, { ...allow, Effect: 'Deny', Resource: `${arn}/*/secret.jpg` }],
    'public/secret.jpg',
    false,
  ],
  ['what any action stands for', [{ ...allow, Action: ['s3:Get*'] }], 'public/a.jpg', true],
  ['not another action', [{ ...allow, Action: 's3:PutObject' }], 'public/a.jpg', false],
  [
    'not what a pattern would mean as an expression',
    [{ ...allow, Resource: `${arn}/public/.+` }],
    'public/a.jpg',
    false,
  ],
])('everybody may read %s', (_, statements, key, yes) => {
  expect(everybodyMay(policy(...statements), 's3:GetObject', `${arn}/${key}`)).toBe(yes);
});

it.each([
  ['a condition', { ...allow, Condition: { IpAddress: {} } }],
  ['an exception', { Effect: 'Allow', NotPrincipal: '*', Action: '*', Resource: '*' }],
  ['no effect', { ...allow, Effect: undefined }],
])('%s, which would have to be understood to be safe, is refused', (_, statement) => {
  expect(() => policy(statement)).toThrow(/cannot be taken/);
});
