import { describe, expect, test } from 'vitest';
import { decide } from '../../src/deployment/decide.ts';
import { actPatience, answerPatience, endDeadline, type Decision } from '../../src/deployment/decision.ts';
import type { AppState, DeploymentReading, ServiceReading } from '../../src/ecs/state.ts';
import type { Cause } from '../../src/journal/cause.ts';
import type { Event } from '../../src/journal/event.ts';
import type { Rollout } from '../../src/journal/rollout.ts';
import { emptyRecord, fold, type DeploymentRecord } from '../../src/journal/fold.ts';

const start = 1_000_000;
const rollout: Rollout = {
  scaleUpDeadline: 60_000,
  services: [
    { service: 'api', previous: 'api:1', target: 'api:2', pauses: true },
    { service: 'web', previous: 'web:1', target: 'web:2', pauses: true },
  ],
};
const updates: readonly Event[] = ['api', 'web'].map((service) => ({
  type: 'update.requested',
  service,
  previousDeployment: `${service}-old`,
}));
const failed: Cause = { code: 'gate-failed', service: null, what: 'smoke: 500', evidence: [] };

function record(...events: readonly Event[]): DeploymentRecord {
  return fold(
    events.map((event, index) => ({ seq: index + 1, at: start, epoch: 1, event })),
    emptyRecord,
  );
}

function reading(service: string, more: Partial<DeploymentReading> = {}): ServiceReading {
  const deployment: DeploymentReading = {
    id: `${service}-new`,
    target: `${service}:2`,
    source: `${service}:1`,
    status: 'in-progress',
    stage: 'SCALE_UP',
    pause: null,
    reason: null,
    green: { desired: 1, running: 0, failed: 0 },
    groups: { blue: null, green: null },
    traffic: null,
    ...more,
  };
  const serving = deployment.status === 'successful' ? deployment.target : deployment.source;
  return { kind: 'present', serving, desired: 1, running: 1, deployment };
}

const before = (service: string): ServiceReading =>
  reading(service, {
    id: `${service}-old`,
    target: `${service}:1`,
    source: `${service}:0`,
    status: 'successful',
  });
const pausedAt = (service: string, hookId: string): ServiceReading =>
  reading(service, { pause: { hookId, expiresAt: null } });
const arrived = (service: string): ServiceReading => reading(service, { status: 'successful' });
const state = (api: ServiceReading, web: ServiceReading): AppState => ({
  readAt: start,
  services: { api, web },
});
const answered = (service: string, hookId: string, barrier: 'A' | 'B'): Event => ({
  type: 'pause.answered',
  service,
  deployment: `${service}-new`,
  hookId,
  barrier,
  action: 'CONTINUE',
});

function next(known: DeploymentRecord, seen: AppState, later = 0): Decision {
  return decide(rollout, known, seen, start + later);
}

