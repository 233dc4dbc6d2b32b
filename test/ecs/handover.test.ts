import { describe, expect, it } from 'vitest';
import { parseHandover, repositoriesIn } from '../../src/ecs/handover.ts';
import { handoverOf } from '../deployment/rig.ts';

const parsed = (more: object) =>
  parseHandover('/fairway/shop/x/web', JSON.stringify({ ...handoverOf('web'), ...more }));

describe('a hand-over', () => {
  it.each([
    '127.0.0.1:5000/shop/web',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web',
    'docker.io/acme/web',
    'ghcr.io/acme/shop-web',
  ])('may say that the image goes to %s', (repository) => {
    expect(parsed({ repository })).toEqual({ ...handoverOf('web'), repository });
  });

  it('of before, or of an engine without a registry, says nothing of it', () => {
    expect(parsed({})).toEqual(handoverOf('web'));
  });

  it.each([
    'acme/web',
    'https://ghcr.io/acme/web',
    'ghcr.io/acme/web:latest',
    'a:b@ghcr.io/acme/web',
    null,
    '',
  ])('is refused with %j for a repository', (repository) => {
    expect(() => parsed({ repository })).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({
            code: 'handover-invalid',
            where: '/fairway/shop/x/web: repository',
          }),
        ],
      }),
    );
  });

  it('tells by service where images go, and leaves out what goes nowhere', () => {
    expect(
      repositoriesIn([
        ['web', 'ghcr.io/acme/web'],
        ['worker', null],
      ]),
    ).toEqual(new Map([['web', { host: 'ghcr.io', path: 'acme/web' }]]));
  });
});
