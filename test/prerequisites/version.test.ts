import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOlder, versionIn } from '../../src/prerequisites/version.ts';

describe('the version of a program', () => {
  test.each([
    ['v24.21.0', [24, 21, 0]],
    ['Python 3.11.2', [3, 11, 2]],
    ['Docker version 24.0.5, build ced0996', [24, 0, 5]],
    ['Docker Compose version v2.20.0', [2, 20, 0]],
    ['Terraform v1.5.4\non linux_amd64', [1, 5, 4]],
    ['OpenTofu v1.10.6\non linux_amd64', [1, 10, 6]],
    ['aws-cli/2.13.0 Python/3.11.4 Linux/6.1 exe/x86_64', [2, 13, 0]],
    ['ecs-cli version 1.21.0 (bb0b8f0)', [1, 21, 0]],
    ['git version 2.40.0.windows.1', [2, 40, 0]],
    ['jq-1.6', [1, 6]],
    ['1.92.1\neaa41d57266683296de7d118f574d0c2652e1fc4\nx64', [1, 92, 1]],
    ['k6 v1.3.0 (go1.24.6, linux/amd64)', [1, 3, 0]],
    ['eas-cli/16.19.3 linux-x64 node-v24.1.0', [16, 19, 3]],
    ['an unknown flag', null],
  ])('%j', (text, version) => {
    expect(versionIn(text)).toEqual(version);
  });

  test('is older, newer, or neither', () => {
    const version = fc.array(fc.nat(30), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(version, version, (one, other) => {
        const number = (parts: readonly number[]): number =>
          (parts[0] ?? 0) * 10_000 + (parts[1] ?? 0) * 100 + (parts[2] ?? 0);
        expect(isOlder(one, other)).toBe(number(one) < number(other));
      }),
    );
  });
});
