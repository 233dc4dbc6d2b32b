import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOnly, imagesOf, programPids, serving } from './truth.ts';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

/** What was released is kept: nothing to do is nothing done, an edit changes nothing that runs, and going back is exact. */
let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench({ env: { SHOP_BAKE: '0.2' } });
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('before a release stands', () => {
  test.each([
    ['ends at its start', 'exits-at-start', 'task-exited'],
    ['does not pass its gates', 'smoke-fails', 'gate-failed'],
  ] as const)('a first one that %s leaves nothing', async (_, behaviour, cause) => {
    await bench.release('0', behaviour);
    const run = await bench.fairway('deploy', '--json');
    expect(run.last, brief(run)).toMatchObject({
      verdict: 'rolled-back',
      cause: { code: cause },
      running: { web: null, worker: null },
    });
    await expect
      .poll(async () => (await bench.fairway('status', '--json')).last, { timeout: 90_000 })
      .toMatchObject({ services: { web: { kind: 'absent' }, worker: { kind: 'absent' } }, unfinished: null });
    await expect.poll(() => programPids(bench), { timeout: 90_000 }).toEqual([]);
  });

  test('there is nothing to go back to, and nothing to resume', async () => {
    const back = await bench.fairway('rollback', '--json');
    expect(back.exitCode).toBe(3);
    expect(back.last).toMatchObject({ verdict: 'refused', cause: { code: 'no-such-release' } });
    const resumed = await bench.fairway('resume', '--json');
    expect(resumed.last).toMatchObject({ verdict: 'nothing-to-do', exitCode: 2 });
  });
});

describe('a release', () => {
  const releases: {
    release: string;
    images: Readonly<Record<string, string>>;
    running: Readonly<Record<string, string>>;
  }[] = [];

  test('that is deployed again is nothing to do, and touches nothing', async () => {
    await bench.release('1');
    const run = await bench.fairway('deploy', '--json');
    expect(run.last, brief(run)).toMatchObject({ verdict: 'succeeded' });
    const before = await programPids(bench);
    const again = await bench.fairway('deploy', '--json');
    expect(again.exitCode).toBe(2);
    expect(again.lines).toEqual([again.last]);
    expect(again.last).toMatchObject({
      verdict: 'nothing-to-do',
      exitCode: 2,
      cause: null,
      deployment: null,
      running: await serving(bench),
    });
    expect(await programPids(bench)).toEqual(before);
    const { deployments } = (await bench.fairway('history', '--json')).last;
    expect(deployments).toHaveLength(3);
    await remember(String(run.last['release']));
  });

  test('whose build leaves its results among its sources is nothing to do all the same', async () => {
    await rm(join(bench.shop, 'dist'), { recursive: true });
    const before = await serving(bench);
    const everything = { SHOP_SOURCES: 'everything' };
    const rebuilt = await bench.start(['deploy', '--json'], everything).done;
    expect(rebuilt.events).toContainEqual(expect.objectContaining({ type: 'release.built', built: ['web'] }));
    expect(rebuilt.last, brief(rebuilt)).toMatchObject({ verdict: 'nothing-to-do', running: before });
    const again = await bench.start(['deploy', '--json'], everything).done;
    expect(again.last, brief(again)).toMatchObject({ verdict: 'nothing-to-do', deployment: null });
    await expectOnly(bench, '1');
  });

  test('runs on as it was built, whatever happens to its source', async () => {
    await bench.release('edited, not deployed');
    await writeFile(join(bench.shop, 'server.mjs'), 'throw new Error("edited");');
    await writeFile(join(bench.shop, 'dist', 'server.mjs'), 'throw new Error("edited");');
    await writeFile(join(bench.shop, 'dist', 'release.json'), '{"version":"edited"}');
    const [pid] = await programPids(bench, 'server.mjs');
    process.kill(pid ?? 0, 'SIGKILL');
    await expect
      .poll(async () => (await programPids(bench, 'server.mjs')).filter((one) => one !== pid), {
        timeout: 90_000,
      })
      .toHaveLength(1);
    await expect.poll(() => bench.get('/').catch(String), { timeout: 90_000 }).toEqual({ shop: '1' });
    await cp(join(import.meta.dirname, 'shop', 'server.mjs'), join(bench.shop, 'server.mjs'));
    await expectOnly(bench, '1');
  });

  test('before can be returned to, by the very same images, while users come', async () => {
    await deploy('2');
    const users = await bench.users();
    const back = await bench.fairway('rollback', '--json');
    expect(back.last, brief(back)).toMatchObject({
      verdict: 'succeeded',
      exitCode: 0,
      running: releases[0]?.running,
      release: releases[0]?.release,
    });
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    expect(await imagesOf(bench)).toEqual(releases[0]?.images);
    await expectOnly(bench, '1');
  });

  test('of the history can be named, by release or by deployment', async () => {
    await deploy('3');
    const named = await bench.fairway('rollback', '--to', String(releases[0]?.release), '--json');
    expect(named.last, brief(named)).toMatchObject({ verdict: 'succeeded', running: releases[0]?.running });
    await expectOnly(bench, '1');
    const [, , third] = releases;
    const { deployments } = (await bench.fairway('history', '--json')).last;
    const found = /"deployment":"([^"]+)","what":"deploy"[^}]*"release":"RELEASE"/.source.replace(
      'RELEASE',
      third?.release ?? '',
    );
    const id = new RegExp(found).exec(JSON.stringify(deployments))?.[1] ?? '';
    const byDeployment = await bench.fairway('rollback', '--to', id, '--json');
    expect(byDeployment.last, brief(byDeployment)).toMatchObject({
      verdict: 'succeeded',
      running: third?.running,
    });
    expect(await imagesOf(bench)).toEqual(third?.images);
    await expectOnly(bench, '3');
  });

  test('that never was is refused with those that were; one that runs is nothing to do', async () => {
    const unknown = await bench.fairway('rollback', '--to', 'beef', '--json');
    expect(unknown.exitCode).toBe(3);
    expect(unknown.last).toMatchObject({ verdict: 'refused', cause: { code: 'no-such-release' } });
    expect(unknown.stdout).toContain(String(releases[0]?.release));
    const running = await bench.fairway('rollback', '--to', String(releases[2]?.release), '--json');
    expect(running.last).toMatchObject({ verdict: 'nothing-to-do', exitCode: 2 });
    await expectOnly(bench, '3');
  });

  test('that is returned to and no longer healthy is not gone back to', async () => {
    // The image of version 2 is damaged where it lies: the engine refuses to start it.
    const digest = /sha256:([0-9a-f]{64})/.exec(releases[1]?.images['web'] ?? '')?.[1] ?? '';
    const manifest = join(bench.home, 'images', digest, 'image.json');
    const whole = await readFile(manifest, 'utf8');
    await writeFile(manifest, whole.replace('dist/server.mjs', 'dist/none.mjs'));
    const users = await bench.users();
    const back = await bench.start(['rollback', '--to', String(releases[1]?.release), '--json'], {
      SHOP_DEADLINE: '10',
    }).done;
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    expect(back.last, brief(back)).toMatchObject({ verdict: 'rolled-back', exitCode: 4 });
    await expectOnly(bench, '3');
  });

  async function deploy(version: string): Promise<void> {
    await bench.release(version);
    const run = await bench.fairway('deploy', '--json');
    expect(run.last, brief(run)).toMatchObject({ verdict: 'succeeded' });
    await remember(String(run.last['release']));
  }

  async function remember(release: string): Promise<void> {
    releases.push({ release, images: await imagesOf(bench), running: await serving(bench) });
  }
});
