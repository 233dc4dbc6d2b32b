import { describe, expect, test } from 'vitest';
import { deathbed, killAndResume, named } from './killed-deployer.ts';
import { expectOnly } from './truth.ts';
import { brief } from './workbench.ts';

/** The deployer dies while users move, after they have moved, and amid the decision: nobody notices, and `resume` ends it. */
const bed = deathbed();

const fromTheShift = [
  { type: 'pause.answered', service: 'web', barrier: 'A' },
  { type: 'pause.answered', service: 'worker', barrier: 'A' },
  { type: 'stage.entered', service: 'worker', stage: ['SCALE_UP', 'POST_SCALE_UP'] },
  { type: 'traffic.shifted', service: 'web', green: 100 },
  { type: 'stage.entered', service: 'web', stage: 'POST_PRODUCTION_TRAFFIC_SHIFT' },
  { type: 'stage.entered', service: 'worker', stage: 'POST_SCALE_UP' },
  { type: 'barrier.reached', barrier: 'B' },
  { type: 'barrier.judged', barrier: 'B' },
  { type: 'release.committed' },
  { type: 'pause.answered', service: 'web', barrier: 'B' },
  { type: 'pause.answered', service: 'worker', barrier: 'B' },
  { type: 'stage.entered', service: 'web', stage: 'successful' },
];

describe('a deployer that is killed at', () => {
  test.each(fromTheShift.map(named))('%s leaves what resume carries to its end', async (_, event) => {
    expect(await killAndResume(bed, event)).toMatchObject({ verdict: 'succeeded', exitCode: 0, cause: null });
  });

  test('deployment.concluded leaves nothing to resume', async () => {
    const { bench } = bed;
    bed.serves += 1;
    await bench.release(String(bed.serves));
    const killed = await bench.fairwayDyingAt({ type: 'deployment.concluded' }, 'deploy', '--json');
    expect(killed.exitCode, brief(killed)).toBeNull();
    const resumed = await bench.fairway('resume', '--json');
    expect(resumed.last).toMatchObject({ verdict: 'nothing-to-do', exitCode: 2 });
    await expectOnly(bench, String(bed.serves));
  });

  test('the bake leaves what the next deployment settles before it begins its own', async () => {
    const { bench } = bed;
    const users = await bench.users();
    await bench.release(String(bed.serves + 1));
    const atTheBake = { type: 'barrier.reached', barrier: 'B' };
    const killed = await bench.fairwayDyingAt(atTheBake, 'deploy', '--json');
    expect(killed.events.at(-1), brief(killed)).toMatchObject(atTheBake);
    const status = await bench.fairway('status', '--json');
    expect(status.last).toMatchObject({ lease: null, unfinished: expect.any(String) });
    bed.serves += 2;
    await bench.release(String(bed.serves));
    const next = await bench.fairway('deploy', '--json');
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    expect(next.last, brief(next)).toMatchObject({ verdict: 'succeeded' });
    const concluded = next.lines.filter(({ event }) =>
      JSON.stringify(event ?? null).includes('deployment.concluded'),
    );
    expect(concluded).toMatchObject([
      {
        deployment: status.last['unfinished'],
        event: { verdict: 'rolled-back', cause: { code: 'interrupted' } },
      },
      { event: { verdict: 'succeeded' } },
    ]);
    await expectOnly(bench, String(bed.serves));
  });
});
