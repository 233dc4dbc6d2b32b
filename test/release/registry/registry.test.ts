import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { dockerClient } from '../../../src/engine/docker/client.ts';
import { findImage } from '../../../src/engine/docker/images.ts';
import { Refusal } from '../../../src/refusal.ts';
import { BuildFailed } from '../../../src/release/build-run.ts';
import { openRegistry } from '../../../src/release/registry/open.ts';
import { parseRepository, type Repository } from '../../../src/repository/repository.ts';
import { findDocker } from '../../docker/daemon.ts';
import { freePort } from '../../ports.ts';
import { refuse, startFront, type Rule } from '../../registry/front.ts';
import { hasRegistry, loggedIn, startRegistry, writeConfig, type Door } from '../../registry/server.ts';
import type { RegistryServer } from '../../registry/server.ts';
import { identityToken, reader, user } from '../../registry/users.ts';
import { folder } from '../folder.ts';

const docker = await findDocker();
const ready = hasRegistry() && docker !== null;

const digest = /^sha256:[0-9a-f]{64}$/;

function repositoryAt(host: string, path = 'shop/web'): Repository {
  const repository = parseRepository(`${host}/${path}`);
  if (repository === null) throw new Error(`${host} is no host`);
  return repository;
}

/** An image of a few bytes, by the id that the local daemon knows it by. */
function smallImage(text = String(Math.random())): string {
  const root = folder({ 'app/Dockerfile': 'FROM scratch\nCOPY text /\n', 'app/text': text });
  const said = execFileSync('docker', ['build', '--quiet', join(root, 'app')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => removeImage(said.trim()));
  return said.trim();
}

function removeImage(image: string): void {
  spawnSync('docker', ['rmi', '--force', image], { stdio: 'ignore' });
}

/** A registry for all tests of a group. */
function registryWith(door: Door): () => RegistryServer {
  let server: RegistryServer | null = null;
  beforeAll(async () => {
    server = await startRegistry(door);
  });
  afterAll(() => server?.stop());
  return () => {
    if (server === null) throw new Error('the registry does not run yet');
    return server;
  };
}

/** Whoever has these credentials; `null`: nobody. Waits for nothing between two tries. */
function as(host: string, credentials: { name: string; password: string } | null) {
  const config = join(folder({}), 'docker');
  if (credentials !== null) loggedIn(config, host, credentials);
  return withConfig(config);
}

function withConfig(config: string, env: NodeJS.ProcessEnv = {}) {
  const all = { ...process.env, DOCKER_CONFIG: config, ...env };
  return { env: all, registry: openRegistry({ env: all, pause: () => Promise.resolve() }) };
}

/** What it refused, with nothing in it that nobody may see. */
async function refusalOf(act: Promise<unknown>): Promise<Refusal> {
  const refusal = await act.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (!(refusal instanceof Refusal)) throw new Error(`not refused: ${String(refusal)}`);
  const told = JSON.stringify([refusal.problems, refusal.message, String(refusal.cause), refusal.stack]);
  const basic = Buffer.from(`${user.name}:${user.password}`).toString('base64');
  for (const secret of [user.password, reader.password, identityToken, basic, 'wrong-password-0816'])
    expect(told).not.toContain(secret);
  return refusal;
}

const wrong = { name: user.name, password: 'wrong-password-0816' };

describe.skipIf(!ready).each<Door>(['open', 'htpasswd', 'token'])('a registry, %s', (door) => {
  const running = registryWith(door);

  it('knows no tag of a repository that nobody made', async () => {
    const { registry } = as(running().host, user);
    expect(await registry.digestOf(repositoryAt(running().host, 'no/body'), 'source-1')).toBeNull();
  });

  it('tells the digest of what was pushed, and an engine gets the very image by it', async () => {
    const { registry, env } = as(running().host, user);
    const repository = repositoryAt(running().host);
    const image = smallImage();
    const pushed = await registry.push(image, repository, 'source-2');
    expect(pushed).toMatch(digest);
    expect(await registry.digestOf(repository, 'source-2')).toBe(pushed);
    expect(await registry.digestOf(repository, 'source-3')).toBeNull();
    removeImage(image);
    const found = await findImage(dockerClient(env), `${running().host}/shop/web@${pushed}`);
    expect(found).toMatchObject({ id: image, digest: pushed });
  });

  it('takes the same image again, for the same digest', async () => {
    const { registry } = as(running().host, user);
    const image = smallImage();
    const first = await registry.push(image, repositoryAt(running().host), 'source-4');
    expect(await registry.push(image, repositoryAt(running().host), 'source-4')).toBe(first);
    expect(await registry.push(image, repositoryAt(running().host), 'source-5')).toBe(first);
  });

  it('takes several at once', async () => {
    const { registry } = as(running().host, user);
    const images = ['a', 'b', 'c', 'd'].map((name) => ({ name, image: smallImage(name) }));
    const pushed = await Promise.all(
      images.map(({ name, image }) => registry.push(image, repositoryAt(running().host, name), 'source-6')),
    );
    expect(new Set(pushed).size).toBe(4);
  });

  it('does not have what was deleted: the engine says so in ECS’s words', async () => {
    const { registry, env } = as(running().host, user);
    const image = smallImage();
    const pushed = await registry.push(image, repositoryAt(running().host), 'source-7');
    // A token that allows deleting is nobody's.
    if (door !== 'token') await running().remove('shop/web', pushed);
    removeImage(image);
    const gone = door === 'token' ? `sha256:${'0'.repeat(64)}` : pushed;
    await expect(findImage(dockerClient(env), `${running().host}/shop/web@${gone}`)).rejects.toMatchObject({
      code: 'CannotPullContainerError',
      message: expect.stringContaining('failed to resolve ref'),
    });
  });
});

describe.skipIf(!ready).each<Door>(['htpasswd', 'token'])('a registry with a door, %s', (door) => {
  const running = registryWith(door);

  it('lets nobody in without the right password, and nobody reads one', async () => {
    const repository = repositoryAt(running().host);
    const image = smallImage();
    for (const who of [wrong, null]) {
      const { registry } = as(running().host, who);
      for (const act of [registry.digestOf(repository, 'x'), registry.push(image, repository, 'x')]) {
        const refusal = await refusalOf(act);
        expect(refusal.problems).toEqual([
          {
            code: 'registry-unauthorized',
            what: expect.stringContaining(running().host),
            where: `${running().host}/shop/web`,
            why: expect.any(String),
            next: expect.stringContaining(`docker login ${running().host}`),
          },
        ]);
      }
      const { env } = as(running().host, who);
      const reference = `${running().host}/shop/web@sha256:${'0'.repeat(64)}`;
      const failure = await findImage(dockerClient(env), reference).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'CannotPullContainerError' });
      expect(String(failure)).not.toContain(wrong.password);
    }
  });

  it('lets in whom a credential helper knows', async () => {
    const root = folder({});
    const programs = join(root, 'bin');
    mkdirSync(programs);
    const helper = join(programs, 'docker-credential-test');
    const answer = JSON.stringify({ ServerURL: running().host, Username: user.name, Secret: user.password });
    const asked = `#!/bin/sh\nread host\n[ "$1 $host" = "get ${running().host}" ] || { echo 'credentials not found in native keychain'; exit 1; }\ncat <<'X'\n${answer}\nX\n`;
    writeFileSync(helper, asked);
    chmodSync(helper, 0o755);
    const PATH = `${programs}:${process.env['PATH'] ?? ''}`;
    for (const config of [{ credHelpers: { [running().host]: 'test' } }, { credsStore: 'test' }]) {
      const place = join(root, 'docker');
      writeConfig(place, config);
      const { registry, env } = withConfig(place, { PATH });
      const image = smallImage();
      const pushed = await registry.push(image, repositoryAt(running().host), 'source-11');
      removeImage(image);
      const found = await findImage(dockerClient(env), `${running().host}/shop/web@${pushed}`);
      expect(found.id).toBe(image);
    }
  });

  it('is not asked as nobody where credentials cannot be read: that is refused', async () => {
    const config = join(folder({}), 'docker');
    writeConfig(config, { credsStore: 'that-is-not-there' });
    const { registry, env } = withConfig(config);
    const refusal = await refusalOf(registry.digestOf(repositoryAt(running().host), 'x'));
    expect(refusal.problems[0]).toMatchObject({
      code: 'credentials-unreadable',
      where: 'docker-credential-that-is-not-there',
    });
    const reference = `${running().host}/shop/web@sha256:${'0'.repeat(64)}`;
    await expect(findImage(dockerClient(env), reference)).rejects.toMatchObject({
      code: 'CannotPullContainerError',
      message: expect.stringContaining('docker-credential-that-is-not-there: it does not start'),
    });
  });
});

