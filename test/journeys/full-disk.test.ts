import { appendFile, copyFile, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { homeOf } from '../../src/cli/home.ts';
import { loadEnvironment } from '../../src/cli/session.ts';
import { assemble } from '../../src/cli/tools.ts';
import { deploy } from '../../src/deployment/run.ts';
import type { Outcome } from '../../src/deployment/verdict.ts';
import { openDirectory } from '../../src/journal/directory.ts';
import { writeSnapshot } from '../../src/release/snapshot.ts';
import { removeFolder } from './traces.ts';
import { expectOnly, serving } from './truth.ts';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

/** The disk fills up while a deployment is under way: at the seam where the journal writes. */
let bench: Workbench;
beforeAll(async () => {
  // Pauses that time out after 20 s: a busy machine needs long to reach them all.
  bench = await openWorkbench({ engine: '--minute-ms 4000', env: { SHOP_BAKE: '0.2', SHOP_PAUSE: '5' } });
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
});
afterAll(() => bench[Symbol.asyncDispose]());

test('before services are touched it is refused, and nothing has changed', async () => {
  await bench.release('2');
  const before = await serving(bench);
  await expect(deployUntilFullAt('"release.built"')).rejects.toMatchObject({
    name: 'Refusal',
    problems: [{ code: 'disk-full' }],
  });
  expect(await serving(bench)).toEqual(before);
  await bench.fairway('resume', '--json');
  await expectOnly(bench, '1');
});

test('once services move it needs attention, is left to the time-out of its pauses, and is resumed', async () => {
  await bench.release('3');
  const users = await bench.users();
  const outcome = await deployUntilFullAt('"gate.passed"');
  expect(outcome).toMatchObject({ verdict: 'needs-attention', cause: { code: 'interrupted' } });
  expect(outcome.cause?.what).toContain('no space left to write the journal');
  expect(outcome.cause?.what).toContain('fairway resume');
  await expectOnly(bench, '1', { unfinished: outcome.deployment });
  const resumed = await bench.fairway('resume', '--json');
  expect(resumed.last, brief(resumed)).toMatchObject({ verdict: 'rolled-back' });
  expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
  await expectOnly(bench, '1');
});

test('an image that does not fit is refused, and nothing of it is left', async () => {
  const store = await mkdtemp(join(tmpdir(), 'images-'));
  const config = {
    command: ['node', 'server.mjs'],
    entryPoint: null,
    workingDirectory: '.',
    environment: {},
    stopSignal: null,
  };
  const snapshot = {
    context: bench.shop,
    paths: ['server.mjs', 'worker.mjs'],
    config,
    store,
    searchPath: '',
  };
  const full = writeSnapshot({
    ...snapshot,
    copy: async (from, to) => {
      await copyFile(from, to);
      if (from.endsWith('worker.mjs')) throw noSpace();
    },
  });
  await expect(full).rejects.toMatchObject({
    name: 'Refusal',
    problems: [{ code: 'disk-full', where: store }],
  });
  expect(await readdir(store)).toEqual([]);
  expect(await writeSnapshot(snapshot)).toMatch(/^sha256:/);
  await removeFolder(store);
});

function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

/** A deployment in this process, whose journal finds the disk full when it is to write these words, and ever after. */
async function deployUntilFullAt(words: string): Promise<Outcome> {
  const restore = { ...process.env };
  Object.assign(process.env, bench.env);
  const home = homeOf(bench.env);
  const environment = await loadEnvironment(bench.shop, 'local');
  const tools = await assemble(environment, {
    home,
    report: () => undefined,
    interrupted: new AbortController().signal,
  });
  let full = false;
  const journal = openDirectory({
    folder: home.journal(environment.app, environment.name),
    clock: Date.now,
    alive: () => true,
    write: async (file, text) => {
      full ||= text.includes(words);
      if (full) throw noSpace();
      await appendFile(file, text);
    },
  });
  try {
    return await deploy(
      () => Promise.resolve(environment),
      { ...tools, journal },
      { purpose: 'deploy local', wait: 0 },
    );
  } finally {
    tools.clients.close();
    for (const name of Object.keys(process.env)) if (!(name in restore)) delete process.env[name];
    Object.assign(process.env, restore);
  }
}
