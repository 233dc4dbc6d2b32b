import { describe, expect, it } from 'vitest';
import { footOf } from '../../src/cli/present/foot.ts';
import type { Step } from '../../src/deployment/progress.ts';
import type { Event } from '../../src/journal/event.ts';

const step = (name: Step, detail = '') => footOf({ kind: 'step', step: name, detail });
const entry = (event: Event) =>
  footOf({ kind: 'entry', deployment: 'd1', entry: { seq: 1, at: 0, epoch: 1, event } });

describe('the live line', () => {
  it('says what is waited for, and gives way to the next step', () => {
    expect(footOf({ kind: 'waiting', for: 'green to stand' })).toBe('waiting for green to stand');
    expect(entry({ type: 'stage.entered', service: 'api', stage: 'green is up' })).toBeNull();
    expect(step('gates', 'sign in')).toBe('waiting for the gate sign in');
    expect(step('bake', '5 s')).toBe('baking for 5 s, with the old version kept warm');
  });

  it('goes when that has come', () => {
    expect(entry({ type: 'barrier.reached', barrier: 'B' })).toBe('');
    expect(entry({ type: 'gate.passed', gate: 'health', summary: '200', seconds: 1 })).toBe('');
    expect(entry({ type: 'release.committed' })).toBe('');
    expect(step('undo')).toBe('');
  });
});
