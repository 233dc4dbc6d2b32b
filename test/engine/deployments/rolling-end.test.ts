import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/engine/deployments/advance.ts';
import type { DeploymentState, EarlySuccess } from '../../../src/engine/deployments/machine.ts';
import { trafficSteps } from '../../../src/engine/deployments/traffic.ts';
import { begun, cameTrue, over, run, tasks } from './observed.ts';

const rolling = (
  change: { readonly bakeMs?: number; readonly earlySuccess?: EarlySuccess },
  alarms: { readonly rollback: boolean } | null = null,
): DeploymentState =>
  begun({
    strategy: { kind: 'ROLLING', minimumHealthyPercent: 50, maximumPercent: 200, ...change },
    desiredCount: 4,
    alarms,
  });

const green = (state: DeploymentState, healthy: number, source = tasks(4)) =>
  cameTrue(state, { source, target: tasks(4, { healthy }) });

describe('a rolling deployment that bakes', () => {
  const baking = () =>
    run(rolling({ bakeMs: 5000 }, { rollback: true }), (one) => one.shift.since !== null, 1000);

  it('is over when its bake is, counted from when the last old task was gone', () => {
    const { state, now } = baking();
    expect(state.desired).toMatchObject({ sourceTasks: 0, targetTasks: 4 });
    const since = state.shift.since ?? 0;
    expect(advance(state, cameTrue(state), since + 4999).state.status).toBe('IN_PROGRESS');
    expect(advance(state, cameTrue(state), since + 5000).state.status).toBe('SUCCESSFUL');
    expect(now).toBeGreaterThan(since);
  });

  it('comes back from its bake when an alarm goes red', () => {
    const { state, now } = baking();
    const red = advance(state, cameTrue(state, { alarms: ['errors'] }), now);
    expect(red.state.status).toBe('ROLLBACK_IN_PROGRESS');
    expect(run(red.state, over, now + 1000).state).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      desired: { sourceTasks: 4, targetTasks: 0 },
    });
  });

  it.each([{ kind: 'supersede' }, { kind: 'stop', how: 'ABORT' }] as const)(
    'can still be left by $kind',
    (request) => {
      const { state, now } = baking();
      const asked = advance(state, cameTrue(state, { requests: [request] }), now);
      expect(asked.state.status).toBe('STOP_REQUESTED');
    },
  );
});

describe('a rolling deployment whose new tasks die while its old ones go', () => {
  const going = () => {
    const { state, now } = run(rolling({}), (one) => one.stage === 'CLEAN_UP', 1000);
    return { state, now, dying: green(state, 1, tasks(0, { remaining: 1 })) };
  };

  it('is turned back when its time is up', () => {
    const { state, dying } = going();
    const limit = state.createdAt + state.assumptions.deploymentLimitMs;
    expect(advance(state, dying, limit - 1).state.status).toBe('IN_PROGRESS');
    expect(advance(state, dying, limit).state.status).toBe('ROLLBACK_IN_PROGRESS');
  });

  it.each([{ kind: 'supersede' }, { kind: 'stop', how: 'ABORT' }] as const)(
    'need not be waited for: $kind',
    (request) => {
      const { state, now, dying } = going();
      const asked = advance(state, { ...dying, requests: [request] }, now);
      expect(asked.state.status).toBe('STOP_REQUESTED');
    },
  );
});

describe('early success', () => {
  it.each(['BLOCKING', 'DEFERRED'] as const)('waits for enough healthy tasks: %s', (cleanup) => {
    const early = rolling({ earlySuccess: { healthyPercent: 75, cleanup } });
    const { state, now } = run(early, (one) => one.desired.targetTasks === 4, 1000);
    expect(advance(state, green(state, 2), now).state.status).toBe('IN_PROGRESS');
    const enough = advance(state, green(state, 3), now).state;
    expect(enough.desired).toMatchObject({ sourceTasks: 0, targetTasks: 4 });
    expect(enough.status).toBe(cleanup === 'DEFERRED' ? 'SUCCESSFUL' : 'IN_PROGRESS');
  });

  it('BLOCKING is over when the old tasks are gone, though not every new one is healthy', () => {
    const early = rolling({ earlySuccess: { healthyPercent: 75, cleanup: 'BLOCKING' } });
    const { state, now } = run(early, (one) => one.desired.targetTasks === 4, 1000);
    const clearing = advance(state, green(state, 3), now).state;
    const draining = green(clearing, 3, tasks(0, { remaining: 1 }));
    expect(advance(clearing, draining, now + 1000).state.status).toBe('IN_PROGRESS');
    expect(advance(clearing, green(clearing, 3, tasks(0)), now + 1000).state.status).toBe('SUCCESSFUL');
  });

  it('comes after the bake', () => {
    const early = rolling({ bakeMs: 5000, earlySuccess: { healthyPercent: 75, cleanup: 'DEFERRED' } });
    const { state, now } = run(early, (one) => one.desired.targetTasks === 4, 1000);
    const baking = advance(state, green(state, 3), now).state;
    expect(advance(baking, green(baking, 3), now + 4999).state.status).toBe('IN_PROGRESS');
    expect(advance(baking, green(baking, 3), now + 5000).state.status).toBe('SUCCESSFUL');
  });

  it('is not for a first deployment, of which nobody else serves', () => {
    const strategy = {
      kind: 'ROLLING',
      minimumHealthyPercent: 50,
      maximumPercent: 200,
      earlySuccess: { healthyPercent: 50, cleanup: 'DEFERRED' },
    } as const;
    const first = advance(begun({ strategy, source: null, desiredCount: 4 }), cameTrue(begun()), 1000).state;
    const half = cameTrue(first, { source: null, target: tasks(4, { healthy: 2 }) });
    expect(advance(first, half, 2000).state.status).toBe('IN_PROGRESS');
  });
});

describe('the steps of a linear shift', () => {
  const tenths = fc.integer({ min: 30, max: 1000 }).map((value) => value / 10);

  it('are equal, grow, end at all the traffic, and bake before every one but the last', () => {
    fc.assert(
      fc.property(tenths, fc.integer({ min: 0, max: 5000 }), (stepPercent, stepBakeMs) => {
        const steps = trafficSteps({ kind: 'LINEAR', stepPercent, stepBakeMs, bakeMs: 0 });
        const shares = [0, ...steps.map(({ percent }) => percent)];
        const growth = shares.slice(1).map((share, index) => share - (shares[index] ?? 0));
        for (const step of growth.slice(0, -1)) expect(step).toBeCloseTo(stepPercent, 6);
        expect(growth.at(-1)).toBeGreaterThan(0);
        expect(growth.at(-1)).toBeLessThan(stepPercent + 1e-6);
        expect(shares.at(-1)).toBe(100);
        expect(steps.map(({ bakeMs }) => bakeMs)).toEqual([
          ...Array.from({ length: steps.length - 1 }, () => stepBakeMs),
          0,
        ]);
      }),
    );
  });

  it('of a canary are two, or one where the canary is everything', () => {
    const shares = (canaryPercent: number) =>
      trafficSteps({ kind: 'CANARY', canaryPercent, canaryBakeMs: 1000, bakeMs: 0 });
    expect(shares(0.1)).toEqual([
      { percent: 0.1, bakeMs: 1000 },
      { percent: 100, bakeMs: 0 },
    ]);
    expect(shares(100)).toEqual([{ percent: 100, bakeMs: 0 }]);
  });
});
