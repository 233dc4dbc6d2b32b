import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeploymentState, Request } from '../../../src/engine/deployments/machine.ts';
import { isFinal } from '../../../src/engine/deployments/stages.ts';
import { goodTraits, type Traits } from '../../simulation/fleet.ts';
import { randomness } from '../../simulation/random.ts';
import { createService, type SimulatedService } from '../../simulation/service.ts';
import {
  assumptionsArbitrary,
  hookArbitrary,
  limits,
  strategyArbitrary,
  traitsArbitrary,
} from './arbitraries.ts';
import { checkMove } from './invariants.ts';

/** Something that happens to a deployment from outside. Times are milliseconds from its beginning. */
const incidentArbitrary = fc.record({
  at: fc.integer({ min: 0, max: 90_000 }),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant({ kind: 'answer', action: 'CONTINUE' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'answer', action: 'ROLLBACK' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'stop', how: 'ROLLBACK' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'stop', how: 'ABORT' } as const) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('supersede' as const), strategy: strategyArbitrary }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('alarm' as const), red: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('rescale' as const), count: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('networking' as const), broken: fc.boolean() }) },
  ),
});

const storyArbitrary = fc.record({
  strategy: strategyArbitrary,
  hooks: fc.array(hookArbitrary, { maxLength: 3 }),
  assumptions: assumptionsArbitrary,
  first: fc.boolean(),
  replicas: fc.nat(4),
  balanced: fc.boolean(),
  tested: fc.boolean(),
  breaker: fc.record({ enabled: fc.boolean(), rollback: fc.boolean(), resetOnHealthyTask: fc.boolean() }),
  alarms: fc.option(fc.record({ rollback: fc.boolean() }), { nil: null }),
  blue: traitsArbitrary,
  green: traitsArbitrary,
  next: traitsArbitrary,
  incidents: fc.array(incidentArbitrary, { maxLength: 6 }),
  answersEverything: fc.boolean(),
  crashes: fc.double({ min: 0, max: 0.5, noNaN: true }),
  seed: fc.integer(),
});

type Story = typeof storyArbitrary extends fc.Arbitrary<infer T> ? T : never;
type Incident = Story['incidents'][number];

/** Plays the story until every deployment is over, checking each move on the way. */
function play(story: Story): SimulatedService {
  const random = randomness(story.seed);
  const traits: Readonly<Record<string, Traits>> = { v1: story.blue, v2: story.green, v3: story.next };
  const service = createService(
    { name: 'api', replicas: story.replicas, ...pick(story) },
    {
      assumptions: story.assumptions,
      traitsOf: (revision) => traits[revision] ?? goodTraits,
      drainMs: 2500,
      weightLagMs: () => Math.floor(random() * 3000),
      watch: checkMove,
    },
  );
  let now = 0;
  if (!story.first) service.settle('v1', now);
  service.update({ target: 'v2', strategy: story.strategy, hooks: story.hooks }, now);
  const incidents = story.incidents.toSorted((one, other) => one.at - other.at);
  const patience = limits.deploymentLimitMs * 3;
  while (service.busy()) {
    const since = now;
    now += incidents.length > 0 ? 200 + Math.floor(random() * 1500) : 500 + Math.floor(random() * 8000);
    service.age(since, now);
    while (incidents[0] && incidents[0].at <= now) happen(service, story, incidents.shift());
    if (story.answersEverything) answer(service, 'CONTINUE');
    // The engine is down, dies between remembering and acting, or does its turn.
    if (random() >= story.crashes) service.turn(now, random() >= story.crashes);
    if (now > patience) throw new Error(`no end in ${service.newest()?.status} ${service.newest()?.stage}`);
  }
  return service;
}

function pick({ balanced, tested, breaker, alarms }: Story) {
  return { balanced, tested, breaker, alarms };
}

