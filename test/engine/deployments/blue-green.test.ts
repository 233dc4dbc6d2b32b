import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/engine/deployments/advance.ts';
import type { DeploymentState, LifecycleStage } from '../../../src/engine/deployments/machine.ts';
import { lifecycle, reportedStage } from '../../../src/engine/deployments/stages.ts';
import { at, begun, cameTrue, input, over, pause, run, said, tasks } from './observed.ts';

function line({ stage, status, desired }: DeploymentState): string {
  const weights = (pair: typeof desired.production) => (pair ? `${pair.source}/${pair.target}` : '-');
  return [
    status,
    stage,
    `tasks ${desired.sourceTasks}+${desired.targetTasks}`,
    `production ${weights(desired.production)}`,
    `test ${weights(desired.test)}`,
  ].join(', ');
}

describe('a blue-green deployment', () => {
  it('goes from blue to green, tick by tick', () => {
    let state = begun({ hooks: [pause('POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT')] });
    const story = [line(state)];
    for (let now = 1000; !over(state); now += 1000) {
      const { hook } = state;
      const requests =
        hook && now >= hook.since + 2000
          ? [{ kind: 'continue' as const, hookId: hook.hookId, action: 'CONTINUE' as const }]
          : [];
      state = advance(state, cameTrue(state, { requests }), now).state;
      if (story.at(-1) !== line(state)) story.push(line(state));
    }
    expect(story).toEqual([
      'PENDING, PRE_SCALE_UP, tasks 2+0, production 100/0, test 100/0',
      'IN_PROGRESS, SCALE_UP, tasks 2+2, production 100/0, test 100/0',
      'IN_PROGRESS, TEST_TRAFFIC_SHIFT, tasks 2+2, production 100/0, test 0/100',
      'IN_PROGRESS, POST_TEST_TRAFFIC_SHIFT, tasks 2+2, production 100/0, test 0/100',
      'IN_PROGRESS, PRODUCTION_TRAFFIC_SHIFT, tasks 2+2, production 0/100, test 0/100',
      'IN_PROGRESS, POST_PRODUCTION_TRAFFIC_SHIFT, tasks 2+2, production 0/100, test 0/100',
      'IN_PROGRESS, BAKE_TIME, tasks 2+2, production 0/100, test 0/100',
      'IN_PROGRESS, CLEAN_UP, tasks 0+2, production 0/100, test 0/100',
      'SUCCESSFUL, CLEAN_UP, tasks 0+2, production 0/100, test 0/100',
    ]);
    expect(state.history.map(({ stage }) => stage)).toEqual(
      lifecycle.filter((stage) => stage !== 'RECONCILE_SERVICE'),
    );
    expect(state.passed).toEqual(['POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT']);
  });

  it('says that it is completed and makes green the serving revision', () => {
    const { steps } = run(begun(), over, 1000);
    expect(steps.at(-1)?.actions).toEqual([
      { kind: 'event', message: '(service api) (deployment d1) deployment completed.' },
      { kind: 'event', message: '(service api) has reached a steady state.' },
      { kind: 'promote', revision: 'api:2' },
      { kind: 'finished' },
    ]);
  });

  it('waits in SCALE_UP until all of green is healthy', () => {
    const { state, now } = run(begun(), at('SCALE_UP'), 1000);
    const half = advance(state, cameTrue(state, { target: tasks(2, { healthy: 1 }) }), now + 1000);
    expect(half.state.stage).toBe('SCALE_UP');
    expect(advance(half.state, cameTrue(state), now + 2000).state.stage).toBe('TEST_TRAFFIC_SHIFT');
  });

  it('does not give traffic to green while green is not healthy and blue is', () => {
    const { state, now } = run(
      begun({ hooks: [pause('PRE_PRODUCTION_TRAFFIC_SHIFT')] }),
      at('PRE_PRODUCTION_TRAFFIC_SHIFT'),
      1000,
    );
    const go = { kind: 'continue' as const, hookId: state.hook?.hookId ?? '', action: 'CONTINUE' as const };
    const ill = advance(state, cameTrue(state, { requests: [go], target: tasks(2, { healthy: 1 }) }), now);
    expect(ill.state).toMatchObject({
      stage: 'PRODUCTION_TRAFFIC_SHIFT',
      desired: { production: { source: 100, target: 0 } },
    });
    const well = advance(ill.state, cameTrue(ill.state), now + 1000);
    expect(well.state.desired.production).toEqual({ source: 0, target: 100 });
  });

  it('does not go on before the balancer has the new weights', () => {
    const { state, now } = run(begun(), at('PRODUCTION_TRAFFIC_SHIFT'), 1000);
    const unacknowledged = advance(state, cameTrue(state, { production: null }), now + 60_000);
    expect(unacknowledged.state.stage).toBe('PRODUCTION_TRAFFIC_SHIFT');
    expect(advance(state, cameTrue(state), now + 60_000).state.stage).toBe('BAKE_TIME');
  });

  it('keeps blue warm while green is not healthy at the end of the bake', () => {
    const { state, now } = run(begun(), at('BAKE_TIME'), 1000);
    const ill = advance(state, cameTrue(state, { target: tasks(2, { healthy: 1 }) }), now + 60_000);
    expect(ill.state).toMatchObject({ stage: 'BAKE_TIME', desired: { sourceTasks: 2 } });
  });

  it('leaves the test stages out without a test rule, and the traffic stages without a load balancer', () => {
    const stages = (change: Partial<typeof input>) =>
      run(begun(change), over, 1000).state.history.map(({ stage }) => stage);
    expect(stages({ tested: false })).toEqual([
      'PRE_SCALE_UP',
      'SCALE_UP',
      'POST_SCALE_UP',
      'PRE_PRODUCTION_TRAFFIC_SHIFT',
      'PRODUCTION_TRAFFIC_SHIFT',
      'POST_PRODUCTION_TRAFFIC_SHIFT',
      'BAKE_TIME',
      'CLEAN_UP',
    ]);
    expect(stages({ balanced: false, tested: false })).toEqual([
      'PRE_SCALE_UP',
      'SCALE_UP',
      'POST_SCALE_UP',
      'BAKE_TIME',
      'CLEAN_UP',
    ]);
  });

  it('does not report the stages that are assumed to go unreported', () => {
    const assumptions = { ...input.assumptions, unreportedStages: ['SCALE_UP' as const] };
    const { state } = run(begun({ assumptions }), at('SCALE_UP'), 1000);
    expect(reportedStage(state)).toBeNull();
    expect(reportedStage(run(state, at('BAKE_TIME'), 5000).state)).toBe('BAKE_TIME');
  });

  it('moves a canary first, and pauses before every step with a hook id of its own', () => {
    let state = begun({
      strategy: { kind: 'CANARY', canaryPercent: 5, canaryBakeMs: 3000, bakeMs: 0 },
      hooks: [pause('PRE_PRODUCTION_TRAFFIC_SHIFT')],
    });
    const weights: number[] = [];
    const hooks: string[] = [];
    for (let now = 1000; !over(state); now += 1000) {
      const { hook } = state;
      if (hook && !hooks.includes(hook.hookId)) hooks.push(hook.hookId);
      const requests = hook
        ? [{ kind: 'continue' as const, hookId: hook.hookId, action: 'CONTINUE' as const }]
        : [];
      state = advance(state, cameTrue(state, { requests }), now).state;
      const share = state.desired.production?.target ?? 0;
      if (weights.at(-1) !== share) weights.push(share);
    }
    expect(weights).toEqual([0, 5, 100]);
    expect(hooks).toEqual(['ecs-pause-d1-1', 'ecs-pause-d1-2']);
  });

  it('moves in equal steps when linear, and ends at exactly 100', () => {
    let state = begun({ strategy: { kind: 'LINEAR', stepPercent: 33.3, stepBakeMs: 0, bakeMs: 0 } });
    const shares = new Set<string>();
    for (let now = 1000; !over(state); now += 1000) {
      state = advance(state, cameTrue(state), now).state;
      const { production } = state.desired;
      shares.add(`${production?.source}/${production?.target}`);
    }
    expect([...shares]).toEqual(['100/0', '66.7/33.3', '33.4/66.6', '0.1/99.9', '0/100']);
  });
});

