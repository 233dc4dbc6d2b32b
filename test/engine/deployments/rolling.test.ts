import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/engine/deployments/advance.ts';
import { breakerThreshold } from '../../../src/engine/deployments/breaker.ts';
import type { BeginInput, DeploymentState } from '../../../src/engine/deployments/machine.ts';
import { rescale } from '../../../src/engine/deployments/rescale.ts';
import { reportedStage } from '../../../src/engine/deployments/stages.ts';
import { begun, cameTrue, over, run, said, tasks } from './observed.ts';

function rolling(
  minimumHealthyPercent: number,
  maximumPercent: number,
  change: Partial<BeginInput> = {},
): DeploymentState {
  const strategy = { kind: 'ROLLING', minimumHealthyPercent, maximumPercent } as const;
  return begun({ strategy, desiredCount: 4, ...change });
}

/** Old and new tasks wanted, tick by tick. */
function counts(state: DeploymentState): readonly string[] {
  const { steps } = run(state, over, 1000);
  const seen = steps.map(({ state: { desired } }) => `${desired.sourceTasks}+${desired.targetTasks}`);
  return seen.filter((count, index) => count !== seen[index - 1]);
}

describe('a rolling deployment', () => {
  it('starts all of green first when it may double, and stops blue as green becomes healthy', () => {
    expect(counts(rolling(100, 200))).toEqual(['4+4', '0+4']);
  });

  it('makes room first when it may not grow, down to the minimum', () => {
    expect(counts(rolling(50, 100))).toEqual(['2+0', '2+2', '0+2', '0+4']);
  });

  it('goes in batches when it may grow a little', () => {
    expect(counts(rolling(100, 150))).toEqual(['4+2', '2+2', '2+4', '0+4']);
  });

  it('says that it cannot move when its percentages leave no room, once', () => {
    const state = rolling(100, 100);
    const first = advance(state, cameTrue(state), 1000);
    expect(said([first])).toEqual([
      '(service api) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    ]);
    expect(said([advance(first.state, cameTrue(first.state), 2000)])).toEqual([]);
  });

  it('reports no lifecycle stage, and does not pause', () => {
    const hooks = [{ stages: ['PRE_SCALE_UP'], timeoutMs: 1000, timeoutAction: 'ROLLBACK' }] as const;
    const { steps, state } = run(rolling(100, 200, { hooks }), over, 1000);
    expect(steps.every((step) => reportedStage(step.state) === null && step.state.hook === null)).toBe(true);
    expect(state.status).toBe('SUCCESSFUL');
  });

  it('is not over before the last old task is gone', () => {
    const { state, now } = run(rolling(100, 200), (one) => one.stage === 'CLEAN_UP', 1000);
    const draining = advance(state, cameTrue(state, { source: tasks(0, { remaining: 1 }) }), now);
    expect(draining.state.status).toBe('IN_PROGRESS');
  });

  it('is rolled back when asked to, old tasks in and new ones out', () => {
    const { state, now } = run(rolling(100, 150), (one) => one.desired.sourceTasks === 2, 1000);
    const requests = [{ kind: 'stop' as const, how: 'ROLLBACK' as const }];
    const { state: ended } = run(advance(state, cameTrue(state, { requests }), now).state, over, now + 1000);
    expect(ended).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      desired: { sourceTasks: 4, targetTasks: 0 },
    });
  });

  it('takes up a superseded exchange where it stands, and removes its tasks first', () => {
    const state = rolling(100, 150, { target: 'api:3', reconciles: true });
    const seen = cameTrue(state, { source: tasks(2), others: tasks(2) });
    expect(advance(state, seen, 1000).state.desired).toMatchObject({
      sourceTasks: 2,
      otherTasks: 2,
      targetTasks: 2,
    });
    const next = advance(advance(state, seen, 1000).state, { ...seen, target: tasks(2) }, 2000).state;
    expect(next.desired).toMatchObject({ sourceTasks: 2, otherTasks: 0, targetTasks: 2 });
  });
});

describe('a rolling deployment after a shift that was broken off', () => {
  const broken = () =>
    rolling(100, 200, { target: 'api:3', reconciles: true, production: { source: 100, target: 0 } });

  it('brings the traffic back to its group first, and spares what serves until then', () => {
    let state = broken();
    const seen = (change = {}) => cameTrue(state, { source: tasks(4), others: tasks(4), ...change });
    state = advance(state, seen({ source: tasks(4, { healthy: 3 }) }), 1000).state;
    expect(state.desired).toMatchObject({ otherTasks: null, targetTasks: 0, production: { source: 100 } });
    state = advance(state, seen(), 2000).state;
    expect(state.desired).toMatchObject({ otherTasks: null, production: { source: 0, target: 100 } });
    state = advance(state, seen({ production: null }), 3000).state;
    expect(state.desired.otherTasks).toBeNull();
    state = advance(state, seen(), 4000).state;
    expect(state.desired).toMatchObject({ sourceTasks: 4, otherTasks: 0 });
  });
});

