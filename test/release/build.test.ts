import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BuildFailed } from '../../src/release/build-run.ts';
import {
  buildImage,
  findImage,
  sourceDigest,
  type BuildJob,
  type CommandBuild,
} from '../../src/release/build.ts';
import { eventually } from '../engine/tasks/rig.ts';
import { folder, write } from './folder.ts';

interface App {
  readonly job: BuildJob;
  readonly context: string;
  /** How often it was built. */
  builds(): number;
  /** The image that is remembered for the source as it is now. */
  known(): Promise<string | null>;
}

/** An app that is built by a shell command; each build leaves a mark outside of its folder. */
function app(script = 'mkdir -p dist && cp src/* dist', build: Partial<CommandBuild> = {}): App {
  const root = folder({ 'app/src/server.js': '1', builds: '' });
  const context = join(root, 'app');
  const include = build.include ?? ['dist'];
  const job: BuildJob = {
    app: 'shop',
    service: 'web',
    build: {
      kind: 'command',
      context,
      command: `echo built >> ../builds; ${script}`,
      sources: ['**'],
      ...build,
      include,
    },
    outputs: include,
    command: ['node', 'server.js'],
    stopSignal: 'SIGTERM',
    store: join(root, 'images'),
    memory: join(root, 'memory'),
  };
  return {
    job,
    context,
    builds: () => readFileSync(join(root, 'builds'), 'utf8').split('\n').length - 1,
    known: async () => (await findImage(job, await sourceDigest(job)))?.digest ?? null,
  };
}

/** As a deployment does it: only what is not known is built. */
async function buildOnce({ job }: App): Promise<{ digest: string; remembered: boolean }> {
  const found = await findImage(job, await sourceDigest(job));
  if (found) return { digest: found.digest, remembered: true };
  const image = await buildImage(job);
  return { digest: image.digest, remembered: await image.remember() };
}

describe('a source', () => {
  it('that did not change is not built again, though its results lie beside it', async () => {
    const shop = app();
    const first = await buildOnce(shop);
    expect(first.remembered).toBe(true);
    expect(await buildOnce(shop)).toEqual(first);
    expect(shop.builds()).toBe(1);
  });

  it('that changed is built again, and back again is not', async () => {
    const shop = app(undefined, { sources: ['src'] });
    const first = await buildOnce(shop);
    write(shop.context, { 'src/server.js': '2' });
    const second = await buildOnce(shop);
    expect([shop.builds(), second.digest === first.digest]).toEqual([2, false]);
    write(shop.context, { 'src/server.js': '1' });
    expect(await buildOnce(shop)).toEqual(first);
    expect(shop.builds()).toBe(2);
  });

  it('whose image is gone is built again', async () => {
    const shop = app();
    const { digest } = await buildOnce(shop);
    // As an emptied store leaves it.
    const image = join(shop.job.store, digest.slice('sha256:'.length), 'image.json');
    rmSync(image);
    expect(await shop.known()).toBeNull();
  });

  it('is another one with another command, build, choice of files, or stop signal', async () => {
    const { job } = app();
    const others: readonly BuildJob[] = [
      job,
      { ...job, command: ['node', 'other.js'] },
      { ...job, stopSignal: 'SIGINT' },
      { ...job, service: 'api' },
      { ...job, build: { ...job.build, command: 'make' } },
      { ...job, build: { ...job.build, include: ['out'] } },
    ];
    const digests = await Promise.all(others.map(sourceDigest));
    expect(new Set(digests).size).toBe(others.length);
  });

  it('of nothing to build is the image itself', async () => {
    const shop = app('', { command: null, include: ['src'] });
    const { digest, remembered } = await buildOnce(shop);
    expect([shop.builds(), remembered, await shop.known()]).toEqual([0, true, digest]);
  });
});

