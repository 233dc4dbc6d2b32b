import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../engine/tasks/rig.ts';
import { brief, openWorkbench, secret, type Json, type Started, type Workbench } from './workbench.ts';

/** What a running app tells those who look: its lines as they come, its figures, and another number of tasks at once. */
let bench: Workbench;
/** As long as this file is there, a new task of the worker ends. */
let refuses: string;

beforeAll(async () => {
  // A pause lasts in minutes of this engine as long as in others.
  const env = { SHOP_BAKE: '0', SHOP_PAUSE: '25' };
  bench = await openWorkbench({ engine: '--minute-ms 12000', env });
  refuses = join(bench.folder, 'refuses');
  await writeFile(join(bench.shop, 'worker.mjs'), counting(refuses));
  await bench.release('1');
});
afterAll(() => bench[Symbol.asyncDispose]());

/** A worker whose lines are numbers without a gap, so that a lost or repeated one shows. */
function counting(marker: string): string {
  return `import { existsSync } from 'node:fs';
if (existsSync(${JSON.stringify(marker)})) {
  console.error('no work for another, ' + ${JSON.stringify(secret.slice(0, 5))} + ${JSON.stringify(secret.slice(5))});
  process.exit(9);
}
let count = 0;
const timer = setInterval(() => console.log('tick ' + (count += 1)), 10);
process.on('SIGTERM', () => clearInterval(timer));`;
}

describe('before anything runs', () => {
  test.each([[['metrics']], [['logs', '--follow']], [['scale', 'web', '2']]])(
    '%j is refused',
    async (words) => {
      const run = await bench.fairway(...words, '--json');
      expect(run, brief(run)).toMatchObject({ exitCode: 3, last: { cause: { code: 'nothing-runs' } } });
    },
  );

  test.each([
    [['nope', '2'], 'unknown-service'],
    [['web', '1.5'], 'invalid-count'],
    [['web', 'many'], 'invalid-count'],
    [['web', '5001'], 'invalid-count'],
    [['web', ''], 'invalid-count'],
  ])('scale %j is refused', async (words, code) => {
    const run = await bench.fairway('scale', ...words, '--json');
    expect(run.exitCode, brief(run)).toBe(3);
    expect(run.last).toMatchObject({ verdict: 'refused', exitCode: 3, cause: { code } });
  });
});

