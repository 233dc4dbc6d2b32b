import { describe, expect, it } from 'vitest';
import {
  hostIn,
  isLoopback,
  isRegistry,
  parseRepository,
  repositoryName,
} from '../../src/repository/repository.ts';

describe('a repository', () => {
  it.each([
    ['127.0.0.1:5000/shop/web', '127.0.0.1:5000', 'shop/web'],
    ['localhost/web', 'localhost', 'web'],
    ['registry:5000/web', 'registry:5000', 'web'],
    ['[::1]:5000/web', '[::1]:5000', 'web'],
    ['docker.io/acme/web', 'docker.io', 'acme/web'],
    ['ghcr.io/acme/shop-web', 'ghcr.io', 'acme/shop-web'],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      'shop/web',
    ],
  ])('%s is named with the host of its registry', (text, host, path) => {
    const repository = parseRepository(text);
    expect(repository).toEqual({ host, path });
    expect(repository && repositoryName(repository)).toBe(text);
  });

  it.each([
    'acme/web',
    'web',
    'ghcr.io',
    'ghcr.io/',
    'https://ghcr.io/acme/web',
    'anna:secret@ghcr.io/acme/web',
    'ghcr.io/acme/web:latest',
    `ghcr.io/acme/web@sha256:${'0'.repeat(64)}`,
    'ghcr.io/Acme/web',
    'ghcr.io/acme//web',
    'ghcr.io/acme/web\n',
  ])('is not what %j says', (text) => {
    expect(parseRepository(text)).toBeNull();
  });
});

describe('a registry', () => {
  it.each(['127.0.0.1:5000', 'localhost', 'ghcr.io/acme', 'registry:5000/a/b'])('may be %s', (text) => {
    expect(isRegistry(text)).toBe(true);
  });

  it.each(['', 'acme', 'https://ghcr.io', 'a:b@ghcr.io', 'ghcr.io/', 'ghcr.io/Acme', 'ghcr.io/a:b'])(
    'is not %j',
    (text) => {
      expect(isRegistry(text)).toBe(false);
    },
  );

  it.each([
    ['nginx', 'docker.io'],
    ['acme/web:1', 'docker.io'],
    ['docker.io/acme/web', 'docker.io'],
    ['localhost/web', 'localhost'],
    ['127.0.0.1:5000/web@sha256:00', '127.0.0.1:5000'],
    ['ghcr.io/acme/web', 'ghcr.io'],
  ])('of the image %s is %s', (reference, host) => {
    expect(hostIn(reference)).toBe(host);
  });

  it.each(['localhost', 'localhost:5000', 'a.localhost:5000', '127.0.0.1', '127.1.2.3:80', '[::1]:5000'])(
    'at %s is on this machine',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0:5000',
    '10.0.0.1:5000',
    'localhost.example.org',
    'ghcr.io',
    '[::2]:5000',
    '127.0.0.1.nip.io',
  ])('at %s is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