describe('a pause', () => {
  const paused = () =>
    run(begun({ hooks: [pause('POST_TEST_TRAFFIC_SHIFT')] }), at('POST_TEST_TRAFFIC_SHIFT'), 1000);

  it('rolls back when its time is up, and says so in ECS’s words', () => {
    const { state, now } = paused();
    const expiresAt = state.hook?.expiresAt ?? 0;
    expect(expiresAt).toBe(state.stageSince + 60_000);
    expect(advance(state, cameTrue(state), expiresAt - 1).state.hook).toEqual(state.hook);
    const { state: ended, steps } = run(state, over, Math.max(now, expiresAt));
    expect(ended).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: 'Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT pause hook timed out.',
      desired: { sourceTasks: 2, targetTasks: 0, production: { source: 100, target: 0 } },
    });
    expect(said(steps)).toEqual([
      '(service api) (deployment d1) deployment failed: Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT pause hook timed out.',
      '(service api) rolling back to service revision api:1.',
      '(service api) has reached a steady state.',
    ]);
  });

  it('goes on when its time is up and the hook says CONTINUE', () => {
    const hooks = [{ ...pause('PRE_SCALE_UP'), timeoutAction: 'CONTINUE' as const }];
    const { state } = run(begun({ hooks }), over, 1000);
    expect(state.status).toBe('SUCCESSFUL');
    expect(state.history.find(({ stage }) => stage === 'SCALE_UP')?.at).toBe(61_000);
  });

  it('ignores an answer to another hook, and a second answer to its own', () => {
    const { state, now } = paused();
    const ask = (hookId: string, action: 'CONTINUE' | 'ROLLBACK') => ({
      kind: 'continue' as const,
      hookId,
      action,
    });
    const stale = advance(state, cameTrue(state, { requests: [ask('ecs-pause-d0-1', 'ROLLBACK')] }), now);
    expect(stale.state).toEqual(state);
    const requests = [ask('ecs-pause-d1-1', 'CONTINUE'), ask('ecs-pause-d1-1', 'ROLLBACK')];
    const answered = advance(state, cameTrue(state, { requests }), now);
    expect(answered.state).toMatchObject({ status: 'IN_PROGRESS', stage: 'PRODUCTION_TRAFFIC_SHIFT' });
  });

  it('takes an answer into effect as late as is assumed', () => {
    const assumptions = { ...input.assumptions, continueDelayMs: 30_000 };
    const hooks = [pause('PRE_SCALE_UP')];
    const { state } = run(begun({ hooks, assumptions }), (one) => one.hook !== null, 1000);
    const requests = [{ kind: 'continue' as const, hookId: 'ecs-pause-d1-1', action: 'CONTINUE' as const }];
    const answered = advance(state, cameTrue(state, { requests }), 5000).state;
    expect(advance(answered, cameTrue(answered), 34_999).state.stage).toBe('PRE_SCALE_UP');
    expect(advance(answered, cameTrue(answered), 35_000).state.stage).toBe('SCALE_UP');
  });

  it('answered in time is not timed out while the answer takes effect', () => {
    const assumptions = { ...input.assumptions, continueDelayMs: 30_000 };
    const { state } = run(
      begun({ hooks: [pause('PRE_SCALE_UP')], assumptions }),
      (one) => one.hook !== null,
      1000,
    );
    const requests = [{ kind: 'continue' as const, hookId: 'ecs-pause-d1-1', action: 'CONTINUE' as const }];
    const answered = advance(state, cameTrue(state, { requests }), 55_000).state;
    expect(advance(answered, cameTrue(answered), 70_000).state.hook).not.toBeNull();
    expect(advance(answered, cameTrue(answered), 85_000).state.stage).toBe('SCALE_UP');
  });

  it('is made for every hook of its stage, one after the other', () => {
    const hooks = [pause('PRE_SCALE_UP'), pause('PRE_SCALE_UP')];
    let { state } = run(begun({ hooks }), (one) => one.hook !== null, 1000);
    for (const hookId of ['ecs-pause-d1-1', 'ecs-pause-d1-2']) {
      expect(state).toMatchObject({ stage: 'PRE_SCALE_UP', hook: { hookId } });
      const requests = [{ kind: 'continue' as const, hookId, action: 'CONTINUE' as const }];
      state = advance(state, cameTrue(state, { requests }), 2000).state;
    }
    expect(state.stage).toBe('SCALE_UP');
  });
});