describe('a shop that runs', () => {
  beforeAll(async () => {
    const deploy = await bench.fairway('deploy', '--json');
    expect(deploy.exitCode, brief(deploy)).toBe(0);
  });

  test('is followed through new tasks, a killed engine and a deployment, with no line lost or told twice', async () => {
    const following = bench.start(['logs', '--follow', '--lines', '5', '--json']);
    const shown = collected(following);
    await eventually(() => shown().includes('"tick ') || null, 'first lines');

    const scaled = await bench.fairway('scale', 'worker', '2', '--json');
    expect(scaled.exitCode, brief(scaled)).toBe(0);
    expect(scaled.last).toMatchObject({
      verdict: 'succeeded',
      cause: null,
      count: 2,
      before: 1,
      described: 1,
      running: 2,
    });

    await killEngine();
    await bench.release('2');
    const deploying = bench.start(['deploy', '--json']);
    await deploying.event({ type: 'release.built' });
    const second = await bench.fairway('scale', 'web', '2', '--json');
    expect(second, brief(second)).toMatchObject({ exitCode: 3, last: { cause: { code: 'lease-held' } } });
    const deploy = await deploying.done;
    expect(deploy.exitCode, brief(deploy)).toBe(0);
    await eventually(() => shown().includes('shop 2 listens') || null, 'the lines of green');
    // One of before, one more by scaling, and the new revision's.
    const tickers = () =>
      new Set(
        shown()
          .split('\n')
          .slice(0, -1)
          .map((line): Json => JSON.parse(line))
          .flatMap(({ text, task }) => (String(text).startsWith('tick ') ? [task] : [])),
      );
    await eventually(() => tickers().size >= 3 || null, 'ticks of three workers');

    process.kill(pidOf(following), 'SIGINT');
    const run = await following.done;
    expect(run.exitCode, run.stderr).toBe(0);
    const ticks = Map.groupBy(
      run.lines.filter(({ text }) => String(text).startsWith('tick ')),
      ({ task }) => String(task),
    );
    expect(ticks.size).toBeGreaterThanOrEqual(3);
    const [[first = '', earliest = []] = []] = ticks;
    expect(numbersOf(earliest)).toEqual(upwards(numbersOf(earliest)));
    for (const [task, lines] of ticks)
      if (task !== first)
        expect(numbersOf(lines), task).toEqual(numbersOf(lines).map((_, index) => index + 1));
    for (const line of run.lines)
      expect(line).toMatchObject({ service: expect.any(String), at: expect.any(Number) });
    expect((await bench.fairway('status')).stdout).toContain('1 of 1 running');
  });

  test('is followed in words, from its last lines on, by one service alone', async () => {
    const following = bench.start(['logs', 'web', '--follow', '-n', '1']);
    const shown = collected(following);
    await eventually(() => shown().includes('shop 2 listens') || null, 'the last line');
    process.kill(pidOf(following), 'SIGINT');
    const { exitCode, stdout } = await following.done;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^[\d:.]{12} web +[0-9a-f]{8} shop 2 listens$/);
  });

  test('tells its figures, and says what has no data', async () => {
    const idle = await bench.fairway('metrics', '--minutes', '1');
    expect(idle).toMatchObject({ exitCode: 0, stderr: '' });
    for (let request = 0; request < 20; request += 1) await bench.get('/items');
    const services = await eventually(async () => {
      const { last } = await bench.fairway('metrics', '--json');
      const rows = rowsOf(last);
      const [web, worker] = rows;
      // All of the twenty: a sample may be taken in between.
      const counted = Number(web?.['requestsPerSecond']) > 20 / 301;
      return !counted || worker?.['cpu'] == null || worker['memory'] == null ? null : rows;
    }, 'figures');
    expect(services).toMatchObject([
      { service: 'web', errors: 0, tasks: { running: 1, desired: 1 } },
      { service: 'worker', requestsPerSecond: null, errors: null, p99: null, tasks: { running: 1 } },
    ]);
    const [web] = services;
    expect(Number(web?.['p99'])).toBeGreaterThanOrEqual(Number(web?.['p50']));
    expect(Number(web?.['p50'])).toBeGreaterThan(0);
    const table = (await bench.fairway('metrics')).stdout;
    expect(table).toMatch(/^service +requests\/s +errors +p50 +p95 +p99 +CPU +memory +running$/m);
    expect(table).toMatch(/^web .* ms .* % .* 1 of 1$/m);
    expect(table).toMatch(/^worker +- +- +- +- +- .* 1 of 1$/m);
  });

  test('is scaled up and back for its users, and the description counts at the next deployment', async () => {
    const up = await bench.fairway('scale', 'web', '2');
    expect(up, up.stderr).toMatchObject({ exitCode: 0, stderr: '' });
    expect(up.stdout).toContain('✓ succeeded: web runs 2 tasks');
    expect(up.stdout).toContain('the next deployment takes the 1 of the description again');
    expect((await bench.fairway('status')).stdout).toMatch(/web .*2 of 2 running/);
    expect((await bench.fairway('scale', 'web', '2', '--json')).last).toMatchObject({
      verdict: 'nothing-to-do',
      exitCode: 2,
    });
    expect((await bench.fairway('plan')).stdout).toContain('replicas: 2 → 1');
    const down = await bench.fairway('scale', 'web', '1');
    expect(down.stdout).toContain('✓ succeeded: web runs 1 task');
    expect(down.stdout).not.toContain('next deployment');
    expect(await bench.get('/')).toEqual({ shop: '2' });
  });

  test('tells why a count is not reached, and goes back', async () => {
    await writeFile(refuses, '');
    const failed = await bench.fairway('scale', 'worker', '2', '--json');
    expect(failed.exitCode, brief(failed)).toBe(5);
    expect(failed.last).toMatchObject({
      verdict: 'needs-attention',
      cause: {
        code: 'task-exited',
        service: 'worker',
        evidence: [{ kind: 'task', exitCode: 9, lines: ['no work for another, ***'] }],
      },
      count: 2,
    });
    const back = await bench.fairway('scale', 'worker', '1', '--json');
    expect(back.exitCode, brief(back)).toBe(0);
    await rm(refuses);
  });

  test('is not scaled amid a change that was left unfinished, and is once that is settled', async () => {
    await bench.release('3');
    const deploying = bench.start(['deploy', '--json']);
    await deploying.event({ type: 'update.requested' });
    process.kill(pidOf(deploying), 'SIGKILL');
    await deploying.done;
    const amid = await bench.fairway('scale', 'worker', '2', '--json');
    expect(amid, brief(amid)).toMatchObject({
      exitCode: 3,
      last: { verdict: 'refused', cause: { code: 'change-under-way' } },
    });
    const settled = await bench.fairway('resume', '--json');
    expect(settled.exitCode, brief(settled)).toBe(0);
    const after = await bench.fairway('scale', 'worker', '2', '--json');
    expect(after.exitCode, brief(after)).toBe(0);
  });
});

/** As a machine that runs out of memory would. Its watch starts another. */
async function killEngine(): Promise<void> {
  const file = join(bench.home, 'engine', 'engine.json');
  const pid = async (): Promise<number> => {
    const said: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof said === 'object' && said !== null && 'pid' in said ? Number(said.pid) : 0;
  };
  const killed = await pid();
  process.kill(killed, 'SIGKILL');
  await eventually(async () => ((await pid()) === killed ? null : true), 'another engine');
}

/** What a command has printed by now. */
function collected({ child }: Started): () => string {
  let text = '';
  child.stdout?.on('data', (chunk: string | Buffer) => (text += String(chunk)));
  return () => text;
}

function pidOf({ child }: Started): number {
  if (child.pid === undefined) throw new Error('it did not start');
  return child.pid;
}

const numbersOf = (lines: readonly Json[]): readonly number[] =>
  lines.map(({ text }) => Number(String(text).slice('tick '.length)));

/** As many numbers, one after another, from the first on. */
const upwards = ([first = 0, ...rest]: readonly number[]): readonly number[] => [
  first,
  ...rest.map((_, index) => first + index + 1),
];

function rowsOf({ services }: Json): readonly Json[] {
  if (!Array.isArray(services)) return [];
  return services.map((row: unknown) => (typeof row === 'object' && row !== null ? { ...row } : {}));
}