describe('a source that is edited while it is built', () => {
  it('is remembered neither as it was nor as it is', async () => {
    const shop = app('mkdir -p dist && cp src/* dist && echo edited > src/server.js', { sources: ['src'] });
    const before = await sourceDigest(shop.job);
    expect(await buildOnce(shop)).toMatchObject({ remembered: false });
    expect(await findImage(shop.job, before)).toBeNull();
    expect(await shop.known()).toBeNull();
  });

  it('is not taken for its results, where all of it is shipped', async () => {
    const shop = app('echo edited > src/server.js', { include: ['**'] });
    expect(await buildOnce(shop)).toMatchObject({ remembered: false });
    expect(await shop.known()).toBeNull();
  });

  it('after its image was taken is not remembered as what was shipped', async () => {
    const shop = app('mkdir -p dist && cp src/* dist', { include: ['dist', 'start.sh'] });
    write(shop.context, { 'start.sh': '1' });
    const image = await buildImage(shop.job);
    write(shop.context, { 'start.sh': '2' });
    expect(await image.remember()).toBe(false);
    expect(await shop.known()).toBeNull();
  });
});

describe('a build', () => {
  it('that fails tells its last lines and its exit code, and nothing is remembered', async () => {
    const shop = app('(for i in $(seq 60); do echo line $i; done; echo wrong) >&2; exit 3');
    const failed = await buildImage(shop.job).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(BuildFailed);
    expect(failed).toMatchObject({ service: 'web', exitCode: 3, command: shop.job.build.command });
    const lines = failed instanceof BuildFailed ? failed.lines : [];
    expect(lines.slice(-2)).toEqual(['line 60', 'wrong']);
    expect(lines).toHaveLength(40);
    expect(await shop.known()).toBeNull();
    expect(existsSync(shop.job.store)).toBe(false);
  });

  it('that fails tells both of its outputs, which come in any order', async () => {
    const shop = app('echo said; echo wrong >&2; exit 3');
    const failed = await buildImage(shop.job).catch((error: unknown) => error);
    const lines = failed instanceof BuildFailed ? failed.lines : [];
    expect(lines.toSorted()).toEqual(['said', 'wrong']);
  });

  it('whose command is not there is refused, with the words of the shell', async () => {
    await expect(buildImage(app('no-such-command --now').job)).rejects.toMatchObject({
      name: 'Refusal',
      problems: [
        {
          code: 'build-command-missing',
          what: expect.stringContaining('no-such-command'),
          where: expect.stringContaining('services.web.build.command'),
        },
      ],
    });
  });

  it('that leaves nothing to run is refused, and so is nothing that was never built', async () => {
    for (const build of [{}, { command: null }])
      await expect(buildImage(app('true', build).job)).rejects.toMatchObject({
        problems: [{ code: 'nothing-built', where: 'services.web.build.include: dist' }],
      });
  });

  it('ships nothing from outside of its folder', async () => {
    const { job } = app('true', { include: ['src', '../builds'] });
    await expect(buildImage(job)).rejects.toMatchObject({ problems: [{ code: 'outside-context' }] });
    expect(existsSync(job.store)).toBe(false);
  });

  it('in a folder that is not there is refused', async () => {
    const { job, context } = app();
    const gone = { ...job, build: { ...job.build, context: join(context, 'gone') } };
    await expect(buildImage(gone)).rejects.toMatchObject({
      problems: [{ code: 'build-folder-missing', where: expect.stringContaining(join(context, 'gone')) }],
    });
  });

  it('that is told to end takes with it all that it started', async () => {
    const shop = app("sh -c 'echo $$ > ../child; exec sleep 60' & wait");
    const controller = new AbortController();
    const building = buildImage(shop.job, controller.signal);
    const failed = expect(building).rejects.toBeInstanceOf(BuildFailed);
    const child = join(shop.context, '../child');
    const pid = await eventually(
      () => (existsSync(child) && Number(readFileSync(child, 'utf8'))) || null,
      'a child of the build',
    );
    controller.abort();
    await failed;
    await eventually(() => !isThere(pid) || null, 'the end of the child');
  });

  it('that was told to end before it began does not begin to build', async () => {
    const shop = app('sleep 60');
    await expect(buildImage(shop.job, AbortSignal.abort())).rejects.toBeInstanceOf(BuildFailed);
    expect(shop.builds()).toBe(0);
  });
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