describe('StopServiceDeployment', () => {
  const stages: readonly LifecycleStage[] = lifecycle.filter((stage) => stage !== 'RECONCILE_SERVICE');
  const pauses = [
    pause('PRE_SCALE_UP'),
    pause('POST_SCALE_UP'),
    pause('POST_TEST_TRAFFIC_SHIFT'),
    pause('PRE_PRODUCTION_TRAFFIC_SHIFT'),
    pause('POST_PRODUCTION_TRAFFIC_SHIFT'),
  ].map((hook) => ({ ...hook, timeoutAction: 'CONTINUE' as const }));

  it.each(stages)('in %s rolls back: blue up, then the traffic, then green goes', (stage) => {
    const { state, now } = run(begun({ hooks: pauses }), at(stage), 1000);
    const requests = [{ kind: 'stop' as const, how: 'ROLLBACK' as const }];
    const asked = advance(state, cameTrue(state, { requests }), now).state;
    expect(asked.status).toBe('ROLLBACK_REQUESTED');
    expect(asked.desired).toEqual(state.desired);

    const { steps, state: ended } = run(asked, over, now + 1000);
    const wanted = steps.map((step) => step.state.desired);
    const trafficBack = wanted.findIndex(({ production }) => production?.source === 100);
    const greenGone = wanted.findIndex(({ targetTasks }) => targetTasks === 0);
    expect(wanted.every(({ sourceTasks }) => sourceTasks === 2)).toBe(true);
    expect(trafficBack).toBeLessThanOrEqual(greenGone);
    if (state.desired.production?.target === 100) expect(trafficBack).toBeLessThan(greenGone);
    expect(ended).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: 'Service deployment rolled back by user.',
      desired: {
        sourceTasks: 2,
        targetTasks: 0,
        production: { source: 100, target: 0 },
        test: { source: 100, target: 0 },
      },
    });
    expect(steps.at(-1)?.actions).toContainEqual({ kind: 'promote', revision: 'api:1' });
  });

  it('with ABORT leaves everything as it is', () => {
    const { state, now } = run(begun(), at('BAKE_TIME'), 1000);
    const requests = [{ kind: 'stop' as const, how: 'ABORT' as const }];
    const asked = advance(state, cameTrue(state, { requests }), now).state;
    expect(asked.status).toBe('STOP_REQUESTED');
    const ended = advance(asked, cameTrue(asked), now + 1000);
    expect(ended.state).toMatchObject({ status: 'STOPPED', desired: state.desired });
    expect(ended.actions).toEqual([{ kind: 'finished' }]);
  });
});

