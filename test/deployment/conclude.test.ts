import { describe, expect, it } from 'vitest';
import { conclude, concludeFailure } from '../../src/deployment/conclude.ts';
import type { Event } from '../../src/journal/event.ts';
import { LeaseLost } from '../../src/journal/store.ts';
import { Refusal } from '../../src/refusal.ts';
import { appOf } from '../ecs/platform/shop.ts';
import { bench, deploymentOf } from './rig.ts';

const environment = appOf('shop', { api: { kind: 'worker', command: 'node api.js' } });
const running = { api: 'api:1' };
const refusal = new Refusal({ code: 'x', what: 'the user can mend this', next: 'mend it' });
const ofTheEngine = Object.assign(new Error('the engine says no'), {
  name: 'AccessDeniedException',
  $metadata: { httpStatusCode: 400 },
});
/** As the SDK throws it when it has given up. */
const engineAway = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4100'), {
  code: 'ECONNREFUSED',
  $metadata: { attempts: 9, totalRetryDelay: 6_665 },
});
const ourFault = new TypeError('undefined is not a function');

const migrationStarted: Event = {
  type: 'migration.started',
  service: 'api',
  taskDefinition: 'api:2',
  before: '1',
};
const migrationFinished: Event = { type: 'migration.finished', before: '1', after: '2', seconds: 1 };
const planned: Event = { type: 'rollout.planned', rollout: { scaleUpDeadline: 1, services: [] } };

/** What is made of a failure after these events: how it is told, and what the journal then says. */
async function failing(error: unknown, ...events: readonly Event[]) {
  const one = await bench();
  const deployment = deploymentOf(environment, one);
  for (const event of events) await deployment.append(event);
  const outcome = await concludeFailure(deployment, error, running).catch((thrown: unknown) => thrown);
  const concluded = (await one.events('d1')).filter(({ type }) => type === 'deployment.concluded');
  return { outcome, concluded };
}

describe('a conclusion', () => {
  it('is written down, and says what runs', async () => {
    const one = await bench();
    const deployment = deploymentOf(environment, one);
    await deployment.append({ type: 'release.built', release: 'r1', images: {}, built: [], seconds: 1 });
    expect(await conclude(deployment, 'succeeded', null, running)).toEqual({
      verdict: 'succeeded',
      cause: null,
      deployment: 'd1',
      release: 'r1',
      running,
    });
    expect((await one.events('d1')).at(-1)).toEqual({
      type: 'deployment.concluded',
      verdict: 'succeeded',
      cause: null,
      running,
    });
  });
});

describe('a failure before anything moved', () => {
  it('of the engine is refused, with its own words as the cause', async () => {
    const { outcome, concluded } = await failing(ofTheEngine);
    expect(outcome).toMatchObject({
      verdict: 'refused',
      cause: { code: 'update-failed', what: 'the engine says no' },
      running,
    });
    expect(concluded).toHaveLength(1);
  });

  it('because the engine is away is refused too, and nobody takes it for the engine’s no', async () => {
    const { outcome, concluded } = await failing(engineAway);
    expect(outcome).toMatchObject({
      verdict: 'refused',
      cause: { what: 'the engine could not be reached: connect ECONNREFUSED 127.0.0.1:4100' },
      running,
    });
    expect(concluded).toHaveLength(1);
  });

  it.each([refusal, ourFault])(
    'is shown as what it is, and the journal says that nothing moved',
    async (error) => {
      const { outcome, concluded } = await failing(error);
      expect(outcome).toBe(error);
      expect(concluded).toMatchObject([{ verdict: 'refused' }]);
    },
  );

  it('but after a migration is no refusal: something was changed', async () => {
    const { outcome } = await failing(ofTheEngine, migrationStarted, migrationFinished);
    expect(outcome).toMatchObject({ verdict: 'rolled-back' });
  });
});

describe('a failure once services were asked to move', () => {
  it.each([
    ['while it migrated', migrationStarted],
    ['amid the rollout', planned],
  ])('%s leaves the journal open for resume, and needs attention', async (_, event) => {
    for (const error of [refusal, ofTheEngine, engineAway]) {
      const { outcome, concluded } = await failing(error, event);
      expect(outcome).toMatchObject({
        verdict: 'needs-attention',
        cause: { code: 'interrupted', what: expect.stringContaining('fairway resume') },
      });
      expect(concluded).toEqual([]);
    }
  });

  it('that is a fault of ours is shown as one, and leaves the journal open', async () => {
    const { outcome, concluded } = await failing(ourFault, planned);
    expect(outcome).toBe(ourFault);
    expect(concluded).toEqual([]);
  });

  it('to keep the lease leaves the platform to whoever has it', async () => {
    const followed: string[] = [];
    const done = (what: string) => () => Promise.resolve(void followed.push(what));
    const platform = {
      prepare: () => Promise.resolve(new Map()),
      inspect: () => Promise.resolve([]),
      routeUsers: done('routeUsers'),
      settle: done('settle'),
      restore: done('restore'),
      leave: done('leave'),
    };
    const one = await bench({ platform });
    const deployment = deploymentOf(environment, one);
    await conclude(deployment, 'rolled-back', null, running);
    expect(followed).toEqual(['restore']);
    await one.tools.journal.release(one.lease);
    await expect(conclude(deployment, 'succeeded', null, running)).rejects.toThrow(LeaseLost);
    expect(followed).toEqual(['restore']);
  });

  it('because the lease was lost writes nothing any more', async () => {
    const { outcome, concluded } = await failing(new LeaseLost(), planned);
    expect(outcome).toMatchObject({ verdict: 'needs-attention', cause: { code: 'lease-lost' } });
    expect(concluded).toEqual([]);
  });
});

describe('a failure that cannot be written down', () => {
  const away = new Refusal({ code: 'journal-unreachable', what: 'S3 is away', next: 'wait' });

  /** After these events the journal takes nothing more. */
  async function unwritten(error: unknown, why: Error, ...events: readonly Event[]) {
    const one = await bench();
    const { journal } = one.tools;
    let full = false;
    const append: typeof journal.append = (...words) =>
      full ? Promise.reject(why) : journal.append(...words);
    const tools = { ...one.tools, journal: { ...journal, append } };
    const deployment = deploymentOf(environment, { ...one, tools });
    for (const event of events) await deployment.append(event);
    full = true;
    return concludeFailure(deployment, error, running).catch((thrown: unknown) => thrown);
  }

  it('is refused where nothing was changed', async () => {
    expect(await unwritten(away, away)).toBe(away);
  });

  it('is no refusal after a migration', async () => {
    expect(await unwritten(away, away, migrationStarted, migrationFinished)).toMatchObject({
      verdict: 'needs-attention',
      cause: { what: expect.stringContaining('S3 is away') },
    });
  });

  it('because the lease is lost by now says that', async () => {
    expect(await unwritten(ofTheEngine, new LeaseLost())).toMatchObject({
      verdict: 'needs-attention',
      cause: { code: 'lease-lost' },
    });
  });
});
