import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOnly } from './truth.ts';
import { brief, openWorkbench, secret, type Run, type Workbench } from './workbench.ts';

/** What a user can mend is refused before anything is changed, by a code, with what, where and what to do next. */
let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench({ env: { SHOP_BAKE: '0.2' } });
  await bench.release('1');
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('without an engine', () => {
  const descriptions: readonly (readonly [string, string, string, string])[] = [
    ['throws', "throw new Error('no licence');", 'config-throws', 'no licence'],
    ['cannot be read', 'export default {', 'config-syntax', 'fairway.config.ts:1'],
    ['exports nothing', 'const app = 1;', 'no-default-export', 'fairway.config.ts'],
    ['imports what is not there', "import 'none-such';", 'config-import-missing', 'none-such'],
    [
      'has unknown keys',
      "export default { name: 'x', services: { web: { kind: 'web', port: 80, prot: 80, command: 'node x', health: { path: '/' } } } };",
      'unknown-key',
      'services.web.prot',
    ],
  ];

  test.each(descriptions)('a description that %s is refused', async (_, text, code, told) => {
    const folder = await mkdtemp(join(tmpdir(), 'description-'));
    try {
      await writeFile(join(folder, 'fairway.config.ts'), text);
      await expectRefusal(['-C', folder, 'deploy'], code, told);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('no description is refused with one to begin with', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'description-'));
    try {
      const run = await expectRefusal(['-C', folder, 'deploy'], 'no-config', folder);
      expect(run.stdout).toContain('defineApp');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    ['deploy', 'nowhere'],
    ['deploy', '../local'],
    ['deploy', '__proto__'],
    ['status', 'nowhere'],
    ['resume', 'Local'],
  ])('%s %s names an environment that is not described', async (verb, name) => {
    const run = await expectRefusal([verb, name], 'unknown-environment', name);
    expect(run.stdout).toContain('local');
  });

  test('what this version does not act on is refused, not ignored', async () => {
    await expectRefusal(['deploy', 'production'], 'not-yet', 'environments.production.approvals');
  });

  test('nothing runs, so there is no log', async () => {
    await expectRefusal(['logs', 'web'], 'nothing-runs', 'local');
  });
});

describe('before anything is changed', () => {
  test('a secret without a value is refused by name', async () => {
    const dotenv = join(bench.shop, '.env');
    const text = await readFile(dotenv, 'utf8');
    await writeFile(dotenv, '');
    const run = await bench.fairway('deploy', '--json');
    await writeFile(dotenv, text);
    expectTold(run, 'value-missing', 'SHOP_SECRET');
    await expectNothingDeployed();
  });

  test('a port that is taken is refused', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(bench.port, '127.0.0.1', resolve));
    const run = await bench.fairway('deploy', '--json');
    await new Promise((resolve) => server.close(resolve));
    expectTold(run, 'port-taken', `port ${bench.port}`);
    expectTold(run, 'port-taken', 'environments.local.ports.public');
    expect((await bench.fairway('status', '--json')).last).toMatchObject({ address: null });
    await expectNothingDeployed();
  });

  test('a build command that is not there is refused', async () => {
    const run = await bench.start(['deploy', '--json'], { SHOP_BUILD: 'no-such-builder --fast' }).done;
    expectTold(run, 'build-command-missing', 'no-such-builder');
    await expectNothingDeployed();
  });

  test('a build command that is not there is refused without the secret in what was said last', async () => {
    const telling = 'echo "connected with $(cut -d= -f2 .env)"; exit 127';
    const run = await bench.start(['deploy', '--json'], { SHOP_BUILD: telling }).done;
    expectTold(run, 'build-command-missing', 'connected with ***');
    expect(run.stdout).not.toContain(secret);
    await expectNothingDeployed();
  });

  test('a build that leaves nothing to run is refused', async () => {
    await rm(join(bench.shop, 'dist'), { recursive: true, force: true });
    const run = await bench.start(['deploy', '--json'], { SHOP_BUILD: 'true' }).done;
    expectTold(run, 'nothing-built', 'dist');
    await expectNothingDeployed();
  });

  async function expectNothingDeployed(): Promise<void> {
    const status = await bench.fairway('status', '--json');
    expect(status.last).toMatchObject({
      services: { web: { kind: 'absent' }, worker: { kind: 'absent' } },
      lease: null,
      unfinished: null,
    });
  }
});