describe('a rollback', () => {
  const shiftedBack = () => {
    const { state, now } = run(begun(), at('BAKE_TIME'), 1000);
    const requests = [{ kind: 'stop' as const, how: 'ROLLBACK' as const }];
    return { state: advance(state, cameTrue(state, { requests }), now).state, now: now + 1000 };
  };

  it('leaves the traffic with green until blue is healthy again', () => {
    const { state, now } = shiftedBack();
    const blueDown = cameTrue(state, { source: tasks(2, { healthy: 0 }) });
    const waiting = advance(state, blueDown, now).state;
    expect(waiting.desired).toMatchObject({
      sourceTasks: 2,
      targetTasks: 2,
      production: { source: 0, target: 100 },
    });
    const back = advance(waiting, cameTrue(waiting), now + 1000).state;
    expect(back.desired).toMatchObject({ targetTasks: 2, production: { source: 100, target: 0 } });
  });

  it('takes what there is of blue when green is dead', () => {
    const { state, now } = shiftedBack();
    const seen = cameTrue(state, { source: tasks(2, { healthy: 1 }), target: tasks(2, { healthy: 0 }) });
    expect(advance(state, seen, now).state.desired.production).toEqual({ source: 100, target: 0 });
  });

  it('fails, and leaves green serving, when blue cannot be brought up', () => {
    const { state, now } = shiftedBack();
    const blueDead = cameTrue(state, { source: tasks(0) });
    const waiting = advance(state, blueDead, now).state;
    const limit = input.assumptions.recoveryLimitMs;
    expect(advance(waiting, blueDead, now + limit - 1).state.status).toBe('ROLLBACK_IN_PROGRESS');
    const { state: ended, actions } = advance(waiting, blueDead, now + limit);
    expect(ended).toMatchObject({
      status: 'ROLLBACK_FAILED',
      desired: { sourceTasks: 2, targetTasks: 2, production: { source: 0, target: 100 } },
    });
    expect(actions).toContainEqual({ kind: 'finished' });
  });

  it('comes by itself when green dies under its traffic and blue is warm', () => {
    const { state, now } = run(begun(), at('BAKE_TIME'), 1000);
    const dead = advance(state, cameTrue(state, { target: tasks(0) }), now).state;
    expect(dead).toMatchObject({
      status: 'ROLLBACK_IN_PROGRESS',
      desired: { production: { source: 100, target: 0 } },
    });
  });

  it('does not come when blue is dead as well: there is nothing to gain', () => {
    const { state, now } = run(begun(), at('BAKE_TIME'), 1000);
    const dead = cameTrue(state, { source: tasks(0), target: tasks(0) });
    expect(advance(state, dead, now).state).toMatchObject({ status: 'IN_PROGRESS', stage: 'BAKE_TIME' });
  });

  it('comes with ECS’s words when the load balancer cannot serve the deployment', () => {
    const { state, now } = run(begun(), at('SCALE_UP'), 1000);
    const networkingProblem =
      'Target group tg-2 is not associated with either productionListenerRule or testListenerRule.';
    const turned = advance(state, cameTrue(state, { networkingProblem }), now).state;
    expect(turned.statusReason).toBe(
      `Service deployment rolled back because of invalid networking configuration. ${networkingProblem}`,
    );
  });

  it('comes when a stage works for longer than its limit, though never because of a pause', () => {
    const { state, now } = run(begun(), at('SCALE_UP'), 1000);
    const slow = cameTrue(state, { target: tasks(2, { healthy: 0 }) });
    const limit = input.assumptions.stageLimitMs;
    expect(advance(state, slow, now + limit + 1000).state.status).toBe('ROLLBACK_IN_PROGRESS');
    const hooks = [{ ...pause('POST_SCALE_UP'), timeoutMs: limit * 2 }];
    const { state: paused, now: then } = run(begun({ hooks }), (one) => one.hook !== null, 1000);
    expect(advance(paused, cameTrue(paused), then + limit + 1000).state.status).toBe('IN_PROGRESS');
  });
});

