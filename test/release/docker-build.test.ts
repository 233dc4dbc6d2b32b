import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BuildFailed } from '../../src/release/build-run.ts';
import {
  buildDockerImage,
  dockerSource,
  findDockerImage,
  type DockerBuildJob,
} from '../../src/release/docker-build.ts';
import { findDocker } from '../docker/daemon.ts';
import { testImage } from '../docker/image.ts';
import { folder, write } from './folder.ts';

const docker = await findDocker();

/** An app below a folder of its own; `FROM` is put before its Dockerfile. */
async function app(dockerfile: string, files: Readonly<Record<string, string>> = {}) {
  const base = docker === null ? 'scratch' : await testImage(docker);
  const root = folder({ 'app/Dockerfile': `FROM ${base}\n${dockerfile}\n` });
  const context = join(root, 'app');
  write(context, files);
  const job: DockerBuildJob = {
    app: 'shop',
    service: 'web',
    build: {
      kind: 'docker',
      context,
      dockerfile: join(context, 'Dockerfile'),
      repositories: [],
      tagTemplate: '{commit}',
    },
    memory: join(root, 'memory'),
  };
  return { job, context };
}

/** As a deployment does it: only what is not known is built. */
async function buildOnce(job: DockerBuildJob): Promise<{ digest: string; built: boolean }> {
  const found = await findDockerImage(job, await dockerSource(job));
  if (found) return { digest: found.digest, built: false };
  const image = await buildDockerImage(job);
  await image.remember();
  return { digest: image.digest, built: true };
}

const run = (image: string, ...words: string[]): string =>
  execFileSync('docker', ['run', '--rm', '--network', 'none', image, ...words], { encoding: 'utf8' });

describe.skipIf(docker === null)('a build by a Dockerfile', () => {
  it('is done once for what is sent, and again when any of that changes', async () => {
    const { job, context } = await app('COPY src /src', { 'src/a.txt': '1', '.dockerignore': 'notes\n' });
    const first = await buildOnce(job);
    expect(first.built).toBe(true);
    expect(await buildOnce(job)).toEqual({ digest: first.digest, built: false });
    write(context, { notes: 'not sent', '.git/HEAD': 'x', '.fairway/journal': 'x', '.env': 'PASSWORD=x' });
    expect(await buildOnce(job)).toEqual({ digest: first.digest, built: false });
    write(context, { 'src/a.txt': '2' });
    const second = await buildOnce(job);
    expect(second.built).toBe(true);
    expect(second.digest).not.toBe(first.digest);
    write(context, { 'src/a.txt': '1' });
    expect(await buildOnce(job)).toEqual({ digest: first.digest, built: false });
    expect(run(first.digest, 'cat', '/src/a.txt')).toBe('1');
  });

  it('is done again when the image has gone', async () => {
    const { job } = await app(`ENV MARK=${Math.random()}`);
    const { digest } = await buildOnce(job);
    execFileSync('docker', ['rmi', '--force', digest], { stdio: 'ignore' });
    expect((await buildOnce(job)).built).toBe(true);
  });

  it('is named by its id, whatever else its tag comes to mean', async () => {
    const { job } = await app('ENV A=1');
    const image = await buildDockerImage(job);
    expect(image.reference).toBe(`fairway.local/shop/web@${image.digest}`);
    expect(image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('has in its context what Docker would have, but for what is never sent', async () => {
    const ignore = ['*.log', '!keep.log', 'docs/**', '!docs/keep', '**/tmp', '/top', 'a?c', '# *.txt'].join(
      '\n',
    );
    const files = {
      '.dockerignore': ignore,
      'a.txt': '',
      'b.log': '',
      'keep.log': '',
      'deep/b.log': '',
      'docs/x/y': '',
      'docs/keep/z': '',
      'tmp/x': '',
      'deep/tmp/x': '',
      'top/x': '',
      'deep/top/x': '',
      abc: '',
      'deep/abc': '',
      'run.sh': '#!/bin/sh\n',
    };
    const script = `const { readdirSync, statSync } = require('node:fs'); for (const path of readdirSync('/all', { recursive: true }).sort()) console.log(path, (statSync('/all/' + path).mode & 0o777).toString(8))`;
    const { job, context } = await app('COPY . /all', files);
    symlinkSync('a.txt', join(context, 'link'));
    const image = await buildDockerImage(job);
    const idOf = (): string =>
      execFileSync('docker', ['build', '--quiet', context], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    const wanted = run(idOf(), 'node', '-e', script);
    expect(run(image.digest, 'node', '-e', script)).toBe(wanted);
    write(context, { '.env': 'PASSWORD=x', '.git/HEAD': 'x' });
    expect(run((await buildDockerImage(job)).digest, 'node', '-e', script)).toBe(wanted);
    write(context, { '.dockerignore': `${ignore}\n!.env` });
    expect(run((await buildDockerImage(job)).digest, 'node', '-e', script)).toContain('.env 644');
  });

  it('that fails says what the Dockerfile said', async () => {
    const { job } = await app(`RUN ["sh", "-c", "echo about to fail; exit 127"]`);
    const failure = await buildDockerImage(job).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BuildFailed);
    expect(failure).toMatchObject({
      message: expect.stringContaining('docker build'),
      lines: expect.arrayContaining([expect.stringContaining('about to fail')]),
    });
  });
});

describe('a build by a Dockerfile that cannot begin', () => {
  it('is refused where no Docker answers', async () => {
    const { job } = await app('ENV A=1');
    const host = process.env['DOCKER_HOST'];
    const path = process.env['PATH'];
    try {
      process.env['DOCKER_HOST'] = 'unix:///nowhere/docker.sock';
      const next = expect.stringContaining('build by command');
      await expect(buildDockerImage(job)).rejects.toMatchObject({
        problems: [{ code: 'docker-missing', where: expect.stringContaining('services.web.build'), next }],
      });
      expect(await findDockerImage(job, await dockerSource(job))).toBeNull();
      process.env['PATH'] = '/nowhere';
      await expect(buildDockerImage(job)).rejects.toMatchObject({
        problems: [{ code: 'docker-missing', why: expect.stringContaining('PATH'), next }],
      });
    } finally {
      if (host === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = host;
      process.env['PATH'] = path;
    }
  });

  it('is refused where there is no Dockerfile', async () => {
    const { job } = await app('');
    const gone = { ...job, build: { ...job.build, dockerfile: join(job.build.context, 'nothing') } };
    for (const act of [dockerSource(gone), buildDockerImage(gone)])
      await expect(act).rejects.toMatchObject({ problems: [{ code: 'dockerfile-missing' }] });
  });
});
