import { describe, expect, it } from 'vitest';
import { releaseOf } from '../../src/cli/commands/status.ts';
import type { ServiceReading } from '../../src/ecs/state.ts';

const serving = (revision: string | null): ServiceReading => ({
  kind: 'present',
  serving: revision,
  desired: 1,
  running: 1,
  deployment: null,
});
const newer = { release: 'two', running: { web: 'web:2', worker: 'worker:1' } };
const older = { release: 'one', running: { web: 'web:1', worker: 'worker:1', old: 'old:1' } };

describe('the release that runs', () => {
  it('is the one that all of what serves belongs to, whatever came after it', () => {
    expect(releaseOf({ web: serving('web:2'), worker: serving('worker:1') }, [newer, older])).toBe('two');
    expect(releaseOf({ web: serving('web:1'), worker: serving('worker:1') }, [newer, older])).toBe('one');
  });

  it('is not made up where what serves was never proven together, or nothing serves', () => {
    expect(releaseOf({ web: serving('web:3'), worker: serving('worker:1') }, [newer, older])).toBeNull();
    expect(releaseOf({ web: serving('web:2'), worker: serving('worker:2') }, [newer])).toBeNull();
    expect(releaseOf({ web: serving(null), worker: { kind: 'absent' } }, [newer])).toBeNull();
    expect(releaseOf({}, [newer])).toBeNull();
  });
});