describe('alarms', () => {
  const alarms = { rollback: true };

  it('roll back while they are watched', () => {
    const { state, now } = run(begun({ alarms }), at('BAKE_TIME'), 1000);
    const red = advance(state, cameTrue(state, { alarms: ['5xx'] }), now);
    expect(red.state).toMatchObject({ status: 'ROLLBACK_IN_PROGRESS', alarms: { triggered: ['5xx'] } });
    expect(said([red])[0]).toBe('(service api) (deployment d1) deployment failed: alarm detected.');
  });

  it('stop the deployment where they do not roll back', () => {
    const { state, now } = run(begun({ alarms: { rollback: false } }), at('BAKE_TIME'), 1000);
    expect(advance(state, cameTrue(state, { alarms: ['5xx'] }), now).state).toMatchObject({
      status: 'STOPPED',
      desired: state.desired,
    });
  });

  it('are not watched when one was red at the start', () => {
    const state = begun({ alarms });
    const started = advance(state, cameTrue(state, { alarms: ['5xx'] }), 1000).state;
    expect(advance(started, cameTrue(started, { alarms: ['5xx', 'p95'] }), 2000).state.status).toBe(
      'IN_PROGRESS',
    );
  });

  it('are blind during a pause where that is assumed', () => {
    const assumptions = { ...input.assumptions, alarmsSeenWhilePaused: false };
    const hooks = [pause('POST_PRODUCTION_TRAFFIC_SHIFT')];
    const { state, now } = run(begun({ alarms, hooks, assumptions }), (one) => one.hook !== null, 1000);
    expect(advance(state, cameTrue(state, { alarms: ['5xx'] }), now).state.status).toBe('IN_PROGRESS');
  });
});

