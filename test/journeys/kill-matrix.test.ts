import { DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  deployUnderFire,
  failedIn,
  failureInWords,
  killInWords,
  killsOf,
  rate,
  startUsers,
  unexcused,
  victims,
  type Ordeal,
  type Toll,
} from './killer.ts';
import { engineOf, truth } from './truth.ts';
import { brief, openWorkbench, type Json, type Workbench } from './workbench.ts';

/**
 * Everybody is killed, one or two at a time, at random moments of deployment after deployment, under a thousand users a
 * second. Longer and elsewhere: `KILL_DEPLOYMENTS=100 KILL_SEED=$RANDOM npm test -- kill-matrix`.
 */
const seed = Number(process.env['KILL_SEED'] ?? 735_318);
const deployments = Number(process.env['KILL_DEPLOYMENTS'] ?? 20);
const plans = killsOf(seed, deployments).map(
  (kills, index) => [index + 1, kills.map(killInWords).join(', '), kills] as const,
);

/** Whole ends: nobody is away for so long that a deployment could not even begin. */
const ends = ['succeeded', 'rolled-back'];

interface Release {
  readonly version: string;
  readonly deployment: string;
  readonly release: string;
  /** Its images, by service. */
  readonly images: unknown;
}

let bench: Workbench;
let serves: Release;
const toll: Record<string, number> = { requests: 0 };

beforeAll(async () => {
  console.log(`KILL_SEED=${seed} KILL_DEPLOYMENTS=${deployments}`);
  bench = await openWorkbench({ env: { SHOP_BAKE: '0.2' } });
  await twoWebTasks();
  await bench.release('0');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
  serves = { version: '0', images: imagesIn([first]), ...(await newest()) };
});
afterAll(async () => {
  console.log(`KILL_SEED=${seed}: ${JSON.stringify(toll)}`);
  await bench[Symbol.asyncDispose]();
});

describe(`with the seed ${seed}, one whole release serves and only the unavoidable is lost`, () => {
  test.each(plans)(
    'in deployment %i, with kill -9 of %s',
    async (number, _, kills) => {
      const version = String(number);
      await bench.release(version);
      const users = startUsers(`http://127.0.0.1:${bench.port}`);
      onTestFinished(async () => void (await users.stop()));
      const ordeal = await deployUnderFire(bench, users, kills);
      await expectEnd(version, ordeal);
      const bill = await users.stop();
      count(ordeal, bill);
      expectExcused(bill);
      expect(await faults()).toEqual([]);
    },
    600_000,
  );

  test.runIf(deployments >= 20)('everybody was killed, and a balancer was missed', () => {
    for (const victim of victims) expect(toll[`${victim}s killed`], victim).toBeGreaterThan(0);
    expect(toll['requests lost by a balancer']).toBeGreaterThan(0);
  });
});

/** The new release or the one before it: every witness says the same, and nothing else is left. */
async function expectEnd(version: string, { runs }: Ordeal): Promise<void> {
  const last = runs.at(-1);
  const story = runs.map(brief).join('\n');
  expect(last?.exitCode, story).toBe(last?.last['exitCode']);
  expect([...ends, 'nothing-to-do'], story).toContain(last?.last['verdict']);
  const [told, status] = await Promise.all([newest(), bench.fairway('status', '--json')]);
  // A deployer that was killed early enough has begun nothing.
  const begun = told.deployment !== serves.deployment;
  if (begun) expect(ends, story).toContain(told.verdict);
  if (last?.last['verdict'] !== 'nothing-to-do') expect(last?.last['verdict'], story).toBe(told.verdict);
  if (begun && told.verdict === 'succeeded') serves = { version, images: imagesIn(runs), ...told };
  else serves = { ...serves, deployment: told.deployment };
  const web = { desired: 2, running: 2, pending: 0, deployments: 1 };
  const worker = { desired: 1, running: 1, pending: 0, deployments: 1 };
  await expect
    .poll(() => truth(bench), { timeout: 60_000, interval: 100, message: story })
    .toEqual({
      serves: { shop: serves.version },
      services: { web, worker },
      tasks: ['shop-local-web', 'shop-local-web', 'shop-local-worker'],
      groups: [
        { weight: 0, targets: [] },
        { weight: 100, targets: ['healthy', 'healthy'] },
      ],
      processes: process.platform === 'linux' ? ['server.mjs', 'server.mjs', 'worker.mjs'] : [],
      lease: null,
      unfinished: null,
    });
  expect(await runningImages(), story).toEqual(serves.images);
  expect(status.last, story).toMatchObject({ release: serves.release, unfinished: null });
}

