import { describe, expect, test } from 'vitest';
import { deathbed, killAndResume, named } from './killed-deployer.ts';

/** The deployer dies at every stage before users are on the new version: `resume` brings what it left to a truthful end. */
const bed = deathbed();

const afterScaleUp = ['POST_SCALE_UP', 'TEST_TRAFFIC_SHIFT', 'POST_TEST_TRAFFIC_SHIFT'];
const beforeAnyUpdate = [
  { type: 'deployment.started' },
  { type: 'release.built' },
  { type: 'migration.started' },
  { type: 'migration.finished' },
];
const beforeTheShift = [
  { type: 'rollout.planned' },
  { type: 'update.requested', service: 'web' },
  { type: 'update.requested', service: 'worker' },
  { type: 'stage.entered', service: 'web', stage: ['SCALE_UP', ...afterScaleUp] },
  { type: 'stage.entered', service: 'web', stage: 'POST_TEST_TRAFFIC_SHIFT' },
  { type: 'stage.entered', service: 'worker', stage: 'PRE_SCALE_UP' },
  { type: 'barrier.reached', barrier: 'A' },
  { type: 'gate.passed', gate: 'health' },
  { type: 'gate.passed', gate: 'integration' },
  { type: 'barrier.judged', barrier: 'A' },
];

describe('a deployer that is killed at', () => {
  test.each(beforeAnyUpdate.map(named))('%s leaves the old version, and resume says so', async (_, event) => {
    expect(await killAndResume(bed, event)).toMatchObject({
      verdict: 'rolled-back',
      exitCode: 4,
      cause: { code: 'interrupted' },
    });
  });

  test.each(beforeTheShift.map(named))('%s leaves what resume carries to its end', async (_, event) => {
    expect(await killAndResume(bed, event)).toMatchObject({ verdict: 'succeeded', exitCode: 0, cause: null });
  });
});