describe('a first deployment', () => {
  it('has no blue: all traffic is green’s from the start, and it goes through every stage', () => {
    const { state, steps } = run(begun({ source: null }), over, 1000);
    expect(state.status).toBe('SUCCESSFUL');
    expect(steps.every((step) => step.state.desired.production?.target === 100)).toBe(true);
    expect(state.history.map(({ stage }) => stage)).toContain('POST_PRODUCTION_TRAFFIC_SHIFT');
  });

  it('pauses or not, as is assumed', () => {
    const hooks = [pause('PRE_SCALE_UP')];
    const first = (firstDeploymentPauses: boolean) => {
      const assumptions = { ...input.assumptions, firstDeploymentPauses };
      const state = begun({ source: null, hooks, assumptions });
      return advance(state, cameTrue(state), 1000).state.stage;
    };
    expect(first(true)).toBe('PRE_SCALE_UP');
    expect(first(false)).toBe('SCALE_UP');
  });

  it('cannot be rolled back: it ends in ROLLBACK_FAILED, without tasks', () => {
    const hooks = [pause('POST_TEST_TRAFFIC_SHIFT')];
    const { state } = run(begun({ source: null, hooks }), over, 1000);
    expect(state).toMatchObject({
      status: 'ROLLBACK_FAILED',
      statusReason: 'No rollback candidate was found to run the rollback.',
      rollback: {
        reason: 'Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT pause hook timed out.',
      },
      desired: { targetTasks: 0 },
    });
  });
});

describe('a deployment that takes the place of another', () => {
  it('stops the other, which leaves its tasks and the traffic where they are', () => {
    const { state, now } = run(begun(), at('BAKE_TIME'), 1000);
    const asked = advance(state, cameTrue(state, { requests: [{ kind: 'supersede' }] }), now).state;
    const ended = advance(asked, cameTrue(asked), now + 1000).state;
    expect(ended).toMatchObject({ status: 'STOPPED', desired: state.desired });
  });

  it('first brings the last completed revision back, then removes what the other left', () => {
    let state = begun({ target: 'api:3', reconciles: true, production: { source: 0, target: 100 } });
    const observe = (others: number) => cameTrue(state, { others: tasks(others) });
    state = advance(state, { ...observe(2), source: tasks(2, { healthy: 1 }) }, 1000).state;
    expect(state).toMatchObject({ stage: 'RECONCILE_SERVICE', desired: { production: { source: 0 } } });
    state = advance(state, observe(2), 2000).state;
    expect(state.desired).toMatchObject({ production: { source: 100, target: 0 }, otherTasks: null });
    state = advance(state, observe(2), 3000).state;
    expect(state).toMatchObject({ stage: 'RECONCILE_SERVICE', desired: { otherTasks: 0 } });
    state = advance(state, observe(0), 4000).state;
    expect(state.stage).toBe('SCALE_UP');
  });

  it('lets a rollback finish first', () => {
    const { state, now } = run(begun(), at('BAKE_TIME'), 1000);
    const stop = { kind: 'stop' as const, how: 'ROLLBACK' as const };
    const requests = [stop, { kind: 'supersede' as const }];
    const asked = advance(state, cameTrue(state, { requests }), now).state;
    expect(run(asked, over, now + 1000).state.status).toBe('ROLLBACK_SUCCESSFUL');
  });

  it('lets one that is cleaning up finish instead', () => {
    const { state, now } = run(begun(), at('CLEAN_UP'), 1000);
    const draining = cameTrue(state, {
      source: tasks(0, { remaining: 2 }),
      requests: [{ kind: 'supersede' }],
    });
    const asked = advance(state, draining, now).state;
    expect(asked.status).toBe('IN_PROGRESS');
    expect(run(asked, over, now + 1000).state.status).toBe('SUCCESSFUL');
  });
});