describe('the way forward', () => {
  test('begins by updating every service', () => {
    expect(next(record(), state(before('api'), before('web')))).toEqual({
      do: 'update',
      services: rollout.services,
    });
  });

  test('waits for all of green before it judges', () => {
    expect(next(record(...updates), state(pausedAt('api', 'h1'), reading('web')))).toEqual({
      do: 'watch',
      for: 'green to stand',
    });
    expect(next(record(...updates), state(pausedAt('api', 'h1'), pausedAt('web', 'h2')))).toEqual({
      do: 'judge',
      barrier: 'A',
    });
  });

  test('continues everywhere once the gates have passed', () => {
    const known = record(...updates, { type: 'barrier.judged', barrier: 'A', cause: null });
    expect(next(known, state(pausedAt('api', 'h1'), pausedAt('web', 'h2')))).toMatchObject({
      do: 'answer',
      pauses: [
        { service: 'api', hookId: 'h1', barrier: 'A', action: 'CONTINUE' },
        { service: 'web', hookId: 'h2', barrier: 'A', action: 'CONTINUE' },
      ],
    });
  });

  test('does not take a pause that still shows its answered hook for the next barrier', () => {
    const known = record(
      ...updates,
      { type: 'barrier.judged', barrier: 'A', cause: null },
      answered('api', 'h1', 'A'),
      answered('web', 'h2', 'A'),
    );
    expect(next(known, state(pausedAt('api', 'h1'), pausedAt('web', 'h4')))).toEqual({
      do: 'watch',
      for: 'traffic to move to green',
    });
    expect(next(known, state(pausedAt('api', 'h3'), pausedAt('web', 'h4')))).toEqual({
      do: 'judge',
      barrier: 'B',
    });
  });

  test('repeats an answer that has no effect for long', () => {
    const known = record(
      ...updates,
      { type: 'barrier.judged', barrier: 'A', cause: null },
      answered('api', 'h1', 'A'),
      answered('web', 'h2', 'A'),
    );
    const seen = state(pausedAt('api', 'h1'), pausedAt('web', 'h4'));
    expect(next(known, seen, answerPatience + 1)).toMatchObject({
      do: 'answer',
      pauses: [{ service: 'api', hookId: 'h1', action: 'CONTINUE' }],
    });
  });

  test('writes the decision down before it lets blue go', () => {
    const events: readonly Event[] = [
      ...updates,
      { type: 'barrier.judged', barrier: 'A', cause: null },
      answered('api', 'h1', 'A'),
      answered('web', 'h2', 'A'),
      { type: 'barrier.judged', barrier: 'B', cause: null },
    ];
    const seen = state(pausedAt('api', 'h3'), pausedAt('web', 'h4'));
    expect(next(record(...events), seen)).toEqual({ do: 'commit' });
    expect(next(record(...events, { type: 'release.committed' }), seen)).toMatchObject({
      do: 'answer',
      pauses: [{ barrier: 'B' }, { barrier: 'B' }],
    });
  });

  test('succeeds when every service has arrived, and not before', () => {
    const known = record(
      ...updates,
      { type: 'barrier.judged', barrier: 'A', cause: null },
      answered('api', 'h1', 'A'),
      answered('web', 'h2', 'A'),
      { type: 'barrier.judged', barrier: 'B', cause: null },
      { type: 'release.committed' },
    );
    expect(next(known, state(arrived('api'), reading('web', { stage: 'CLEAN_UP' })))).toEqual({
      do: 'watch',
      for: 'blue to be cleaned up',
    });
    expect(next(known, state(arrived('api'), arrived('web')))).toEqual({
      do: 'conclude',
      verdict: 'succeeded',
      cause: null,
    });
  });

  test('asks again for an update that has left no trace', () => {
    const seen = state(before('api'), reading('web'));
    expect(next(record(...updates), seen)).toEqual({ do: 'watch', for: 'green to stand' });
    expect(next(record(...updates), seen, actPatience + 1)).toMatchObject({
      do: 'update',
      services: [{ service: 'api' }],
    });
  });

  test('takes a reading that fails for no answer at all', () => {
    const unknown: ServiceReading = { kind: 'unknown', why: 'throttled' };
    expect(next(record(...updates), state(unknown, pausedAt('web', 'h2')))).toEqual({
      do: 'watch',
      for: 'green to stand',
    });
  });
});

describe('trouble', () => {
  const cases: readonly [string, DeploymentRecord, AppState, number, string][] = [
    [
      'a gate fails',
      record(...updates, { type: 'barrier.judged', barrier: 'A', cause: failed }),
      state(pausedAt('api', 'h1'), pausedAt('web', 'h2')),
      0,
      'gate-failed',
    ],
    [
      'green is not healthy in time',
      record(...updates),
      state(pausedAt('api', 'h1'), reading('web')),
      60_001,
      'never-healthy',
    ],
    [
      'green tasks keep ending',
      record(...updates),
      state(reading('api', { green: { desired: 1, running: 0, failed: 3 } }), reading('web')),
      0,
      'task-exited',
    ],
    [
      'the engine rolls back by itself',
      record(...updates),
      state(reading('api', { status: 'rolling-back', reason: 'hook timed out' }), reading('web')),
      0,
      'engine-rolled-back',
    ],
    [
      'somebody else deploys',
      record(...updates),
      state(reading('api', { id: 'other', target: 'api:9' }), reading('web')),
      0,
      'superseded',
    ],
    [
      'somebody stops it',
      record(...updates),
      state(reading('api', { status: 'stopped' }), reading('web')),
      0,
      'stopped-elsewhere',
    ],
    [
      'the service is deleted',
      record(...updates),
      state({ kind: 'absent' }, reading('web')),
      0,
      'stopped-elsewhere',
    ],
  ];
  test.each(cases)('%s: everything is rolled back', (_, known, seen, later, code) => {
    expect(next(known, seen, later)).toMatchObject({ do: 'roll-back', cause: { code } });
  });
});

