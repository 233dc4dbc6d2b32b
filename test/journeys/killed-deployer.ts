import { afterAll, beforeAll, expect } from 'vitest';
import { expectOnly } from './truth.ts';
import { brief, holds, openWorkbench, type Behaviour, type Json, type Workbench } from './workbench.ts';

/** A workbench whose deployers die, and the version that serves there. */
export interface Deathbed {
  readonly bench: Workbench;
  serves: number;
}

/** One for all tests of a file: it opens before the first, and is taken down and looked through after the last. */
export function deathbed(): Deathbed {
  let opened: Workbench | null = null;
  beforeAll(async () => {
    opened = await openWorkbench({ env: { SHOP_BAKE: '0.5' } });
    await opened.release('1');
    const first = await opened.fairway('deploy', '--json');
    expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
  });
  afterAll(() => opened?.[Symbol.asyncDispose]());
  return {
    serves: 1,
    get bench() {
      if (opened === null) throw new Error('the workbench is not open yet');
      return opened;
    },
  };
}

/** A row of a table of tests: what the event is called, and the event. */
export function named(event: Json): readonly [string, Json] {
  return [
    Object.values(event)
      .map((value) => [value].flat()[0])
      .join(' '),
    event,
  ];
}

/**
 * Under users, kills the deployer of the next version the moment it has told an event, resumes, and checks that one
 * whole version serves: the one that was told.
 * @returns what `resume` ended with
 */
export async function killAndResume(
  bed: Deathbed,
  event: Json,
  behaviour: Behaviour = 'fine',
): Promise<Json> {
  const { bench, serves } = bed;
  await bench.release(String(serves + 1), behaviour);
  const users = await bench.users();
  const killed = await bench.fairwayDyingAt(event, 'deploy', '--json');
  expect(killed.events.at(-1), brief(killed)).toSatisfy((last: Json) => holds(last, event));
  expect(killed.exitCode).toBeNull();
  const resumed = await bench.fairway('resume', '--json');
  const summary = await users.stop();
  expect(summary, brief(resumed)).toMatchObject({ failed: 0, failures: [] });
  expect(resumed.exitCode, brief(resumed)).toBe(resumed.last['exitCode']);
  if (resumed.last['verdict'] === 'succeeded') bed.serves += 1;
  await expectOnly(bench, String(bed.serves));
  return resumed.last;
}