describe.skipIf(!ready)('a registry with tokens', () => {
  const running = registryWith('token');

  it('denies a push to who may only pull', async () => {
    const repository = repositoryAt(running().host);
    const image = smallImage();
    const pushed = await as(running().host, user).registry.push(image, repository, 'source-8');
    const { registry } = as(running().host, reader);
    expect(await registry.digestOf(repository, 'source-8')).toBe(pushed);
    const refusal = await refusalOf(registry.push(smallImage(), repository, 'source-9'));
    expect(refusal.problems[0]).toMatchObject({ code: 'registry-denied', why: expect.any(String) });
  });

  it('takes an identity token in the place of a password', async () => {
    const config = join(folder({}), 'docker');
    writeConfig(config, { auths: { [running().host]: { auth: '', identitytoken: identityToken } } });
    const { registry } = withConfig(config);
    const image = smallImage();
    const pushed = await registry.push(image, repositoryAt(running().host), 'source-10');
    expect(pushed).toMatch(digest);
  });
});

describe.skipIf(!ready)('a registry with TLS', () => {
  const running = registryWith('tls');

  it('whose certificate nobody vouches for is refused', async () => {
    const { registry } = as(running().host, user);
    const refusal = await refusalOf(registry.digestOf(repositoryAt(running().host), 'source-1'));
    expect(refusal.problems[0]).toMatchObject({
      code: 'registry-untrusted',
      next: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  it('is spoken to by it where its authority is known', () => {
    const { host, certificate } = running();
    const open = new URL('../../../src/release/registry/open.ts', import.meta.url).href;
    const asked = `
      const { openRegistry } = await import('${open}');
      const registry = openRegistry({ env: {}, pause: () => Promise.resolve() });
      console.log(await registry.digestOf({ host: '${host}', path: 'shop/web' }, 'source-1'));
    `;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', asked], {
      encoding: 'utf8',
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate ?? '' },
    });
    expect(said).toBe('null\n');
  });
});

describe.skipIf(!ready)('a registry that is not as it should be', () => {
  const running = registryWith('open');
  const behind = (rule: Rule) => startFront(running().host, rule);
  const anybody = () => as('nowhere', null).registry;

  it('is tried again after a failure of a moment', async () => {
    const left = new Map([
      ['HEAD', 2],
      ['PUT', 1],
    ]);
    await using front = await behind((asked, response, { method = '' }) => {
      const again = left.get(method) ?? 0;
      if (!asked.includes('/manifests/') || again === 0) return false;
      left.set(method, again - 1);
      if (again === 2) return Boolean(response.destroy());
      return refuse(response, 503, 'UNAVAILABLE', 'in a moment');
    });
    const pushed = await anybody().push(smallImage(), repositoryAt(front.host), 'source-1');
    expect(pushed).toMatch(digest);
    expect([...left.values()]).toEqual([0, 0]);
  });

  it('that goes on failing is refused after some tries', async () => {
    await using front = await behind(
      (asked, response) => asked.includes('/manifests/') && refuse(response, 500, 'UNKNOWN', 'out of order'),
    );
    const refusal = await refusalOf(anybody().digestOf(repositoryAt(front.host), 'source-1'));
    expect(refusal.problems[0]).toMatchObject({
      code: 'registry-failing',
      why: expect.stringContaining('500'),
    });
    expect(front.asked.filter((asked) => asked.includes('/manifests/'))).toHaveLength(4);
  });

  it('that does not listen is refused at once', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const refusal = await refusalOf(anybody().digestOf(repositoryAt(host), 'source-1'));
    expect(refusal.problems).toEqual([
      {
        code: 'registry-unreachable',
        what: `the registry ${host} cannot be reached`,
        where: `${host}/shop/web`,
        why: 'nothing listens there (ECONNREFUSED)',
        next: expect.stringContaining('start it'),
      },
    ]);
  });

  it('that speaks plain HTTP elsewhere than on loopback is refused before anything is said to it', async () => {
    await using front = await behind(() => false);
    const host = `0.0.0.0:${front.host.split(':')[1]}`;
    const refusal = await refusalOf(as(host, user).registry.digestOf(repositoryAt(host), 'source-1'));
    expect(refusal.problems[0]).toMatchObject({ code: 'registry-plain-http' });
    expect(front.asked).toEqual([]);
  });

  it('that sends for tokens in plain HTTP elsewhere gets no password', async () => {
    await using front = await behind((_, response) => {
      response.setHeader('WWW-Authenticate', 'Bearer realm="http://192.0.2.1/token",service="x"');
      return refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
    });
    const { registry } = as(front.host, user);
    const refusal = await refusalOf(registry.digestOf(repositoryAt(front.host), 'source-1'));
    expect(refusal.problems[0]).toMatchObject({ code: 'registry-plain-http' });
  });

  it('that refuses is told in its own words, but for what is secret in them', async () => {
    await using front = await behind((_, response, { headers: { authorization } }) =>
      authorization === undefined
        ? refuse(response.setHeader('WWW-Authenticate', 'Basic realm="x"'), 401, 'UNAUTHORIZED', 'who?')
        : refuse(response, 403, 'DENIED', `${authorization} and ${user.password} have expired`),
    );
    const { registry } = as(front.host, user);
    const refusal = await refusalOf(registry.digestOf(repositoryAt(front.host), 'source-1'));
    expect(refusal.problems[0]).toMatchObject({
      code: 'registry-denied',
      why: 'it answered 403 Forbidden: Basic *** and *** have expired',
      next: expect.stringContaining('docker login'),
    });
  });

  it('that never ends an upload is left when the deployment is interrupted', async () => {
    const { promise: uploading, resolve } = Promise.withResolvers<void>();
    await using front = await behind((asked) => {
      const holds = asked.startsWith('PUT') && asked.includes('/manifests/');
      if (holds) resolve();
      return holds;
    });
    const interrupted = new AbortController();
    const pushing = anybody().push(smallImage(), repositoryAt(front.host), 'source-1', interrupted.signal);
    await Promise.race([uploading, pushing]);
    interrupted.abort();
    await expect(pushing).rejects.toBeInstanceOf(BuildFailed);
  });

  it('has no space left', async () => {
    await using front = await behind(
      (asked, response) =>
        asked.startsWith('PUT') &&
        asked.includes('/manifests/') &&
        refuse(response, 507, 'UNKNOWN', 'no space left'),
    );
    const refusal = await refusalOf(anybody().push(smallImage(), repositoryAt(front.host), 'source-1'));
    expect(refusal.problems[0]).toMatchObject({ code: 'disk-full' });
  });

  const immutable: Rule = (asked, response) =>
    asked.startsWith('PUT') &&
    asked.includes('/manifests/') &&
    refuse(
      response,
      400,
      'TAG_INVALID',
      "The image tag 'x' already exists in the 'shop/web' repository and cannot be overwritten because the repository is immutable.",
    );

  it('keeps an immutable tag that another machine has made meanwhile: that is deployed', async () => {
    const theirs = await anybody().push(smallImage(), repositoryAt(running().host), 'source-20');
    await using front = await behind(immutable);
    expect(await anybody().push(smallImage(), repositoryAt(front.host), 'source-20')).toBe(theirs);
  });

  it('keeps an immutable tag of something else: that is refused', async () => {
    await using front = await behind(immutable);
    const refusal = await refusalOf(anybody().push(smallImage(), repositoryAt(front.host), 'source-21'));
    expect(refusal.problems[0]).toMatchObject({
      code: 'tag-immutable',
      why: expect.stringContaining('cannot be overwritten'),
    });
  });

  it('makes no repositories by itself', async () => {
    await using front = await behind(
      (asked, response) =>
        asked.startsWith('POST') &&
        refuse(response, 404, 'NAME_UNKNOWN', "The repository with name 'shop/web' does not exist"),
    );
    const refusal = await refusalOf(anybody().push(smallImage(), repositoryAt(front.host), 'source-1'));
    expect(refusal.problems[0]).toMatchObject({ code: 'repository-missing' });
  });

  it('that tells no digest has it reckoned', async () => {
    const pushed = await anybody().push(smallImage(), repositoryAt(running().host), 'source-30');
    await using front = await startFront(running().host, () => false, ['docker-content-digest']);
    expect(await anybody().digestOf(repositoryAt(front.host), 'source-30')).toBe(pushed);
  });
});