function happen(service: SimulatedService, story: Story, incident: Incident | undefined) {
  if (!incident) return;
  const { what } = incident;
  const ask = (request: Request) => service.ask(service.newest()?.id ?? '', request);
  switch (what.kind) {
    case 'answer':
      return answer(service, what.action);
    case 'stop':
      return ask({ kind: 'stop', how: what.how });
    case 'supersede':
      return service.update({ target: 'v3', strategy: what.strategy, hooks: story.hooks }, incident.at);
    case 'alarm':
      return service.alarm(what.red ? ['5xx'] : []);
    case 'rescale':
      return service.rescale(what.count);
    case 'networking':
      return service.networking(what.broken ? 'One or more rules not found' : null);
  }
}

function answer(service: SimulatedService, action: 'CONTINUE' | 'ROLLBACK') {
  const state = service.newest();
  if (state?.hook) service.ask(state.id, { kind: 'continue', hookId: state.hook.hookId, action });
}

describe('a service deployment in a random world', () => {
  it('keeps every rule at every move, and comes to an end', () => {
    fc.assert(
      fc.property(storyArbitrary, (story) => {
        const service = play(story);
        for (const state of service.deployments()) expect(isFinal(state)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('leaves the world as its status says once it is over', () => {
    fc.assert(
      fc.property(storyArbitrary, (story) => {
        const service = play(story);
        const state = service.newest();
        if (state) theWorldAgrees(service, state);
      }),
      { numRuns: 1000 },
    );
  });

  it('goes through with a good release in a good world, whatever its strategy', () => {
    const good = storyArbitrary.map((story) => ({
      ...story,
      blue: goodTraits,
      green: goodTraits,
      incidents: [],
      answersEverything: true,
      assumptions: { ...story.assumptions, continueDelayMs: 0, stageLimitMs: limits.deploymentLimitMs },
    }));
    fc.assert(
      fc.property(good.filter(canMove), (story) => {
        const service = play(story);
        expect(service.newest()?.status).toBe('SUCCESSFUL');
        expect(service.serving()).toBe('v2#1');
      }),
      { numRuns: 500 },
    );
  });
});

/** Percentages that leave no room to start or stop a task make ECS wait for ever. */
function canMove({ strategy, replicas, first }: Story): boolean {
  if (strategy.kind !== 'ROLLING' || first || replicas === 0) return true;
  const least = Math.ceil((replicas * strategy.minimumHealthyPercent) / 100);
  return least < replicas || Math.floor((replicas * strategy.maximumPercent) / 100) > replicas;
}

function theWorldAgrees(service: SimulatedService, state: DeploymentState) {
  const over = state.finishedAt ?? 0;
  service.turn(over, true);
  const kept = (revision: string | null) => (revision === null ? 0 : service.kept(revision));
  switch (state.status) {
    case 'SUCCESSFUL':
      expect(service.serving()).toBe(state.target);
      expect(kept(state.source)).toBe(0);
      servesAlone(service, state.target);
      expect(kept(state.target)).toBe(state.desiredCount);
      return expect(service.revisions().filter((revision) => kept(revision) > 0)).toHaveLength(
        state.desiredCount > 0 ? 1 : 0,
      );
    case 'ROLLBACK_SUCCESSFUL':
      expect(service.serving()).toBe(state.source);
      expect(kept(state.target)).toBe(0);
      servesAlone(service, state.source);
      return expect(kept(state.source)).toBe(state.desiredCount);
    case 'STOPPED':
    case 'ROLLBACK_FAILED':
      return expect(service.serving()).toBe(state.source);
    case 'PENDING':
    case 'IN_PROGRESS':
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      throw new Error(`${state.status} is not final`);
  }
}

/** All production traffic goes to the group of the revision. */
function servesAlone(service: SimulatedService, revision: string | null) {
  const traffic = service.traffic();
  if (traffic && revision !== null && service.kept(revision) > 0) expect(traffic[revision]).toBe(100);
}
