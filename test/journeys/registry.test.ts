import { spawnSync } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findDocker } from '../docker/daemon.ts';
import { testImage } from '../docker/image.ts';
import { hasRegistry, loggedIn, startRegistry, type RegistryServer } from '../registry/server.ts';
import { user } from '../registry/users.ts';
import { filesHolding } from './traces.ts';
import { brief, openWorkbench, secret, type Run, type Workbench } from './workbench.ts';

const docker = await findDocker();
const ready = hasRegistry() && docker !== null;
const base = docker === null ? 'scratch' : await testImage(docker);

const config = `
import { defineApp } from 'fairway';

const port = Number(process.env['SHOP_PORT']);

export default defineApp({
  name: 'kept',
  services: {
    web: {
      kind: 'web',
      port: 8000,
      build: { dockerfile: 'Dockerfile' },
      command: 'node /app/server.mjs',
      health: { path: '/health', timeout: 5, unhealthyThreshold: 10 },
      stop: { grace: '5s' },
    },
  },
  environments: {
    local: {
      ports: { public: port, test: port + 1 },
      strategy: { kind: 'blue-green', bake: '0s', scaleUpDeadline: '120s', pauseTimeoutMinutes: 5 },
    },
  },
});
`;

/** An app whose image comes of a Dockerfile, on a machine that is logged in to the registry. */
async function boxed({ host }: RegistryServer): Promise<Workbench> {
  const DOCKER_HOST = process.env['DOCKER_HOST'];
  const bench = await openWorkbench({ env: DOCKER_HOST === undefined ? {} : { DOCKER_HOST } });
  await writeFile(join(bench.shop, 'fairway.config.ts'), config);
  loggedIn(join(bench.folder, '.docker'), host);
  onTestFinished(() => forgetImages(host));
  return bench;
}

async function version({ shop }: Workbench, text: string): Promise<void> {
  await writeFile(join(shop, 'Dockerfile'), `FROM ${base}\nENV VERSION=${text}\nENV MARK=${mark}\n`);
}

/** So that no other run has built the same. */
const mark = Math.random().toString(36).slice(2);