/** Nothing fails outside the windows of the kills, and within one no more than was open then or came while it was. */
function expectExcused(bill: Toll): void {
  const windows = bill.windows.map((window) => ({ ...window, failed: failedIn(bill, window) }));
  expect(unexcused(bill).slice(0, 20).map(failureInWords), JSON.stringify(windows)).toEqual([]);
  expect(bill.requests).toBeGreaterThan(0);
  for (const { victim, from, to, open, failed } of windows)
    expect(failed, `lost by the ${victim}`).toBeLessThanOrEqual(
      open + Math.ceil((rate * (to - from)) / 1_000) + 1,
    );
}

function count({ killed, runs }: Ordeal, bill: Toll): void {
  const add = (what: string, number: number): void => void (toll[what] = (toll[what] ?? 0) + number);
  add(String(runs.at(-1)?.last['verdict']), 1);
  add('requests', bill.requests);
  for (const victim of killed) add(`${victim}s killed`, 1);
  for (const window of bill.windows) add(`requests lost by a ${window.victim}`, failedIn(bill, window));
}

/** The latest deployment, as history tells it. */
async function newest(): Promise<{
  readonly deployment: string;
  readonly release: string;
  readonly verdict: string;
}> {
  const history = await bench.fairway('history', '--json');
  const { deployments: all } = history.last;
  const [latest = {}]: readonly Json[] = Array.isArray(all) ? all : [];
  const { deployment, release, verdict } = latest;
  return { deployment: String(deployment), release: String(release), verdict: String(verdict) };
}

/** The images that a deployment told to have built, each as often as it is to run. */
function imagesIn(runs: Ordeal['runs']): readonly string[] {
  const built = runs.flatMap(({ events }) => events).find(({ type }) => type === 'release.built');
  const images = new Map(
    Object.entries(built?.['images'] ?? {}).map(([name, image]) => [name, String(image)]),
  );
  return ['web', 'web', 'worker'].map((name) => images.get(name) ?? `no image of ${name}`);
}

/** What the engine says of the tasks themselves, past all that Fairway makes of it. */
async function runningImages(): Promise<readonly string[]> {
  const clients = await engineOf(bench);
  try {
    const cluster = 'shop-local';
    const { taskArns: tasks = [] } = await clients.ecs.send(new ListTasksCommand({ cluster }));
    const described = await clients.ecs.send(new DescribeTasksCommand({ cluster, tasks }));
    return (described.tasks ?? [])
      .flatMap(({ containers }) => containers ?? [])
      .map(({ image }) => image ?? '')
      .toSorted();
  } finally {
    clients.close();
  }
}

/** What the engine and the balancer call faults of their own. */
async function faults(): Promise<readonly string[]> {
  const logs = ['engine.log', 'balancer.log'].map((name) =>
    readFile(join(bench.home, 'engine', name), 'utf8').catch(() => ''),
  );
  return (await Promise.all(logs))
    .flatMap((log) => log.split('\n'))
    .filter((line) => line.includes('"what":"bug"'));
}

/** Of one task alone a kill would be an outage. */
async function twoWebTasks(): Promise<void> {
  const file = join(bench.shop, 'fairway.config.ts');
  const described = await readFile(file, 'utf8');
  const doubled = described.replace('port: 8000,', 'port: 8000,\n      replicas: 2,');
  expect(doubled).not.toBe(described);
  await writeFile(file, doubled);
}