describe('the circuit breaker', () => {
  const breaker = { enabled: true, rollback: true, threshold: 3, resetOnHealthyTask: true };
  const failing = (failedInARow: number, failed = failedInARow) =>
    tasks(4, { healthy: 0, failed, failedInARow });

  it.each([
    [1, 3],
    [25, 13],
    [400, 200],
    [800, 200],
  ])('for %i tasks trips at %i failures', (desired, threshold) => {
    expect(breakerThreshold({ type: 'BOUNDED_PERCENT', value: 50 }, desired)).toBe(threshold);
  });

  it('has no bounds where it is told so, and counts where it is told to', () => {
    expect(breakerThreshold({ type: 'UNBOUNDED_PERCENT', value: 50 }, 800)).toBe(400);
    expect(breakerThreshold({ type: 'COUNT', value: 5 }, 800)).toBe(5);
  });

  it('rolls a rolling deployment back when it trips', () => {
    const { state, now } = run(rolling(100, 200, { breaker }), (one) => one.desired.targetTasks === 4, 1000);
    const twice = advance(state, cameTrue(state, { target: failing(2) }), now);
    expect(twice.state.status).toBe('IN_PROGRESS');
    const tripped = advance(twice.state, cameTrue(state, { target: failing(3) }), now + 1000);
    expect(tripped.state).toMatchObject({
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
      desired: { sourceTasks: 4, targetTasks: 0 },
    });
    expect(said([tripped])).toEqual([
      '(service api) (deployment d1) deployment failed: tasks failed to start.',
      '(service api) rolling back to service revision api:1.',
    ]);
  });

  it('without rollback stops the deployment and starts nothing new', () => {
    const still = { ...breaker, rollback: false };
    const { state, now } = run(
      rolling(100, 200, { breaker: still }),
      (one) => one.desired.targetTasks === 4,
      1000,
    );
    const tripped = advance(state, cameTrue(state, { target: { ...failing(3), healthy: 1 } }), now);
    expect(tripped.state).toMatchObject({ status: 'STOPPED', desired: { sourceTasks: 4, targetTasks: 1 } });
  });

  it('counts failures in a row, or all of them where it is not reset by a healthy task', () => {
    const { state, now } = run(rolling(100, 200, { breaker }), (one) => one.desired.targetTasks === 4, 1000);
    const seen = cameTrue(state, { target: failing(1, 7) });
    expect(advance(state, seen, now).state.status).toBe('IN_PROGRESS');
    const strict = { ...state, breaker: { ...breaker, resetOnHealthyTask: false } };
    expect(advance(strict, seen, now).state.status).toBe('ROLLBACK_IN_PROGRESS');
  });

  it.each([
    [true, 'ROLLBACK_IN_PROGRESS'],
    [false, 'IN_PROGRESS'],
  ])('covers blue-green: %s', (breakerCoversBlueGreen, status) => {
    const state = begun({ breaker });
    const assumptions = { ...state.assumptions, breakerCoversBlueGreen };
    const { state: rising, now } = run({ ...state, assumptions }, (one) => one.stage === 'SCALE_UP', 1000);
    expect(advance(rising, cameTrue(rising, { target: failing(3) }), now).state.status).toBe(status);
  });
});

describe('the desired count', () => {
  it('changes blue and green while both run, and the threshold of the breaker with it', () => {
    const { state, now } = run(begun(), (one) => one.stage === 'BAKE_TIME', 1000);
    const grown = rescale(state, 10, 5);
    expect(grown).toMatchObject({ desired: { sourceTasks: 10, targetTasks: 10 }, breaker: { threshold: 5 } });
    expect(run(grown, over, now).state.desired).toMatchObject({ sourceTasks: 0, targetTasks: 10 });
  });

  it('changes only what is meant to run', () => {
    expect(rescale(begun(), 5, 3).desired).toMatchObject({ sourceTasks: 5, targetTasks: 0 });
    const { state } = run(begun(), over, 1000);
    expect(rescale(state, 5, 3).desired).toMatchObject({ sourceTasks: 0, targetTasks: 5 });
  });

  it('lets a rolling deployment grow on its way', () => {
    const { state, now } = run(rolling(100, 150), (one) => one.desired.sourceTasks === 2, 1000);
    expect(run(rescale(state, 8, 4), over, now).state).toMatchObject({
      status: 'SUCCESSFUL',
      desired: { sourceTasks: 0, targetTasks: 8 },
    });
  });
});
