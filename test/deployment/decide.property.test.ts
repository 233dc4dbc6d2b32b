import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Barrier } from '../../src/journal/barrier.ts';
import { barriersOf } from '../../src/journal/rollout.ts';
import type { Rollout } from '../../src/journal/rollout.ts';
import { defaultAssumptions } from '../../src/engine/deployments/behaviours.ts';
import type { LifecycleStage } from '../../src/engine/deployments/machine.ts';
import { goodTraits, type Fate, type Traits } from '../simulation/fleet.ts';
import { randomness } from '../simulation/random.ts';
import type { ServiceSetup } from '../simulation/service.ts';
import { createWorld, type World } from '../simulation/world.ts';
import { Crash, createDeployer, stageAt, type Conclusion } from './simulated-deployer.ts';

const minute = 60_000;

const setups: Readonly<Record<string, ServiceSetup>> = Object.fromEntries(
  ['api', 'web', 'worker'].map((name) => [
    name,
    {
      name,
      replicas: 2,
      balanced: name !== 'worker',
      tested: name !== 'worker',
      breaker: { enabled: true, rollback: true, resetOnHealthyTask: true },
      alarms: { rollback: true },
    },
  ]),
);

const assumptionsArbitrary = fc.record({
  continueDelayMs: fc.constantFrom(0, 5000, minute),
  firstDeploymentPauses: fc.boolean(),
  breakerCoversBlueGreen: fc.boolean(),
  alarmsSeenWhilePaused: fc.boolean(),
  unreportedStages: fc.constantFrom<(readonly LifecycleStage[])[]>(
    [],
    ['POST_TEST_TRAFFIC_SHIFT', 'SCALE_UP'],
  ),
  headlessTrafficStages: fc.boolean(),
  deadGreenRollsBack: fc.boolean(),
});

const greenArbitrary: fc.Arbitrary<Traits> = fc.record({
  startMs: fc.constantFrom(500, 4000, 20_000),
  healthMs: fc.constantFrom(0, 2000),
  fate: fc.oneof(
    { weight: 5, arbitrary: fc.constant<Fate>({ kind: 'good' }) },
    { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'never-healthy' }) },
    { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'exits', afterMs: 300 }) },
    { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'flaps', everyMs: 3000 }) },
  ),
  until: fc.option(fc.integer({ min: 0, max: 2 * minute }), { nil: null }),
  deaths: fc.array(fc.integer({ min: 0, max: 4 * minute }), { maxLength: 2 }),
});

const blueArbitrary: fc.Arbitrary<Traits> = fc.record({
  startMs: fc.constant(1000),
  healthMs: fc.constant(1000),
  fate: fc.constant<Fate>({ kind: 'good' }),
  until: fc.constant(null),
  deaths: fc.array(fc.integer({ min: 0, max: 4 * minute }), { maxLength: 1 }),
});

const incidentArbitrary = fc.record({
  at: fc.integer({ min: 0, max: 5 * minute }),
  service: fc.constantFrom('api', 'web', 'worker'),
  what: fc.constantFrom<('update' | 'rollback' | 'abort' | 'alarm' | 'engine killed')[]>(
    'update',
    'rollback',
    'abort',
    'alarm',
    'engine killed',
  ),
});

const judgementArbitrary = fc.record({
  ms: fc.constantFrom(0, 5000, 30_000),
  passes: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});

const rare = fc.constantFrom(0, 0, 0.05, 0.3);

