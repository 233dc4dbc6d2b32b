import { describe, expect, it } from 'vitest';
import { assertActedOn } from '../../src/deployment/not-yet.ts';
import { Refusal } from '../../src/refusal.ts';
import { environments } from '../ecs/examples.ts';

describe('what no code acts on yet', () => {
  const [environment] = environments;
  if (!environment) throw new Error('no example');

  it('is refused at deployment, all of it at once, each by its path', () => {
    const notYet = [
      { path: 'stores.cache', what: 'redis on the embedded engine' },
      { path: 'alarms', what: 'alarms' },
    ];
    const act = (): void => assertActedOn({ ...environment, notYet });
    expect(act).toThrow(Refusal);
    expect(act).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ code: 'not-yet', where: 'stores.cache' }),
          expect.objectContaining({ code: 'not-yet', where: 'alarms', what: 'not yet: alarms' }),
        ],
      }),
    );
  });

  it('stops nobody who asks for none of it', () => {
    expect(() => assertActedOn({ ...environment, notYet: [] })).not.toThrow();
  });
});
