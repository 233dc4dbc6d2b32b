import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { credentialsFor, CredentialsUnreadable } from '../../src/repository/credentials.ts';
import { folder } from '../release/folder.ts';

const basic = (text: string): string => Buffer.from(text).toString('base64');
const anna = { auth: basic('anna:pass:word') };
const password = { kind: 'password', username: 'anna', password: 'pass:word' };

function kept(config: unknown): NodeJS.ProcessEnv {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  return { DOCKER_CONFIG: join(folder({ 'docker/config.json': text }), 'docker') };
}

/** A credential helper that runs this script; its name is `test`. */
function helped(script: string, config: object): NodeJS.ProcessEnv {
  const root = folder({ 'bin/docker-credential-test': `#!/bin/sh\n${script}\n` });
  chmodSync(join(root, 'bin/docker-credential-test'), 0o755);
  return { ...kept(config), PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}` };
}

async function unreadable(env: NodeJS.ProcessEnv): Promise<CredentialsUnreadable> {
  const failure = await credentialsFor('ghcr.io', env).catch((error: unknown) => error);
  if (!(failure instanceof CredentialsUnreadable)) throw new Error(`read: ${JSON.stringify(failure)}`);
  return failure;
}

describe('the credentials that docker login has kept', () => {
  it('are nobody’s where there is no file, or none for the host', async () => {
    expect(await credentialsFor('ghcr.io', { DOCKER_CONFIG: folder({}) })).toBeNull();
    expect(await credentialsFor('ghcr.io', kept({}))).toBeNull();
    expect(await credentialsFor('ghcr.io', kept({ auths: { 'example.org': anna } }))).toBeNull();
    expect(await credentialsFor('ghcr.io', kept({ auths: { 'ghcr.io': {} } }))).toBeNull();
  });

  it.each([
    ['ghcr.io', 'ghcr.io'],
    ['ghcr.io', 'https://ghcr.io'],
    ['ghcr.io', 'https://ghcr.io/v1/'],
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'docker.io'],
  ])('for %s are found under %s', async (host, key) => {
    expect(await credentialsFor(host, kept({ auths: { [key]: anna } }))).toEqual(password);
  });

  it('are those of the very host, where another entry is like it', async () => {
    const auths = { 'https://ghcr.io/v1/': { auth: basic('old:old') }, 'ghcr.io': anna };
    expect(await credentialsFor('ghcr.io', kept({ auths }))).toEqual(password);
  });

  it('may be an identity token', async () => {
    const auths = { 'ghcr.io': { ...anna, identitytoken: 'id' } };
    expect(await credentialsFor('ghcr.io', kept({ auths }))).toEqual({ kind: 'identity-token', token: 'id' });
  });

  it('come from the helper of the host before the store of all', async () => {
    const script = `read host; printf '{"ServerURL":"%s","Username":"anna","Secret":"pass:word"}' "$host"`;
    const config = { credHelpers: { 'ghcr.io': 'test' }, credsStore: 'missing', auths: { 'ghcr.io': {} } };
    expect(await credentialsFor('ghcr.io', helped(script, config))).toEqual(password);
    expect(await credentialsFor('ghcr.io', helped(script, { credsStore: 'test' }))).toEqual(password);
  });

  it('are asked of a helper under the address that Docker Hub once had', async () => {
    const script = `read host; printf '{"Username":"%s","Secret":"x"}' "$host"`;
    expect(await credentialsFor('docker.io', helped(script, { credsStore: 'test' }))).toMatchObject({
      username: 'https://index.docker.io/v1/',
    });
  });

  it('may be an identity token of a helper', async () => {
    const env = helped(`echo '{"Username":"<token>","Secret":"id"}'`, { credsStore: 'test' });
    expect(await credentialsFor('ghcr.io', env)).toEqual({ kind: 'identity-token', token: 'id' });
  });

  it('are nobody’s where a helper has none', async () => {
    const env = helped('echo credentials not found in native keychain; exit 1', { credsStore: 'test' });
    expect(await credentialsFor('ghcr.io', env)).toBeNull();
  });

  it('that cannot be read are said to be so by their place, and never by what is there', async () => {
    const torn = await unreadable(kept('{"auths":{"ghcr.io":{"auth":"c2VjcmV0'));
    expect(torn).toMatchObject({ place: expect.stringMatching(/config\.json$/), why: 'it is not JSON' });
    const failing = await unreadable(helped('echo c2VjcmV0; exit 3', { credsStore: 'test' }));
    expect(failing).toMatchObject({ place: 'docker-credential-test', why: expect.stringContaining('3') });
    const odd = await unreadable(helped('echo c2VjcmV0', { credsStore: 'test' }));
    const missing = await unreadable(kept({ credsStore: 'that-is-not-there' }));
    expect(missing.place).toBe('docker-credential-that-is-not-there');
    const elsewhere = await unreadable(kept({ credsStore: '../bin/sh' }));
    for (const failure of [torn, failing, odd, missing, elsewhere])
      expect(JSON.stringify([failure.message, failure.stack, String(failure.cause)])).not.toContain('c2Vj');
  });
});
