import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

/** What every verb says of itself, what it prints for programs, and what it does with words it does not know. */
let bench: Workbench;
const verbs = [
  'check',
  'plan',
  'render',
  'deploy',
  'status',
  'history',
  'logs',
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
      expect(own.stdout).toContain('--json');
    }
  });

  test('--version prints it', async () => {
    const { exitCode, stdout } = await bench.fairway('--version');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test.each([
    [['depoly']],
    [['deploy', '--now']],
    [['deploy', 'local', 'production']],
    [['deploy', '--wait', 'soon']],
    [['history', '--limit', '0']],
    [['logs', '--lines', 'all']],
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
    for (const verb of ['plan', 'status', 'history', 'logs', 'rollback', 'resume'])
      expectDocument(verb, await bench.fairway(verb, '--json'));
  });

  test('tells people the same in words', async () => {
    await bench.release('2');
    const deploy = await bench.fairway('deploy');
    expect(deploy).toMatchObject({ exitCode: 0, stderr: '' });
    expect(deploy.stdout).toContain('✓ succeeded');
    expect(deploy.stdout).toContain(`open http://127.0.0.1:${bench.port}`);
    expect((await bench.fairway('plan')).stdout).toContain('Nothing to do: what runs is what is wanted.');
    expect((await bench.fairway('status')).stdout).toContain('1 of 1 running');
    expect((await bench.fairway('history')).stdout).toContain('succeeded');
    expect((await bench.fairway('logs', 'web')).stdout).toContain('shop 2 listens');
    expect((await bench.fairway('logs', 'worker', '--lines', '1')).stdout.split('\n')).toHaveLength(1);
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
