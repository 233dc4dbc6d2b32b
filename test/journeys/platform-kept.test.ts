import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePair } from '../ports.ts';
import { engineOf, expectOnly, programPids } from './truth.ts';
import { brief, holds, openWorkbench, type Json, type Workbench } from './workbench.ts';

/**
 * Releases that come with another port, other routes, another drain and grace period: these go with the release, or not at
 * all, whoever dies on the way.
 */
type Variables = Readonly<Record<string, string>>;

let bench: Workbench;
/** What the release that serves was described with. */
let described: Variables = {};
let version = '1';

beforeAll(async () => {
  bench = await openWorkbench({ env: { SHOP_BAKE: '0' } });
  await bench.release(version);
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
});
afterAll(() => bench[Symbol.asyncDispose]());

const routes = '/login,/items,/health,/cart,/shop';

async function otherwise(grace: string): Promise<Variables> {
  return { SHOP_PORT: String(await freePair()), SHOP_PATHS: routes, SHOP_DRAIN: '3', SHOP_GRACE: grace };
}

/** What answers at a path of a port: the version, a status, or nobody. */
async function ask(port: string, path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
  if (response === null) return 'nobody';
  return response.ok ? response.json() : response.status;
}

const portOf = (variables: Variables): string => variables['SHOP_PORT'] ?? String(bench.port);

async function grace(): Promise<number | undefined> {
  const clients = await engineOf(bench);
  try {
    const { services } = await clients.ecs.send(
      new DescribeServicesCommand({ cluster: 'shop-local', services: ['web'] }),
    );
    return services?.[0]?.healthCheckGracePeriodSeconds;
  } finally {
    clients.close();
  }
}

/** Users, engine and plan agree that the platform is what the release that serves was described with. */
async function expectPlatform(unwanted: Variables): Promise<void> {
  await expectOnly({ ...bench, port: Number(portOf(described)), get: askServing }, version);
  const path = described['SHOP_PATHS'] === undefined ? '/' : '/shop';
  expect(await ask(portOf(described), path)).toEqual({ shop: version });
  if (portOf(unwanted) !== portOf(described)) expect(await ask(portOf(unwanted), '/shop')).toBe('nobody');
  expect(await grace()).toBe(Number(described['SHOP_GRACE'] ?? 10));
  const plan = await bench.start(['plan', '--json'], described).done;
  expect(plan.last, brief(plan)).toMatchObject({ platform: [] });
}

const askServing = (): Promise<unknown> =>
  ask(portOf(described), described['SHOP_PATHS'] === undefined ? '/' : '/shop');

describe('a release that fails', () => {
  test('at its gates costs no request, and everything is as it was', async () => {
    const other = await otherwise('40');
    const users = await bench.users();
    await bench.release('2', 'smoke-fails');
    const failed = await bench.start(['deploy', '--json'], other).done;
    expect(failed.last, brief(failed)).toMatchObject({ verdict: 'rolled-back' });
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    await expectPlatform(other);
  });

  test.each<[string, Json | null]>([
    ['lives', null],
    ['dies as it decides', { type: 'rollback.decided' }],
    ['dies as the old version serves again', { type: 'stage.entered', service: 'web', stage: 'rolled-back' }],
  ])('once users had its routes gives them back, where its deployer %s', async (_, death) => {
    // On the port of before: the shop breaks for whom comes through it.
    const other = { SHOP_PATHS: routes, SHOP_DRAIN: '3', SHOP_GRACE: '40', SHOP_BAKE: '120' };
    await bench.release('3', 'crashes-in-bake');
    const words = ['deploy', '--json'];
    const run = death === null ? bench.start(words, other) : bench.startDyingAt(death, words, other);
    await run.event({ type: 'barrier.reached', barrier: 'B' });
    expect(await ask(portOf(described), '/')).toBe(404);
    expect(await ask(portOf(described), '/shop')).toEqual({ shop: '3' });
    const ended = await run.done;
    if (death !== null)
      expect(ended.events.at(-1), brief(ended)).toSatisfy((last: Json) => holds(last, death));
    const last = death === null ? ended : await bench.start(['resume', '--json'], other).done;
    expect(last.last, brief(last)).toMatchObject({
      verdict: 'rolled-back',
      cause: { code: 'failed-during-bake' },
    });
    await expectPlatform(other);
  });
});

describe('a release whose deployer is killed at', () => {
  test.each<[string, Json]>([
    ['the judgement of its gates', { type: 'barrier.judged', barrier: 'A' }],
    ['the decision', { type: 'release.committed' }],
    ['its last stage', { type: 'stage.entered', service: 'web', stage: 'successful' }],
  ])('%s comes with all that is described, once it is resumed', async (_, death) => {
    const before = described;
    version = String(Number(version) + 10);
    await bench.release(version);
    described = await otherwise(version);
    const killed = await bench.startDyingAt(death, ['deploy', '--json'], described).done;
    expect(killed.events.at(-1), brief(killed)).toSatisfy((last: Json) => holds(last, death));
    const resumed = await bench.start(['resume', '--json'], described).done;
    expect(resumed.last, brief(resumed)).toMatchObject({ verdict: 'succeeded' });
    await expectPlatform(before);
    const again = await bench.start(['deploy', '--json'], described).done;
    expect(again.last, brief(again)).toMatchObject({ verdict: 'nothing-to-do' });
  });

  test('the decision goes with what is no longer described, once it is resumed', async () => {
    version = '100';
    await bench.release(version);
    described = { ...described, SHOP_WORKER: 'no' };
    const death = { type: 'release.committed' };
    const killed = await bench.startDyingAt(death, ['deploy', '--json'], described).done;
    expect(killed.events.at(-1), brief(killed)).toMatchObject(death);
    const resumed = await bench.start(['resume', '--json'], described).done;
    expect(resumed.last, brief(resumed)).toMatchObject({ verdict: 'succeeded' });
    expect(resumed.events).toContainEqual({ type: 'service.retired', service: 'worker' });
    await expect.poll(() => programPids(bench, 'worker.mjs'), { timeout: 90_000 }).toEqual([]);
    expect(await askServing()).toEqual({ shop: version });
  });
});
