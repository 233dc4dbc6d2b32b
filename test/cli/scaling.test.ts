import { describe, expect, it } from 'vitest';
import { scalingText, type Scaling } from '../../src/cli/present/scaling.ts';

const scaled: Scaling = {
  verdict: 'succeeded',
  cause: null,
  environment: 'local',
  service: 'web',
  count: 3,
  before: 2,
  described: 2,
  running: 3,
};
const superseded = {
  code: 'superseded',
  service: 'web',
  what: 'web was asked for 4 meanwhile, elsewhere',
  evidence: [],
} as const;

describe('what is told of another number of tasks', () => {
  it('is until when it holds', () => {
    expect(scalingText(scaled)).toContain('the next deployment takes the 2 of the description again');
    expect(scalingText({ ...scaled, described: 3 })).not.toContain('next deployment');
    const byItself = scalingText({ ...scaled, described: null });
    expect(byItself).toContain('web scales by itself');
    expect(byItself).not.toContain('of the description');
  });

  it('claims that the engine goes on trying only where it does', () => {
    const stuck = { ...scaled, verdict: 'needs-attention', running: 2 } as const;
    const late = { ...superseded, code: 'never-healthy' } as const;
    expect(scalingText({ ...stuck, cause: late })).toContain('the engine goes on trying for 3 tasks');
    expect(scalingText({ ...stuck, cause: superseded })).not.toContain('goes on trying');
  });
});