const storyArbitrary = fc.record({
  services: fc.subarray(['api', 'web', 'worker'], { minLength: 1 }),
  fresh: fc.subarray(['api', 'web', 'worker'], { maxLength: 3 }),
  strategy: fc.oneof(
    { weight: 3, arbitrary: fc.constant('blue-green') },
    { weight: 1, arbitrary: fc.constant('rolling') },
    { weight: 1, arbitrary: fc.constant([20, 100]) },
    { weight: 1, arbitrary: fc.constant([33.3, 66.6, 99.9, 100]) },
  ),
  assumptions: assumptionsArbitrary,
  pauseTimeoutMs: fc.constantFrom(minute, 2 * minute, 10 * minute),
  scaleUpDeadline: fc.constantFrom(30_000, 2 * minute),
  green: fc.record({ api: greenArbitrary, web: greenArbitrary, worker: greenArbitrary }),
  blue: fc.record({ api: blueArbitrary, web: blueArbitrary, worker: blueArbitrary }),
  judgements: fc.record({ A: judgementArbitrary, S: judgementArbitrary, B: judgementArbitrary }),
  incidents: fc.array(incidentArbitrary, { maxLength: 2 }),
  faults: fc.record({ lost: rare, unanswered: rare, crash: fc.constantFrom(0, 0, 0.02, 0.1) }),
  /** How long a dead deployer stays dead. */
  downMs: fc.constantFrom(1000, 40_000, 3 * minute),
  staleMs: fc.constantFrom(0, 3000, 10_000),
  missing: rare,
  seed: fc.integer(),
});

type Story = typeof storyArbitrary extends fc.Arbitrary<infer T> ? T : never;

interface Ending {
  readonly world: World;
  readonly rollout: Rollout;
  readonly conclusion: Conclusion | null;
  readonly concludedAt: number;
  readonly lastIntrusion: number;
}

/** Plays a deployment; `diesAt`: the deployer dies then and never comes back. */
function play(story: Story, diesAt: number): Ending {
  const random = randomness(story.seed);
  const traits = new Map<string, Traits>();
  for (const name of ['api', 'web', 'worker'] as const) {
    traits.set(`${name}:1`, story.blue[name]);
    traits.set(`${name}:2`, story.green[name]);
  }
  const world = createWorld({
    assumptions: {
      ...defaultAssumptions,
      stageLimitMs: 20 * minute,
      recoveryLimitMs: 2 * minute,
      ...story.assumptions,
    },
    traitsOf: (definition) => traits.get(definition) ?? goodTraits,
    drainMs: 3000,
    weightLagMs: 2000,
    random,
    staleMs: story.staleMs,
    missing: story.missing,
  });
  for (const name of story.services) {
    const setup = setups[name];
    if (setup) world.have(setup, story.fresh.includes(name) ? null : `${name}:1`);
  }
  const rollout: Rollout = {
    services: story.services.map((service) => ({
      service,
      previous: story.fresh.includes(service) ? null : `${service}:1`,
      target: `${service}:2`,
      pauses: story.strategy !== 'rolling',
      ...(typeof story.strategy === 'string' || story.fresh.includes(service) || service === 'worker'
        ? {}
        : { steps: story.strategy }),
    })),
    scaleUpDeadline: story.scaleUpDeadline,
  };
  const deployer = createDeployer({
    world,
    rollout,
    setups,
    pauseTimeoutMs: story.pauseTimeoutMs,
    judgements: story.judgements,
    faults: story.faults,
    random,
    onContinue: (barrier, record) => {
      allHaveReached(world, rollout, barrier);
      expect(record.judged[barrier]?.cause).toBeNull();
      expect(record.rollback).toBeNull();
      if (barrier === 'B') expect(record.committedAt).not.toBeNull();
    },
  });
  const incidents = story.incidents.toSorted((one, other) => one.at - other.at);
  let lastIntrusion = -Infinity;
  let deadUntil = 0;
  while (world.now() < diesAt) {
    world.tick(500 + Math.floor(random() * 1500));
    for (; incidents[0] && incidents[0].at <= world.now(); incidents.shift())
      if (happen(world, incidents[0])) lastIntrusion = world.now();
    if (world.now() < deadUntil) continue;
    try {
      const conclusion = deployer.turn();
      if (conclusion) return { world, rollout, conclusion, concludedAt: world.now(), lastIntrusion };
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      deadUntil = world.now() + story.downMs;
      deployer.resume();
    }
    if (world.now() > 300 * minute) throw new Error('the deployer comes to no conclusion');
  }
  return { world, rollout, conclusion: null, concludedAt: world.now(), lastIntrusion };
}