const page = async ({ port }: Workbench): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`)).text();

/** As on a machine that never had them: by every name, and by their ids. */
function forgetImages(...names: readonly string[]): void {
  const listed = spawnSync('docker', ['images', '--all', '--format', '{{.Repository}} {{.ID}}'], {
    encoding: 'utf8',
  });
  const ids = listed.stdout
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([repository = '', id]) =>
      id !== undefined && names.some((name) => repository.startsWith(name)) ? [id] : [],
    );
  if (ids.length > 0) spawnSync('docker', ['rmi', '--force', ...new Set(ids)], { stdio: 'ignore' });
}

const released = ({ events }: Run) => events.find(({ type }) => type === 'release.built');

it.skipIf(!ready)(
  'an app whose engine names a registry is pushed there, run from there by digest, and built once for all machines',
  async () => {
    await using registry = await startRegistry('htpasswd');
    await using bench = await boxed(registry);
    const repository = `${registry.host}/team/kept/web`;
    await version(bench, 'one');
    const named = await bench.fairway('engine', 'start', '--registry', `${registry.host}/team`);
    expect(named.exitCode, named.stderr).toBe(0);
    expect((await bench.fairway('engine', 'status')).stdout).toContain(`${registry.host}/team`);
    expect((await bench.fairway('plan')).stdout).toContain(`to be built, and pushed to ${repository}`);

    const first = await bench.fairway('deploy', '--json');
    expect(first.exitCode, brief(first)).toBe(0);
    expect(await page(bench)).toBe('one');
    expect(released(first)).toMatchObject({
      built: ['web'],
      pushed: ['web'],
      images: { web: expect.stringMatching(new RegExp(`^${repository}@sha256:[0-9a-f]{64}$`)) },
    });
    expect((await bench.fairway('deploy', '--json')).last).toMatchObject({ verdict: 'nothing-to-do' });

    const users = await bench.users(50, 4);
    await version(bench, 'two');
    const second = await bench.fairway('deploy');
    expect(second.exitCode, second.stdout).toBe(0);
    expect(second.stdout).toContain(`web → ${repository}`);
    expect(second.stdout).toContain('built web, pushed web');
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    expect(await page(bench)).toBe('two');

    // Another machine: another home, another engine, and a daemon that has none of it.
    await using other = await boxed(registry);
    await cp(join(bench.shop, 'Dockerfile'), join(other.shop, 'Dockerfile'));
    await bench.fairway('down', '--all');
    forgetImages(registry.host, 'fairway.local/kept/');
    await other.fairway('engine', 'start', '--registry', `${registry.host}/team`);
    expect((await other.fairway('plan')).stdout).toContain('new, image is there');
    const there = await other.fairway('deploy', '--json');
    expect(there.exitCode, brief(there)).toBe(0);
    expect(released(there)).toMatchObject({ built: [], pushed: [] });
    expect(await page(other)).toBe('two');

    // What was told or kept in clear, the workbench looks for.
    expect(user.password).toBe(secret);
    const told = Buffer.from(`${user.name}:${user.password}`).toString('base64');
    for (const home of [bench.home, other.home]) expect(await filesHolding(home, told)).toEqual([]);
  },
);

it.skipIf(!ready)(
  'a registry that refuses, or has lost an image, changes nothing for users, and is told as what it is',
  async () => {
    await using registry = await startRegistry('htpasswd');
    await using bench = await boxed(registry);
    const docker = join(bench.folder, '.docker');
    await bench.fairway('engine', 'start', '--registry', registry.host);
    await version(bench, 'one');
    const first = await bench.fairway('deploy', '--json');
    expect(first.exitCode, brief(first)).toBe(0);
    const [, digest = ''] = String(Object(released(first)?.['images'])['web']).split('@');

    await version(bench, 'two');
    const users = await bench.users(20, 2);
    loggedIn(docker, registry.host, { name: 'anna', password: `not-${secret}` });
    const refused = await bench.fairway('deploy', '--json');
    expect(refused.last).toMatchObject({
      verdict: 'refused',
      problems: [
        { code: 'registry-unauthorized', next: expect.stringContaining(`docker login ${registry.host}`) },
      ],
    });
    await rm(docker, { recursive: true });
    await mkdir(docker);
    expect((await bench.fairway('deploy', '--json')).last).toMatchObject({
      verdict: 'refused',
      problems: [{ code: 'registry-unauthorized' }],
    });
    expect(await page(bench)).toBe('one');

    loggedIn(docker, registry.host);
    const second = await bench.fairway('deploy', '--json');
    expect(second.exitCode, brief(second)).toBe(0);
    expect(await page(bench)).toBe('two');
    await registry.remove('kept/web', digest);
    forgetImages('fairway.local/kept/');
    spawnSync('docker', ['rmi', '--force', `${registry.host}/kept/web@${digest}`], { stdio: 'ignore' });
    const back = await bench.fairway('rollback', '--json');
    expect(back.last).toMatchObject({ verdict: 'rolled-back' });
    expect(JSON.stringify(back.last['cause'])).toContain('CannotPullContainerError');
    expect(await page(bench)).toBe('two');
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
  },
);

it('an engine keeps the registry that it was told until it is told another, or none', async () => {
  await using bench = await openWorkbench();
  const registry = async () => (await bench.fairway('engine', 'status', '--json')).last['registry'];
  await bench.fairway('engine', 'start', '--registry', '127.0.0.1:5000');
  await bench.fairway('engine', 'stop');
  await bench.fairway('engine', 'start');
  expect(await registry()).toBe('127.0.0.1:5000');
  await bench.fairway('engine', 'start', '--registry', 'ghcr.io/acme');
  expect(await registry()).toBe('ghcr.io/acme');
  await bench.fairway('engine', 'start', '--registry', 'none');
  expect(await registry()).toBeNull();
});

it('what names no registry is refused, and not repeated', async () => {
  await using bench = await openWorkbench();
  const run = await bench.fairway(
    'engine',
    'start',
    '--registry',
    `https://anna:${secret}@ghcr.io`,
    '--json',
  );
  expect(run.exitCode).toBe(3);
  expect(run.last).toMatchObject({ problems: [{ code: 'registry-name', where: '--registry' }] });
});
