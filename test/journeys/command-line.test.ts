import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePair } from '../ports.ts';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

/** What every verb says of itself, what it prints for programs, and what it does with words it does not know. */
let bench: Workbench;
const verbs = [
  'check',
  'doctor',
  'plan',
  'render',
  'deploy',
  'status',
  'history',
  'logs',
  'metrics',
  'scale',
  'secrets',
  'rollback',
  'resume',
  'down',
];

beforeAll(async () => {
  bench = await openWorkbench({ env: { SHOP_BAKE: '0' } });
  await bench.release('1');
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('fairway', () => {
  test('--help names every verb, and every verb has its own', async () => {
    const help = await bench.fairway('--help');
    expect(help.exitCode).toBe(0);
    for (const verb of verbs) {
      expect(help.stdout).toContain(`  ${verb} `);
      const own = await bench.fairway(verb, '--help');
      expect(own, verb).toMatchObject({ exitCode: 0, stderr: '' });
      expect(own.stdout).toContain(`Usage: fairway ${verb}`);
      if (verb !== 'secrets') expect(own.stdout).toContain('--json');
    }
    for (const verb of ['list', 'set']) {
      const own = await bench.fairway('secrets', verb, '--help');
      expect(own, verb).toMatchObject({ exitCode: 0, stderr: '' });
      expect(own.stdout).toContain(`Usage: fairway secrets ${verb}`);
      expect(own.stdout).toContain('--json');
    }
  });

  test('--version prints it', async () => {
    const { exitCode, stdout } = await bench.fairway('--version');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('keeps what Node compiled where only this user writes', async () => {
    const shared = join(bench.folder, 'shared');
    await mkdir(shared);
    await bench.start(['--version'], { TMPDIR: shared }).done;
    expect(await readdir(shared)).toEqual([]);
    for (const folder of [bench.home, join(bench.home, 'compiled')])
      expect((await stat(folder)).mode & 0o022).toBe(0);
    expect(await readdir(join(bench.home, 'compiled'))).not.toEqual([]);
  });

  test('does without it where the home cannot be written', async () => {
    const file = join(bench.folder, 'no-folder');
    await writeFile(file, '');
    const run = await bench.start(['--version'], { FAIRWAY_HOME: file }).done;
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test.each([
    [['depoly']],
    [['deploy', '--now']],
    [['deploy', 'local', 'production']],
    [['deploy', '--wait', 'soon']],
    [['history', '--limit', '0']],
    [['logs', '--lines', 'all']],
    [['metrics', '--minutes', '0']],
    [['scale', 'web']],
    [['secrets', 'set']],
    [['secrets', 'lits']],
    [[]],
  ])('%j is no command line, and ends with 64', async (words) => {
    const run = await bench.fairway(...words);
    expect(run.exitCode).toBe(64);
    expect(run.stdout).toBe('');
    expect(run.stderr).not.toBe('');
  });

  test('prints one JSON document for each verb that reads', async () => {
    const before = ['check', 'plan', 'render', 'status', 'history'];
    for (const verb of before) expectDocument(verb, await bench.fairway(verb, '--json'));
    expectDocument('secrets list', await bench.fairway('secrets', 'list', '--json'));
  });

  test('says beside what it renders what only the hand-over knows', async () => {
    const local = await bench.fairway('render', '--json', '--service', 'web');
    expectDocument('render', local);
    expect(local.stdout).toContain('"<secret:shop#token of the platform>"');
    expect(local.stderr).toContain('<… of the platform>');
    const production = await bench.fairway('render', 'production', '--json', '--service', 'web');
    expectDocument('render', production);
    expect(production.stdout).toContain(
      '"arn:aws:secretsmanager:eu-west-1:<account>:secret:shop-??????:token::"',
    );
    expect(production.stderr.match(/six characters/g)).toHaveLength(1);
    const worker = await bench.fairway('render', '--json', '--service', 'worker');
    expect(worker.stderr).toBe('');
  });

  test('prints one event a line where it streams, and the verdict last', async () => {
    const run = await bench.fairway('deploy', '--json');
    expect(run.exitCode, brief(run)).toBe(0);
    expect(run.lines).toHaveLength(run.stdout.split('\n').length);
    const seqs = run.lines.slice(0, -1).map((line) => line['seq']);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(run.last).toMatchObject({
      verdict: 'succeeded',
      exitCode: 0,
      cause: null,
      timeline: expect.any(Array),
    });
    for (const verb of ['plan', 'status', 'history', 'logs', 'metrics', 'rollback', 'resume'])
      expectDocument(verb, await bench.fairway(verb, '--json'));
  });

  test('tells people the same in words', async () => {
    await bench.release('2');
    const deploy = await bench.fairway('deploy');
    expect(deploy).toMatchObject({ exitCode: 0, stderr: '' });
    expect(deploy.stdout).toContain('✓ succeeded');
    expect(deploy.stdout).toContain(`open http://127.0.0.1:${bench.port}`);
    expect((await bench.fairway('plan')).stdout).toContain('Nothing to do: what runs is what is wanted.');
    const { release } = (await bench.fairway('status', '--json')).last;
    expect((await bench.fairway('history', '--json')).last).toMatchObject({
      deployments: [{ release, verdict: 'succeeded' }, {}],
    });
    const status = await bench.fairway('status');
    expect(status.stdout).toContain(`shop in local, release ${String(release)}, schema at 0007\n`);
    expect(status.stdout).toContain('1 of 1 running');
    expect((await bench.fairway('history')).stdout).toContain('succeeded');
    expect((await bench.fairway('logs', 'web')).stdout).toMatch(/ web +[0-9a-f]{8} shop 2 listens/);
    expect((await bench.fairway('logs', 'worker', '--lines', '1')).stdout.split('\n')).toHaveLength(1);
  });

  test('plans and does the move of the public port, and says where the app is now', async () => {
    const [moved, untouched] = [await freePair(), await bench.fairway('status', '--json')];
    const config = join(bench.shop, 'fairway.config.ts');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('ports: { public: port,', `ports: { public: ${moved},`));
    const move = { subject: 'public port', from: String(bench.port), to: String(moved) };
    expect((await bench.fairway('plan', '--json')).last).toMatchObject({ platform: [move] });
    const plan = await bench.fairway('plan');
    expect(plan.stdout).toContain(`public port: ${bench.port} → ${moved}`);
    expect(plan.stdout).not.toContain('Nothing to do');
    expect((await bench.fairway('status')).stdout).toContain(`open http://127.0.0.1:${bench.port}`);

    const deploy = await bench.fairway('deploy');
    expect(deploy).toMatchObject({ exitCode: 0, stderr: '' });
    expect(deploy.stdout).toContain(`public port: ${bench.port} → ${moved}`);
    expect(deploy.stdout).toContain(`open http://127.0.0.1:${moved}`);
    expect(await (await fetch(`http://127.0.0.1:${moved}`)).json()).toEqual({ shop: '2' });
    await expect(bench.get('/')).rejects.toThrow();
    const status = await bench.fairway('status', '--json');
    expect(status.last['services']).toEqual(untouched.last['services']);
    expect((await bench.fairway('plan', '--json')).last).toMatchObject({ platform: [] });

    await writeFile(config, text);
    expect((await bench.fairway('deploy', '--json')).last).toMatchObject({ verdict: 'succeeded' });
    expect((await bench.fairway('deploy', '--json')).last).toMatchObject({ verdict: 'nothing-to-do' });
  });

  test('asks AWS about an environment on Amazon ECS, and says where there are no credentials', async () => {
    const stranger = { AWS_EC2_METADATA_DISABLED: 'true' };
    for (const words of [
      ['status', 'production'],
      ['plan', 'production'],
      ['logs', '-e', 'production'],
      ['metrics', 'production'],
      ['scale', 'web', '2', '-e', 'production'],
    ]) {
      const run = await bench.start(words, stranger).done;
      expect(run, words.join(' ')).toMatchObject({ exitCode: 3, stdout: '' });
      expect(run.stderr).toContain('AWS credentials');
    }
  });

  test('does on this machine only what it says it does there only', async () => {
    for (const words of [
      ['down', 'production'],
      ['secrets', 'list', 'production'],
      ['secrets', 'set', 'shop#token', 'production'],
    ]) {
      const run = await bench.fairway(...words);
      expect(run).toMatchObject({ exitCode: 3, stdout: '' });
      expect(run.stderr).toContain('not yet: ');
      expect(run.stderr).toContain('environments.production.engine');
    }
    expect(await bench.get('/')).toEqual({ shop: '2' });
  });

  test('names the place on the command line of what it does not know', async () => {
    expect((await bench.fairway('logs', 'nope')).stderr).toContain('the argument of `fairway logs`');
    expect((await bench.fairway('logs', '--store', 'nope')).stderr).toContain('--store');
    expect((await bench.fairway('render', '--service', 'nope')).stderr).toContain('--service');
  });

  test('takes an environment down, and up again', async () => {
    const down = await bench.fairway('down', '--json');
    expectDocument('down', down);
    expect(down.last).toMatchObject({ stopped: ['shop in local'], engine: 'stopped' });
    const again = await bench.fairway('down', '--json');
    expect(again.last).toMatchObject({ stopped: [], engine: 'was not running' });
    const status = await bench.fairway('status', '--json');
    expect(status.last).toMatchObject({ engine: null, services: {}, unfinished: null });
    const deploy = await bench.fairway('deploy', '--json');
    expect(deploy.last, brief(deploy)).toMatchObject({ verdict: 'succeeded' });
    expect(await bench.get('/')).toEqual({ shop: '2' });
  });
});

function expectDocument(verb: string, { stdout, stderr }: { stdout: string; stderr: string }): void {
  expect(() => JSON.parse(stdout), `${verb}: ${stdout} ${stderr}`).not.toThrow();
}
