import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../../src/journal/event.ts';
import type { Holder, Lease } from '../../src/journal/lease.ts';
import type { Head } from '../../src/journal/s3/head.ts';
import { openS3 } from '../../src/journal/s3/store.ts';
import { LeaseLost, type JournalStore } from '../../src/journal/store.ts';
import { Refusal } from '../../src/refusal.ts';
import { randomness } from '../simulation/random.ts';
import { openWorld } from './adversary.ts';

/** What deployers and readers saw, of a world in which nobody can rely on anything but S3's conditions. */
interface Story {
  /** Tokens of appends that resolved, by deployment, in the order in which they did. */
  readonly appended: Map<string, string[]>;
  /** Tokens of appends that were begun when their lease was released, or another's, already. */
  readonly hopeless: Set<string>;
  readonly readings: { readonly deployment: string; readonly tokens: readonly string[] }[];
  readonly faults: string[];
  readonly end: ReadonlyMap<string, readonly string[]>;
  readonly takeovers: number;
}

test('whatever the network and the clocks do, one holder at a time writes, and what was true once stays true', async () => {
  let takeovers = 0;
  let hopeless = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const story = await tell(seed);
      takeovers += story.takeovers;
      hopeless += story.hopeless.size;
      expect(story.faults).toEqual([]);
      const all = [...story.end.values()].flat();
      expect(new Set(all).size, 'an event stands twice').toBe(all.length);
      for (const token of story.hopeless) expect(all).not.toContain(token);
      for (const [deployment, tokens] of story.appended) {
        const end = story.end.get(deployment) ?? [];
        expect(end.filter((token) => tokens.includes(token))).toEqual(tokens);
      }
      for (const { deployment, tokens } of story.readings)
        expect(story.end.get(deployment)?.slice(0, tokens.length)).toEqual(tokens);
    }),
    { numRuns: 400 },
  );
  // The adversary has had its way, often.
  expect(takeovers).toBeGreaterThan(400);
  expect(hopeless).toBeGreaterThan(50);
});

const deployers = 4;

async function tell(seed: number): Promise<Story> {
  const random = randomness(seed);
  const world = openWorld(random);
  const appended = new Map<string, string[]>();
  const hopeless = new Set<string>();
  const readings: { deployment: string; tokens: readonly string[] }[] = [];
  const faults: string[] = [];
  let made = 0;
  const newest = (): Head | undefined => world.heads.at(-1);
  const failed = (error: unknown): void => void faults.push(String(error));

  for (let pid = 1; pid <= deployers; pid += 1) void deployer(pid).catch(failed);
  for (let pid = 11; pid <= 12; pid += 1) void reader(pid).catch(failed);
  await world.run();
  const outside = openS3({ ...quiet, bucket: world.outside });
  const end = new Map<string, readonly string[]>();
  for (const id of await outside.deployments()) end.set(id, await tokensOf(outside, id));
  faults.push(...oddHeads(world.heads));
  return { appended, hopeless, readings, faults, end, takeovers: takeoversIn(world.heads) };

  function storeOf(pid: number) {
    const { die, ...process } = world.process(pid);
    let marks = 0;
    // Of those with an odd pid nobody knows whether they live.
    const alive = (holder: Holder) => (holder.pid % 2 === 1 ? 'unknown' : !world.isDead(holder.pid));
    return { store: openS3({ ...process, alive, newMark: () => `${pid}.${(marks += 1)}` }), die, process };
  }

  async function deployer(pid: number): Promise<void> {
    const { store, die, process } = storeOf(pid);
    for (let round = 0; round < 4; round += 1) {
      const lease = await passing(store.acquire(holderOf(pid)));
      if (lease === null || lease.held) {
        await process.pause();
        continue;
      }
      const ids = random() < 0.6 ? ((await passing(store.deployments())) ?? []) : [];
      const earlier = ids[Math.floor(random() * ids.length)];
      const fresh = `d${String((made += 1)).padStart(3, '0')}`;
      for (let event = 0; event < 5; event += 1) {
        const deployment = random() < 0.2 ? fresh : (earlier ?? fresh);
        // A reading that began earlier tells nothing of what is written now.
        if (random() < 0.2) void store.read(deployment).catch(expected);
        // The heartbeat asks nobody.
        if (random() < 0.2) void store.renew(lease).catch(expected);
        await append(pid, store, lease, deployment);
        if (random() < 0.03) die();
        if (random() < 0.2) await process.pause();
      }
      if (random() < 0.8) await passing(store.release(lease));
      if (random() < 0.2) await append(pid, store, lease, fresh);
    }
  }

  async function append(pid: number, store: JournalStore, lease: Lease, deployment: string): Promise<void> {
    const token = `${pid}/${world.heads.length}/${(made += 1)}`;
    const isHopeless = (newest()?.epoch ?? 0) > lease.epoch || newest()?.released === true;
    if (isHopeless) hopeless.add(token);
    try {
      const entry = await store.append(lease, deployment, eventOf(token));
      const head = newest();
      // At this very moment its holder may act on it.
      if (head?.epoch !== lease.epoch || head.released) faults.push(`${token} was taken without the lease`);
      if (entry.epoch !== lease.epoch || tokenOf(entry.event) !== token)
        faults.push(`${token} came back changed`);
      appended.set(deployment, [...(appended.get(deployment) ?? []), token]);
      if (random() < 0.3 && (await passing(tokensOf(store, deployment)))?.includes(token) === false)
        faults.push(`${token} was not read by who wrote it`);
    } catch (error) {
      expected(error);
      if (isHopeless && !(error instanceof LeaseLost) && !(error instanceof Refusal)) throw error;
    }
  }

  async function reader(pid: number): Promise<void> {
    const { store, process } = storeOf(pid);
    for (let round = 0; round < 6; round += 1) {
      const before = new Map(appended);
      const ids = await passing(store.deployments());
      if (ids === null) continue;
      for (const id of before.keys()) if (!ids.includes(id)) faults.push(`${id} is not listed`);
      if (ids.join() !== ids.toSorted().join()) faults.push(`not oldest first: ${ids.join()}`);
      for (const deployment of ids) {
        const known = [...(appended.get(deployment) ?? [])];
        const tokens = await passing(tokensOf(store, deployment));
        if (tokens === null) continue;
        for (const token of known) if (!tokens.includes(token)) faults.push(`${token} was not read`);
        readings.push({ deployment, tokens });
      }
      await process.pause();
    }
  }
}

