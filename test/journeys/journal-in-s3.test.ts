import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOwnS3, type OwnS3 } from '../journal/s3-server.ts';
import { expectOnly } from './truth.ts';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

/** Several deployers whose journal is in a bucket: they have nothing else in common. */
let server: OwnS3;
let bench: Workbench;

beforeAll(async () => {
  server = await startOwnS3('acme');
  bench = await openWorkbench({
    engine: '--minute-ms 8000',
    env: {
      ...server.env,
      SHOP_PAUSE: '30',
      SHOP_JOURNAL: 's3://acme/fairway',
      SHOP_BUILD: 'node build.mjs && while [ -e hold ]; do sleep 0.1; done',
    },
  });
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
});
afterAll(async () => {
  try {
    await bench[Symbol.asyncDispose]();
  } finally {
    await server.end();
  }
});

describe('of several deployers at once', () => {
  test('one wins; the others are refused with its name; who waits comes after it', async () => {
    await bench.release('2');
    await writeFile(join(bench.shop, 'hold'), '');
    const winner = bench.start(['deploy', '--json']);
    await winner.event({ type: 'deployment.started' });
    const others = Array.from({ length: 10 }, () => bench.fairway('deploy', '--json'));
    const waiting = bench.fairway('deploy', '--wait', '200', '--json');
    const { pid } = winner.child;
    for (const { last, exitCode, events } of await Promise.all(others)) {
      expect({ exitCode, events }).toEqual({ exitCode: 3, events: [] });
      expect(last).toMatchObject({ verdict: 'refused', cause: { code: 'lease-held' } });
      expect(JSON.stringify(last['problems'])).toContain(`process ${pid}, \`deploy local\`, since `);
    }
    const status = await bench.fairway('status', '--json');
    expect(status.last).toMatchObject({ lease: { purpose: 'deploy local' }, unfinished: null });
    await rm(join(bench.shop, 'hold'));
    const won = await winner.done;
    expect(won.last, brief(won)).toMatchObject({ verdict: 'succeeded' });
    expect((await waiting).last).toMatchObject({ verdict: 'nothing-to-do' });
    await expectOnly(bench, '2');
  });
});

describe('a deployer that was killed', () => {
  test('is followed at once, from what the bucket says', async () => {
    await bench.release('3');
    const killed = await bench.fairwayDyingAt({ type: 'barrier.reached', barrier: 'A' }, 'deploy', '--json');
    expect(killed.events.at(-1)).toMatchObject({ type: 'barrier.reached' });
    const { lease, unfinished } = (await bench.fairway('status', '--json')).last;
    expect({ lease, unfinished }).toEqual({ lease: null, unfinished: expect.any(String) });
    const resumed = await bench.fairway('resume', '--json');
    expect(resumed.last, brief(resumed)).toMatchObject({ verdict: 'succeeded', deployment: unfinished });
    await expectOnly(bench, '3');
  });
});

describe('a deployer that stood still until its lease ran out', () => {
  test('writes and changes nothing more, and says so; what it left was settled by who took over', async () => {
    await bench.release('3.5');
    const frozen = bench.start(['deploy', '--json'], { SHOP_BAKE: '60' });
    await frozen.event({ type: 'barrier.reached', barrier: 'B' });
    frozen.child.kill('SIGSTOP');
    sixtySecondsPass();
    await bench.release('4');
    const next = await bench.fairway('deploy', '--json');
    expect(next.last, brief(next)).toMatchObject({ verdict: 'succeeded' });
    const written = objects();
    frozen.child.kill('SIGCONT');
    const { last, exitCode } = await frozen.done;
    expect(last).toMatchObject({ verdict: 'needs-attention', exitCode: 5, cause: { code: 'lease-lost' } });
    expect(exitCode).toBe(5);
    expect(objects()).toEqual(written);
    const { deployments } = (await bench.fairway('history', '--json')).last;
    const newest = [deployments].flat().slice(0, 2);
    expect(newest).toMatchObject([{ verdict: 'succeeded' }, { verdict: 'rolled-back' }]);
    await expectOnly(bench, '4');
  });
});

describe('a deployer whose S3 goes away amid a deployment', () => {
  test('does nothing more, says that it is not decided, and what is left is resumed', async () => {
    await bench.release('5');
    const run = bench.start(['deploy', '--json'], { SHOP_BAKE: '20' });
    await run.event({ type: 'barrier.reached', barrier: 'B' });
    await server.stop();
    const { last, exitCode } = await run.done;
    await server.start();
    expect(exitCode).toBe(5);
    expect(last).toMatchObject({ verdict: 'needs-attention', cause: { code: 'interrupted' } });
    expect(JSON.stringify(last['cause'])).toContain('the journal in S3 cannot be reached');
    const resumed = await bench.fairway('resume', '--json');
    expect(resumed.last, brief(resumed)).toMatchObject({ verdict: 'succeeded' });
    await expectOnly(bench, '5');
  });
});

/** For S3, whose clock is the one that counts. */
function sixtySecondsPass(): void {
  const catalog = openCatalog();
  catalog.exec(
    "UPDATE objects SET row = json_set(row, '$.modified', json_extract(row, '$.modified') - 60000)",
  );
  catalog.close();
}

function objects(): readonly unknown[] {
  const catalog = openCatalog();
  try {
    return catalog.prepare('SELECT key, row FROM objects ORDER BY key').all();
  } finally {
    catalog.close();
  }
}

function openCatalog(): DatabaseSync {
  return new DatabaseSync(join(server.folder, 'catalog.db'), { timeout: 10_000 });
}
