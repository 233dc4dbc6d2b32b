import * as fc from 'fast-check';
import { defaultAssumptions } from '../../../src/engine/deployments/behaviours.ts';
import type {
  Assumptions,
  DeploymentStrategy,
  LifecycleStage,
  PauseHook,
} from '../../../src/engine/deployments/machine.ts';
import { pauseStages } from '../../../src/engine/deployments/stages.ts';
import type { Fate, Traits } from '../../simulation/fleet.ts';

/** Limits short enough for a story to end, long enough for a healthy one to get through. Milliseconds. */
export const limits = { stageLimitMs: 120_000, deploymentLimitMs: 900_000, recoveryLimitMs: 60_000 };

export const assumptionsArbitrary: fc.Arbitrary<Assumptions> = fc.record({
  continueDelayMs: fc.constantFrom(0, 0, 1500, 20_000),
  firstDeploymentPauses: fc.boolean(),
  breakerCoversBlueGreen: fc.boolean(),
  alarmsSeenWhilePaused: fc.boolean(),
  unreportedStages: fc.constantFrom<(readonly LifecycleStage[])[]>(
    [],
    ['PRE_PRODUCTION_TRAFFIC_SHIFT'],
    ['SCALE_UP', 'BAKE_TIME'],
  ),
  headlessTrafficStages: fc.boolean(),
  deadGreenRollsBack: fc.boolean(),
  stageLimitMs: fc.constant(limits.stageLimitMs),
  deploymentLimitMs: fc.constant(limits.deploymentLimitMs),
  recoveryLimitMs: fc.constant(limits.recoveryLimitMs),
});

export const plainAssumptions: Assumptions = { ...defaultAssumptions, ...limits };

const bake = fc.constantFrom(0, 3000, 15_000);

export const strategyArbitrary: fc.Arbitrary<DeploymentStrategy> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('BLUE_GREEN' as const), bakeMs: bake }) },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        kind: fc.constant('ROLLING' as const),
        minimumHealthyPercent: fc.constantFrom(0, 50, 100),
        maximumPercent: fc.constantFrom(100, 150, 200),
        bakeMs: bake,
      },
      { requiredKeys: ['kind', 'minimumHealthyPercent', 'maximumPercent'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('ROLLING' as const),
      minimumHealthyPercent: fc.constantFrom(0, 50),
      maximumPercent: fc.constantFrom(100, 150, 200),
      bakeMs: bake,
      earlySuccess: fc.record({
        healthyPercent: fc.constantFrom(50, 75, 100),
        cleanup: fc.constantFrom('BLOCKING' as const, 'DEFERRED' as const),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('LINEAR' as const),
      stepPercent: fc.constantFrom(33.3, 40, 100),
      stepBakeMs: fc.constantFrom(0, 4000),
      bakeMs: bake,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('CANARY' as const),
      canaryPercent: fc.constantFrom(5, 0.1, 100),
      canaryBakeMs: fc.constantFrom(0, 4000),
      bakeMs: bake,
    }),
  },
);

export const hookArbitrary: fc.Arbitrary<PauseHook> = fc.record({
  stages: fc.subarray([...pauseStages], { minLength: 1, maxLength: 2 }),
  timeoutMs: fc.constantFrom(10_000, 60_000),
  timeoutAction: fc.constantFrom('ROLLBACK' as const, 'CONTINUE' as const),
});

const fateArbitrary: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fate>({ kind: 'good' }) },
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'never-healthy' }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('exits' as const), afterMs: fc.constantFrom(0, 5000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('flaps' as const), everyMs: fc.constantFrom(700, 4000) }),
  },
);

/** Whatever a revision does, it may get over it. */
export const traitsArbitrary: fc.Arbitrary<Traits> = fc.record({
  startMs: fc.constantFrom(0, 900, 4000),
  healthMs: fc.constantFrom(0, 1100, 5000),
  fate: fateArbitrary,
  until: fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: null }),
  deaths: fc.array(fc.integer({ min: 0, max: 80_000 }), { maxLength: 3 }),
});
