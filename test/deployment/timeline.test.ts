import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeline } from '../../src/deployment/timeline.ts';
import type { Cause } from '../../src/journal/cause.ts';
import type { Entry, Event } from '../../src/journal/event.ts';

const cause: Cause = { code: 'gate-failed', service: null, what: 'smoke: 500', evidence: [] };
const started: Event = {
  type: 'deployment.started',
  kind: { kind: 'deploy' },
  by: 'anna@laptop',
  host: 'laptop',
  fairway: '0.1.0',
};
const wayForward: readonly Event[] = [
  started,
  { type: 'release.built', release: 'r', images: {}, built: [], seconds: 1 },
  { type: 'migration.started', service: 'api', taskDefinition: 'api:2', before: '1' },
  { type: 'migration.finished', before: '1', after: '2', seconds: 1 },
  { type: 'rollout.planned', rollout: { services: [], scaleUpDeadline: 1000 } },
  { type: 'update.requested', service: 'api', previousDeployment: null },
  { type: 'barrier.reached', barrier: 'A' },
  { type: 'gate.passed', gate: 'smoke', summary: 'fine', seconds: 1 },
  { type: 'barrier.judged', barrier: 'A', cause: null },
  { type: 'traffic.shifted', service: 'api', blue: 0, green: 100 },
  { type: 'barrier.reached', barrier: 'B' },
  { type: 'barrier.judged', barrier: 'B', cause: null },
  { type: 'release.committed' },
  { type: 'deployment.concluded', verdict: 'succeeded', cause: null, running: {} },
];
const steps = ['build', 'register', 'migrate', 'green up', 'gates', 'traffic shift', 'bake', 'clean-up'];

/** Each event comes so many milliseconds after the one before. */
function journal(events: readonly Event[], gaps: readonly number[]): readonly Entry[] {
  let at = 1_000_000;
  return events.map((event, index) => ({ seq: index + 1, at: (at += gaps[index] ?? 1000), epoch: 1, event }));
}

const names = (events: readonly Event[], gaps: readonly number[] = []): readonly string[] =>
  timeline(journal(events, gaps)).map(({ step }) => step);

describe('where the time of a deployment went', () => {
  it('is told step by step', () => {
    expect(timeline(journal(wayForward, []))).toEqual([
      { step: 'build', took: 1 },
      { step: 'register', took: 1 },
      { step: 'migrate', took: 2 },
      { step: 'green up', took: 2 },
      { step: 'gates', took: 2 },
      { step: 'traffic shift', took: 2 },
      { step: 'bake', took: 1 },
      { step: 'clean-up', took: 2 },
    ]);
  });

  it('has no step that did not happen', () => {
    const without = (...types: readonly Event['type'][]) =>
      names(wayForward.filter(({ type }) => !types.includes(type)));
    expect(without('migration.started', 'migration.finished')).not.toContain('migrate');
    expect(without('barrier.reached', 'barrier.judged')).toEqual(steps.slice(0, 4));
    expect(names([])).toEqual([]);
    expect(names([started])).toEqual([]);
  });

  it('ends on the way back with the undoing, however far it had come', () => {
    const undone: readonly Event[] = [
      { type: 'barrier.judged', barrier: 'A', cause },
      { type: 'rollback.decided', cause },
      { type: 'restore.requested', service: 'api', revision: 'api:1', previousDeployment: null },
      { type: 'deployment.concluded', verdict: 'rolled-back', cause, running: {} },
    ];
    expect(names([...wayForward.slice(0, 7), ...undone])).toEqual([...steps.slice(0, 5), 'undo']);
    expect(names([...wayForward.slice(0, 5), ...undone.slice(1)])).toEqual([...steps.slice(0, 4), 'undo']);
  });

  it('of a way back to an earlier release has no build: nothing was built', () => {
    const back: readonly Event[] = [
      { ...started, kind: { kind: 'rollback', to: 'r' } },
      ...wayForward.slice(4),
    ];
    expect(names(back)).toEqual(['prepare', ...steps.slice(3)]);
  });

  it('counts the last step too of one that was never concluded', () => {
    expect(timeline(journal(wayForward.slice(0, 8), []))).toEqual([
      { step: 'build', took: 1 },
      { step: 'register', took: 1 },
      { step: 'migrate', took: 2 },
      { step: 'green up', took: 2 },
      { step: 'gates', took: 1 },
    ]);
  });

  const gaps = fc.array(fc.nat(100_000), {
    minLength: wayForward.length,
    maxLength: wayForward.length,
  });

  it('sums up to the whole', () => {
    fc.assert(
      fc.property(gaps, fc.nat(wayForward.length), (gaps, length) => {
        const entries = journal(wayForward.slice(0, length), gaps);
        const whole = ((entries.at(-1)?.at ?? 0) - (entries[0]?.at ?? 0)) / 1000;
        const sum = timeline(entries).reduce((total, { took }) => total + took, 0);
        expect(sum).toBeCloseTo(whole, 6);
      }),
    );
  });

  it('has its steps in their order, however long each took', () => {
    fc.assert(
      fc.property(gaps, (gaps) => {
        const told = names(wayForward, gaps);
        expect(told).toEqual(steps.filter((step) => told.includes(step)));
      }),
    );
  });
});