/** @returns whether somebody else deployed something */
function happen(world: World, { service, what }: Story['incidents'][number]): boolean {
  const newest = world.deployments(service).at(-1);
  const setup = setups[service];
  switch (what) {
    case 'update':
      // Somebody who deploys after the plan and before our update is not seen as such by the engine's readings.
      if (!world.truth(service) || !setup) return false;
      world.update(setup, {
        target: `${service}:9`,
        strategy: { kind: 'BLUE_GREEN', bakeMs: 0 },
        hooks: [],
      });
      return true;
    case 'rollback':
      if (newest) world.stop(newest.id, 'ROLLBACK');
      return false;
    case 'abort':
      if (newest) world.stop(newest.id, 'ABORT');
      return false;
    case 'alarm':
      world.alarm(service, ['5xx']);
      return false;
    case 'engine killed':
      world.killEngine(20_000);
      return false;
  }
}

/** Each service has been at the barrier, or went through without one. */
function allHaveReached(world: World, rollout: Rollout, barrier: Barrier) {
  for (const rolled of rollout.services) {
    const { service, target } = rolled;
    const setup = setups[service];
    const ours = world.deployments(service).filter((state) => state.target.startsWith(`${target}#`));
    const reached = ours.some(
      ({ id, status }) =>
        status === 'SUCCESSFUL' || (setup && world.hasReached(id, stageAt(setup, there(rolled, barrier)))),
    );
    expect(reached, `${service} has reached barrier ${barrier}`).toBe(true);
  }
}

/** A service without steps waits for the others behind its own shift. */
function there(rolled: Rollout['services'][number], barrier: Barrier): Barrier {
  return barriersOf(rolled).includes(barrier) ? barrier : 'B';
}

function runsOnly(world: World, service: string, definition: string | null) {
  const truth = world.truth(service);
  if (definition === null) return expect(truth).toBeNull();
  expect(truth?.running).toEqual([definition]);
  expect(truth?.serving).toBe(definition);
  if (truth?.traffic) expect(truth.traffic[definition]).toBe(100);
}

describe('what the deployer decides, in a random world', () => {
  it('concludes with what is true once the world has settled', () => {
    fc.assert(
      fc.property(storyArbitrary, (story) => {
        const { world, rollout, conclusion, concludedAt, lastIntrusion } = play(story, Infinity);
        // What somebody else does while nobody can have read it yet is after the conclusion.
        fc.pre(concludedAt - lastIntrusion > story.staleMs);
        world.settle();
        if (conclusion?.verdict === 'needs-attention') return;
        for (const { service, target, previous } of rollout.services)
          runsOnly(world, service, conclusion?.verdict === 'succeeded' ? target : previous);
      }),
      { numRuns: 1500 },
    );
  });

  it('leaves no service half-shifted when the deployer dies for ever', () => {
    fc.assert(
      fc.property(storyArbitrary, fc.integer({ min: 0, max: 6 * minute }), (story, diesAt) => {
        const { world, rollout } = play({ ...story, incidents: [] }, diesAt);
        world.settle();
        for (const { service, target, previous } of rollout.services) {
          const last = world.deployments(service).at(-1);
          // Blue that cannot be brought up, or none to go back to: the engine says so, and leaves what serves.
          if (last?.status === 'ROLLBACK_FAILED' || !world.truth(service)) continue;
          runsOnly(world, service, last?.status === 'SUCCESSFUL' ? definitionOf(last.target) : previous);
          expect([target, previous]).toContain(world.truth(service)?.serving);
        }
      }),
      { numRuns: 800 },
    );
  });

  it('goes through with a good release when nothing else happens', () => {
    fc.assert(
      fc.property(storyArbitrary, (story) => {
        const pass = { ms: 5000, passes: true } as const;
        const good = { api: goodTraits, web: goodTraits, worker: goodTraits };
        const { world, rollout, conclusion } = play(
          {
            ...story,
            green: good,
            blue: good,
            incidents: [],
            judgements: { A: pass, S: pass, B: pass },
            faults: { ...story.faults, crash: 0 },
            scaleUpDeadline: 10 * minute,
            pauseTimeoutMs: 10 * minute,
          },
          Infinity,
        );
        expect(conclusion).toMatchObject({ verdict: 'succeeded' });
        world.settle();
        for (const { service, target } of rollout.services) runsOnly(world, service, target);
      }),
      { numRuns: 500 },
    );
  });
});

function definitionOf(revision: string): string {
  return revision.replace(/#\d+$/, '');
}