/** Each version of the head follows from the one before: nothing taken away, at most one event added, by who has the lease. */
function oddHeads(heads: readonly Head[]): readonly string[] {
  return heads.flatMap((head, index) => {
    const before = heads[index - 1];
    if (before === undefined) return head.epoch === 1 ? [] : ['the first epoch is not 1'];
    const [old, entries] = [before.open?.entries ?? [], head.open?.entries ?? []];
    const same = JSON.stringify(before.open) === JSON.stringify(head.open);
    if (head.epoch === before.epoch + 1)
      return same ? [] : [`taking over changed the journal in ${head.epoch}`];
    if (head.epoch !== before.epoch) return [`epoch ${head.epoch} came after ${before.epoch}`];
    if (before.released) return [`epoch ${head.epoch} went on after its release`];
    if (same) return [];
    if (entries.at(-1)?.epoch !== head.epoch) return [`an event of another epoch in ${head.epoch}`];
    const isSameDeployment = before.open?.deployment === head.open?.deployment;
    const isLonger = JSON.stringify(entries.slice(0, -1)) === JSON.stringify(old);
    return !isSameDeployment || isLonger ? [] : [`the journal was rewritten in ${head.epoch}`];
  });
}

function takeoversIn(heads: readonly Head[]): number {
  return heads.filter((head, index) => {
    const before = heads[index - 1];
    return before !== undefined && before.epoch < head.epoch && !before.released;
  }).length;
}

const quiet = {
  clock: () => 0,
  alive: () => 'unknown' as const,
  newMark: () => '',
  pause: () => Promise.resolve(),
};

function holderOf(pid: number): Holder {
  return { who: `nr-${pid}`, host: 'somewhere', pid, startTime: 'x', purpose: 'deploy' };
}

function eventOf(token: string): Event {
  return { type: 'stage.entered', service: token, stage: 'x' };
}

function tokenOf(event: Event): string {
  return event.type === 'stage.entered' ? event.service : event.type;
}

async function tokensOf(store: JournalStore, deployment: string): Promise<readonly string[]> {
  const { entries } = await store.read(deployment);
  return entries.map(({ event }) => tokenOf(event));
}

/** Null where S3 was away for too long. */
async function passing<Result>(work: Promise<Result>): Promise<Result | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function expected(error: unknown): void {
  if (!(error instanceof LeaseLost) && !(error instanceof Refusal)) throw error;
}
