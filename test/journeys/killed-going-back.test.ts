import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deathbed, killAndResume, named } from './killed-deployer.ts';
import { expectOnly, programPids } from './truth.ts';
import { brief } from './workbench.ts';

/** The deployer dies while it rolls a failing release back, while it returns to an earlier one, and while it migrates. */
const bed = deathbed();

const onTheWayBack = [
  { type: 'gate.failed', gate: 'smoke' },
  { type: 'barrier.judged', barrier: 'A' },
  { type: 'rollback.decided' },
  { type: 'pause.answered', service: 'web', action: 'ROLLBACK' },
  { type: 'pause.answered', service: 'worker', action: 'ROLLBACK' },
  { type: 'stage.entered', service: 'web', stage: 'rolled-back' },
];

describe('a deployer of a failing release that is killed at', () => {
  test.each(onTheWayBack.map(named))(
    '%s leaves what resume rolls back, for its first cause',
    async (_, event) => {
      const resumed = await killAndResume(bed, event, 'smoke-fails');
      expect(resumed).toMatchObject({ verdict: 'rolled-back', exitCode: 4, cause: { code: 'gate-failed' } });
      expect(JSON.stringify(resumed['cause'])).toContain('relation');
    },
  );
});

describe('a deployer that is killed while it migrates', () => {
  const outcomes = [
    ['goes well', 'well', 'rolled-back', 'interrupted', 'before any service was updated'],
    [
      'fails and changed nothing',
      'not at all',
      'rolled-back',
      'interrupted',
      'the schema is at 0007, as before',
    ],
    ['fails half-way', 'badly', 'needs-attention', 'migration-failed', 'was at 0007 and is now at 0008'],
  ] as const;

  test.each(outcomes)(
    'leaves a migration that %s to be waited for, and its end is told',
    async (_, how, verdict, code, told) => {
      const { bench } = bed;
      const go = join(bench.shop, 'go');
      await rm(join(bench.shop, 'schema'), { force: true });
      await bench.release(`slow ${how}`, 'migrates-slowly');
      const run = bench.start(['deploy', '--json']);
      await run.event({ type: 'migration.started' });
      await expect.poll(() => programPids(bench, 'migrate.mjs apply'), { timeout: 90_000 }).toHaveLength(1);
      run.child.kill('SIGKILL');
      await run.done;
      const resuming = bench.start(['resume', '--json']);
      await expect
        .poll(async () => (await bench.fairway('status', '--json')).last['lease'], { timeout: 90_000 })
        .toMatchObject({ purpose: 'resume local' });
      // Whole from the first moment it is there.
      await writeFile(`${go}.new`, how);
      await rename(`${go}.new`, go);
      const resumed = await resuming.done;
      await rm(go);
      expect(resumed.last, brief(resumed)).toMatchObject({ verdict, cause: { code } });
      expect(JSON.stringify(resumed.last['cause'])).toContain(told);
      await expectOnly(bench, String(bed.serves));
    },
  );
});

describe('a return to an earlier release whose deployer is killed at', () => {
  const returning = [
    { type: 'update.requested', service: 'worker' },
    { type: 'barrier.judged', barrier: 'A' },
    { type: 'pause.answered', service: 'web', barrier: 'B' },
  ];

  test.each(returning.map(named))('%s is carried to its end by resume', async (_, event) => {
    const { bench } = bed;
    const from = String(bed.serves);
    bed.serves += 1;
    await bench.release(String(bed.serves));
    const deployed = await bench.fairway('deploy', '--json');
    expect(deployed.last, brief(deployed)).toMatchObject({ verdict: 'succeeded' });
    const users = await bench.users();
    const killed = await bench.fairwayDyingAt(event, 'rollback', '--json');
    expect(killed.events.at(-1), brief(killed)).toMatchObject(event);
    const resumed = await bench.fairway('resume', '--json');
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    expect(resumed.last, brief(resumed)).toMatchObject({ verdict: 'succeeded', exitCode: 0 });
    await expectOnly(bench, from);
    await bench.fairway('rollback', '--to', String(deployed.last['release']), '--json');
    await expectOnly(bench, String(bed.serves));
  });
});