describe('the way back', () => {
  const back = (...events: readonly Event[]) =>
    record(...updates, ...events, { type: 'rollback.decided', cause: failed });

  test('answers pauses, stops what moves, and leaves alone what is back', () => {
    expect(next(back(), state(pausedAt('api', 'h1'), reading('web')))).toEqual({
      do: 'undo',
      acts: [
        {
          act: 'answer',
          service: 'api',
          deployment: 'api-new',
          hookId: 'h1',
          barrier: 'A',
          action: 'ROLLBACK',
        },
        { act: 'stop', service: 'web', deployment: 'web-new' },
      ],
    });
    expect(
      next(
        back(),
        state(reading('api', { status: 'rolled-back' }), reading('web', { status: 'rolling-back' })),
      ),
    ).toMatchObject({ do: 'watch' });
    expect(
      next(
        back(),
        state(reading('api', { status: 'rolled-back' }), reading('web', { status: 'rolled-back' })),
      ),
    ).toEqual({ do: 'conclude', verdict: 'rolled-back', cause: failed });
  });

  test('deploys the recorded revision again where blue is gone', () => {
    expect(next(back(), state(arrived('api'), reading('web', { status: 'rolled-back' })))).toEqual({
      do: 'undo',
      acts: [{ act: 'restore', service: 'api', revision: 'api:1' }],
    });
    const asked = back({
      type: 'restore.requested',
      service: 'api',
      revision: 'api:1',
      previousDeployment: 'api-new',
    });
    expect(next(asked, state(arrived('api'), reading('web', { status: 'rolled-back' })))).toMatchObject({
      do: 'watch',
    });
    const restored = reading('api', {
      id: 'api-restore',
      target: 'api:1',
      source: 'api:2',
      status: 'successful',
    });
    expect(next(asked, state(restored, reading('web', { status: 'rolled-back' })))).toMatchObject({
      do: 'conclude',
      verdict: 'rolled-back',
    });
  });

  test('removes a service that did not run before', () => {
    const first: Rollout = {
      scaleUpDeadline: 60_000,
      services: [{ service: 'api', previous: null, target: 'api:1', pauses: true }],
    };
    const known = record(
      { type: 'update.requested', service: 'api', previousDeployment: null },
      { type: 'rollback.decided', cause: failed },
    );
    const present: AppState = {
      readAt: start,
      services: { api: reading('api', { target: 'api:1', source: null }) },
    };
    expect(decide(first, known, present, start)).toEqual({
      do: 'undo',
      acts: [{ act: 'remove', service: 'api' }],
    });
    const removed = record(
      { type: 'update.requested', service: 'api', previousDeployment: null },
      { type: 'rollback.decided', cause: failed },
      { type: 'removal.requested', service: 'api' },
    );
    expect(
      // Not before a reading can no longer be from before its creation.
      decide(
        first,
        removed,
        { readAt: start, services: { api: { kind: 'absent' } } },
        start + actPatience + 1,
      ),
    ).toMatchObject({ do: 'conclude', verdict: 'rolled-back' });
  });

  test('never touches what was not begun', () => {
    const known = record({ type: 'rollback.decided', cause: failed });
    expect(next(known, state(before('api'), before('web')))).toEqual({
      do: 'conclude',
      verdict: 'rolled-back',
      cause: failed,
    });
  });

  test('leaves somebody else’s deployment alone and says so', () => {
    const seen = state(
      reading('api', { id: 'other', target: 'api:9' }),
      reading('web', { status: 'rolled-back' }),
    );
    expect(next(back(), seen)).toMatchObject({
      do: 'conclude',
      verdict: 'needs-attention',
      cause: { code: 'gate-failed' },
    });
  });

  test('asks for a person when the engine cannot go back, or not in time', () => {
    const failing = state(
      reading('api', { status: 'rollback-failed', reason: 'blue does not start' }),
      reading('web', { status: 'rolled-back' }),
    );
    expect(next(back(), failing)).toMatchObject({ do: 'conclude', verdict: 'needs-attention' });
    const endless = state(
      reading('api', { status: 'rolling-back' }),
      reading('web', { status: 'rolled-back' }),
    );
    expect(next(back(), endless, endDeadline)).toMatchObject({ do: 'watch' });
    expect(next(back(), endless, endDeadline + 1)).toMatchObject({
      do: 'conclude',
      verdict: 'needs-attention',
    });
  });
});