describe('with a release that runs', () => {
  beforeAll(async () => {
    const first = await bench.fairway('deploy', '--json');
    expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
  });

  test.each([
    ['logs', ['logs', 'shipping']],
    ['logs --store', ['logs', '--store', 'db']],
    ['render --service', ['render', '--service', 'shipping']],
  ])('%s of what is not described is refused', async (_, words) => {
    const run = await bench.fairway(...words, '--json');
    expectTold(run, 'unknown-service', String(words.at(-1)));
  });

  test('an engine of another version is refused by both versions, and left alone', async () => {
    const file = join(bench.home, 'engine', 'engine.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/"version":"[^"]+"/, '"version":"0.0.7"'));
    await bench.release('2');
    const deploy = await bench.fairway('deploy', '--json');
    const down = await bench.fairway('down', '--all', '--json');
    await writeFile(file, text);
    expectTold(deploy, 'engine-version', '0.0.7');
    expectTold(down, 'engine-version', '0.0.7');
    await expectOnly(bench, '1');
  });

  test('a lease held on another machine is refused until it runs out; then it is taken over', async () => {
    const lease = join(bench.home, 'journal', 'shop', 'local', 'lease');
    const epochs = (await readdir(lease)).map((name) => Number.parseInt(name, 10));
    const file = join(lease, `${Math.max(...epochs) + 1}.json`);
    const holder = {
      who: 'bob@elsewhere',
      host: 'elsewhere',
      pid: 1,
      startTime: '',
      purpose: 'deploy local',
    };
    const since = Date.now();
    const held = { holder, since, expiresAt: since + 60_000, released: false };
    await writeFile(file, JSON.stringify(held));
    const refused = await bench.fairway('deploy', '--json');
    expectTold(refused, 'lease-held', 'bob@elsewhere');
    expect(refused.stdout).toContain('elsewhere, process 1, `deploy local`, since ');
    await expectTruth('1', { lease: { by: 'bob@elsewhere' } });

    await writeFile(file, JSON.stringify({ ...held, expiresAt: Date.now() - 1 }));
    await bench.release('2');
    const taken = await bench.fairway('deploy', '--json');
    expect(taken.last, brief(taken)).toMatchObject({ verdict: 'succeeded' });
    await expectOnly(bench, '2');
  });

  test('a journal whose last line is torn is repaired, and that is said', async () => {
    await bench.release('3');
    await bench.fairwayDyingAt({ type: 'barrier.reached', barrier: 'A' }, 'deploy', '--json');
    await appendFile(await newestJournal(), '{"seq":99,"at":17');
    const resumed = await bench.fairway('resume', '--json');
    expect(resumed.events[0]).toEqual({ type: 'journal.repaired', droppedBytes: 17 });
    expect(resumed.last, brief(resumed)).toMatchObject({ verdict: 'succeeded' });
    expect(await readFile(await newestJournal(), 'utf8')).not.toContain('"seq":99');
    await expectOnly(bench, '3');
  });

  test('a journal that is damaged before its end is refused by file and line, and left alone', async () => {
    const file = await newestJournal();
    const text = await readFile(file, 'utf8');
    const lines = text.split('\n');
    await writeFile(file, [lines[0], lines[1]?.slice(0, 20), ...lines.slice(2)].join('\n'));
    const deploy = await bench.fairway('deploy', '--json');
    const history = await bench.fairway('history', '--json');
    await writeFile(file, text);
    expectTold(deploy, 'journal-damaged', `${file}:2`);
    expectTold(history, 'journal-damaged', `${file}:2`);
    await expectOnly(bench, '3');
  });

  async function newestJournal(): Promise<string> {
    const folder = join(bench.home, 'journal', 'shop', 'local', 'deployments');
    return join(folder, (await readdir(folder)).toSorted().at(-1) ?? '');
  }

  async function expectTruth(version: string, status: object): Promise<void> {
    expect(await bench.get('/')).toEqual({ shop: version });
    expect((await bench.fairway('status', '--json')).last).toMatchObject(status);
  }
});

/** Refused as JSON and for people, with nothing made anywhere. */
async function expectRefusal(words: readonly string[], code: string, told: string): Promise<Run> {
  const home = join(bench.folder, 'empty-home');
  await mkdir(home, { recursive: true });
  const run = await bench.start([...words, '--json'], { FAIRWAY_HOME: home }).done;
  expectTold(run, code, told);
  const plain = await bench.start(words, { FAIRWAY_HOME: home }).done;
  expect(plain.exitCode).toBe(3);
  expect(plain.stderr).toMatch(/^✗ /);
  expect(plain.stderr).toContain('  next  ');
  expect(plain.stdout).toBe('');
  expect((await readdir(home)).filter((name) => name !== 'compiled')).toEqual([]);
  return run;
}

function expectTold(run: Run, code: string, told: string): void {
  expect(run.last, brief(run)).toMatchObject({
    verdict: 'refused',
    exitCode: 3,
    cause: { code },
    problems: [{ code }],
  });
  expect(run.exitCode).toBe(3);
  expect(JSON.stringify(run.last['problems'])).toContain(told);
}
