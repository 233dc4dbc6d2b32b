import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brief, openWorkbench, secret, type Run, type Workbench } from './workbench.ts';

/**
 * The values of secrets on this machine, from `fairway secrets set` to the task. At the end the workbench looks for the
 * value in all that was told, and in every file of Fairway's.
 */
let bench: Workbench;
const second = `${secret}-2`;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const set = (value: string, ...words: readonly string[]): Promise<Run> =>
  bench.start(['secrets', 'set', ...words, '--json'], {}, value).done;

async function listed(): Promise<unknown> {
  return (await bench.fairway('secrets', 'list', '--json')).last['values'];
}

const token = {
  kind: 'secret',
  name: 'shop',
  key: 'token',
  usedBy: [{ service: 'web', variable: 'SHOP_SECRET' }],
};

beforeAll(async () => {
  bench = await openWorkbench({ env: { SHOP_BAKE: '0' } });
  await rm(join(bench.shop, '.env'));
  // A shop that shows which secret it has, and not the secret.
  const file = join(bench.shop, 'server.mjs');
  const text = await readFile(file, 'utf8');
  const shows = "digest: createHash('sha256').update(process.env.SHOP_SECRET).digest('hex')";
  await writeFile(
    file,
    `import { createHash } from 'node:crypto';\n${text.replace('{ shop: version }', `{ shop: version, ${shows} }`)}`,
  );
  // The usual one looks into .env.
  await writeFile(join(bench.shop, 'integration.mjs'), '');
  await bench.release('1');
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('fairway secrets set', () => {
  test.each([
    [['nope'], 'unknown-secret', 'shop#token'],
    [['shop#tokn'], 'unknown-secret', 'did you mean shop#token?'],
    [['SHOP_SECRET'], 'unknown-secret', 'did you mean shop#token?'],
    [['shop'], 'unknown-secret', 'shop#token'],
    [['shop#token', 'local', secret], 'value-on-command-line', 'history of the shell'],
    [['shop#token', secret], 'unknown-environment', 'history of the shell'],
    [[`shop#token=${secret}`], 'value-on-command-line', 'history of the shell'],
    [['shop#token', `--value=${secret}`], 'value-on-command-line', 'history of the shell'],
    [['shop#token', '--value', secret], 'value-on-command-line', 'history of the shell'],
    [['shop#token', '--from-file', 'none'], 'file-unreadable', '--from-file'],
  ])('%j is refused, and nothing is started for it', async (words, code, said) => {
    const run = await set(secret, ...words);
    expect(run, brief(run)).toMatchObject({
      exitCode: 3,
      last: { verdict: 'refused', problems: [{ code }] },
    });
    expect(JSON.stringify(run.last)).toContain(said);
    expect((await bench.fairway('status', '--json')).last).toMatchObject({ engine: null });
  });

  test('refuses what is no value', async () => {
    expect((await set('', 'shop#token')).last).toMatchObject({ problems: [{ code: 'value-empty' }] });
  });

  test('says who wants what, and gives it to those alone', async () => {
    expect(await listed()).toEqual([{ ...token, value: null, version: null, since: null }]);
    const refused = await bench.fairway('deploy', '--json');
    expect(refused.last).toMatchObject({
      problems: [
        { code: 'value-missing', next: expect.stringContaining('`fairway secrets set shop#token`') },
      ],
    });

    const first = await set(`${secret}\n`, 'shop#token');
    expect(first, brief(first)).toMatchObject({
      exitCode: 0,
      last: { verdict: 'succeeded', name: 'shop#token', version: 1, services: ['web'] },
    });
    expect(await listed()).toEqual([
      { ...token, value: 'kept', version: 1, since: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
    const deployed = await bench.fairway('deploy', '--json');
    expect(deployed.last, brief(deployed)).toMatchObject({ verdict: 'succeeded' });
    expect(await bench.get('/')).toEqual({ shop: '1', digest: digest(secret) });
    expect((await set(secret, 'secret:shop#token')).last).toMatchObject({
      verdict: 'nothing-to-do',
      exitCode: 2,
      version: 1,
    });
    expect((await bench.fairway('deploy', '--json')).last).toMatchObject({ verdict: 'nothing-to-do' });
  });

  test('keeps what runs as it is until the next deployment, which plan shows', async () => {
    const file = join(bench.folder, 'token');
    await writeFile(file, second);
    const told = await bench.fairway('secrets', 'set', 'shop#token', '--from-file', file);
    await rm(file);
    expect(told).toMatchObject({ exitCode: 0, stderr: '' });
    expect(told.stdout).toContain(
      'shop#token has a new value, version 2; `fairway deploy local` gives it to web',
    );
    expect(await bench.get('/')).toEqual({ shop: '1', digest: digest(secret) });
    const plan = await bench.fairway('plan', '--json');
    expect(plan.last).toMatchObject({
      services: [
        {
          service: 'web',
          change: 'update',
          differences: [expect.stringMatching(/SHOP_SECRET: .*\/1 → .*\/2$/)],
        },
        { service: 'worker', change: 'none' },
      ],
    });
    const deployed = await bench.fairway('deploy', '--json');
    expect(deployed.last, brief(deployed)).toMatchObject({ verdict: 'succeeded' });
    expect(await bench.get('/')).toEqual({ shop: '1', digest: digest(second) });
    expect((await bench.fairway('secrets', 'list')).stdout).toMatch(
      /secret +shop#token +kept, version 2 since \d{4}-\d\d-\d\d \d\d:\d\d UTC +web\.SHOP_SECRET/,
    );
  });

  test('keeps the value of before for the way back to it', async () => {
    const back = await bench.fairway('rollback', '--json');
    expect(back.last, brief(back)).toMatchObject({ verdict: 'succeeded' });
    expect(await bench.get('/')).toEqual({ shop: '1', digest: digest(secret) });
    const again = await bench.fairway('deploy', '--json');
    expect(again.last, brief(again)).toMatchObject({ verdict: 'succeeded' });
    expect(await bench.get('/')).toEqual({ shop: '1', digest: digest(second) });
  });

  test('gives way to .env, which wins for what it names', async () => {
    await writeFile(join(bench.shop, '.env'), `SHOP_SECRET=${secret}-3\n`);
    const refused = await set(secret, 'shop#token');
    expect(refused.last, brief(refused)).toMatchObject({
      problems: [{ code: 'value-in-dotenv', where: join(bench.shop, '.env') }],
    });
    expect(await listed()).toMatchObject([{ ...token, value: '.env', version: 2 }]);
    expect((await bench.fairway('plan', '--json')).last).toMatchObject({
      services: [{ service: 'web', change: 'update' }, { change: 'none' }],
    });
    const deployed = await bench.fairway('deploy', '--json');
    expect(deployed.last, brief(deployed)).toMatchObject({ verdict: 'succeeded' });
    expect(await bench.get('/')).toEqual({ shop: '1', digest: digest(`${secret}-3`) });
    await rm(join(bench.shop, '.env'));
    expect((await bench.fairway('deploy', '--json')).last).toMatchObject({ verdict: 'nothing-to-do' });
    expect((await set(second, 'shop#token')).last).toMatchObject({ verdict: 'succeeded', version: 4 });
  });

  test('is struck from what a release says of it, and survives `down`', async () => {
    await bench.release('2', 'exits-at-start');
    const failed = await bench.fairway('deploy', '--json');
    expect(failed.last, brief(failed)).toMatchObject({ verdict: 'rolled-back' });
    expect(failed.stdout).toContain('SHOP_SECRET is ');
    expect((await bench.fairway('logs', 'web')).stdout).toContain('SHOP_SECRET is ');
    await bench.fairway('down', '--all');
    expect(await listed()).toMatchObject([{ ...token, value: 'kept', version: 4 }]);
  });
});
