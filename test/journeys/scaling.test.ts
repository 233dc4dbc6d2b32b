import { DescribeScalingActivitiesCommand } from '@aws-sdk/client-application-auto-scaling';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clients } from '../../src/ecs/clients.ts';
import { engineOf } from './truth.ts';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

/**
 * A shop that scales with its requests. A minute of the engine is a second here: three minutes above the target bring
 * another task, fifteen below it take one away.
 */
let bench: Workbench;
let engine: Clients;
const perTask = 10;

beforeAll(async () => {
  // A pause lasts in minutes of this engine as long as in others.
  const env = { SHOP_BAKE: '0', SHOP_PAUSE: '300' };
  bench = await openWorkbench({ engine: '--minute-ms 1000', env });
  const config = join(bench.shop, 'fairway.config.ts');
  const text = await readFile(config, 'utf8');
  await writeFile(
    config,
    text.replace('port: 8000,', `port: 8000, scale: { min: 1, max: 2, requestsPerTask: ${perTask} },`),
  );
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
  engine = await engineOf(bench);
});
afterAll(async () => {
  engine.close();
  await bench[Symbol.asyncDispose]();
});

/** What was done to the count of the shop, oldest first. */
async function activities(): Promise<readonly string[]> {
  const autoscaling = await engine.autoscaling();
  const query = { ServiceNamespace: 'ecs', ResourceId: 'service/shop-local/web' } as const;
  const { ScalingActivities = [] } = await autoscaling.send(new DescribeScalingActivitiesCommand(query));
  return ScalingActivities.map(({ Description = '' }) => Description).toReversed();
}

/** Until the engine runs so many tasks of the shop and no others; the journey's own time-out is the deadline. */
async function untilRunning(count: number): Promise<void> {
  for (;;) {
    const { services } = await engine.ecs.send(
      new DescribeServicesCommand({ cluster: 'shop-local', services: ['web'] }),
    );
    if (services?.[0]?.desiredCount === count && services[0].runningCount === count) return;
    await pause(50);
  }
}

const out = 'Setting desired count to 2.';
const back = 'Setting desired count to 1.';

describe('a shop that scales with its requests', () => {
  test('gets another task under load, keeps it through a deployment, and gives it back, and no request fails', async () => {
    expect(await activities()).toEqual([]);

    const crowd = await bench.users(6 * perTask);
    await untilRunning(2);
    expect(await activities()).toEqual([out]);
    expect((await bench.fairway('plan')).stdout).toContain('Nothing to do');
    const byHand = await bench.fairway('scale', 'web', '2');
    expect(byHand.stdout, byHand.stderr).toContain('web runs 2 tasks');
    expect(byHand.stdout).toContain('web scales by itself');
    expect((await bench.fairway('scale', 'web', '3', '--json')).last).toMatchObject({
      problems: [{ code: 'count-beyond-bounds', where: 'services.web.scale' }],
    });
    await bench.release('2');
    const second = await bench.fairway('deploy', '--json');
    expect(second.last, brief(second)).toMatchObject({ verdict: 'succeeded' });
    expect(await bench.get('/')).toEqual({ shop: '2' });
    await untilRunning(2);
    // Had the deployment set it, it would have been scaled out again.
    expect(await activities()).toEqual([out]);
    expect(await crowd.stop()).toMatchObject({ failed: 0 });

    const few = await bench.users(perTask / 5);
    await untilRunning(1);
    expect(await activities()).toEqual([out, back]);
    expect(await few.stop()).toMatchObject({ failed: 0 });
    expect((await bench.fairway('deploy', '--json')).last).toMatchObject({ verdict: 'nothing-to-do' });
  }, 300_000);

  test('follows changed bounds and targets, which plan tells, without a deployment of any service', async () => {
    const config = join(bench.shop, 'fairway.config.ts');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('scale: { min: 1, max: 2,', 'scale: { min: 3, max: 4,'));
    const told = [
      { subject: 'web scale.min', from: '1', to: '3' },
      { subject: 'web scale.max', from: '2', to: '4' },
    ];
    const plan = await bench.fairway('plan', '--json');
    expect(plan.last).toMatchObject({
      services: [{ change: 'none' }, { change: 'none' }],
      platform: expect.arrayContaining(told),
    });
    const run = await bench.fairway('deploy', '--json');
    expect(run.last, brief(run)).toMatchObject({ verdict: 'succeeded', deployment: null });
    await untilRunning(3);
    expect((await bench.fairway('deploy', '--json')).last).toMatchObject({ verdict: 'nothing-to-do' });
  });
});
