import { expect, test } from 'vitest';
import { expectOnly } from './truth.ts';
import { brief, openWorkbench } from './workbench.ts';

test('an alarm of the description rolls back what fails its users during the bake, and is told', async () => {
  await using bench = await openWorkbench({
    engine: '--minute-ms 3000',
    env: { SHOP_ALARM: 'yes', SHOP_BAKE: '60', SHOP_PAUSE: '1000' },
  });
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });

  const users = await bench.users(50);
  await bench.release('2', 'fails-for-users');
  const run = await bench.fairway('deploy', '--json');
  await users.stop();
  expect(run.last, brief(run)).toMatchObject({
    verdict: 'rolled-back',
    cause: { code: 'engine-rolled-back', what: expect.stringContaining('shop-local-ErrorRate') },
  });
  expect(await bench.get('/')).toEqual({ shop: '1' });
  await expectOnly(bench, '1');

  const planned = await bench.start(['plan', '--json'], { SHOP_ALARM: 'no' }).done;
  expect(planned.last).toMatchObject({ platform: [{ subject: 'alarm ErrorRate when', to: '(unset)' }] });
});
