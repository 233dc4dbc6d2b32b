import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrafficSummary } from '../../src/traffic/words.ts';
import { expectOnly } from './truth.ts';
import { brief, openWorkbench, type Behaviour, type Run, type Workbench } from './workbench.ts';

/**
 * Releases that fail, one after the other, while users keep coming: each ends in its own truthful verdict that names the
 * cause with the evidence, the old version serves, and no user's request has failed.
 */
let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench();
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded', exitCode: 0 });
});
afterAll(() => bench[Symbol.asyncDispose]());

interface Failing {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly env?: Readonly<Record<string, string>>;
  readonly verdict: 'refused' | 'rolled-back' | 'needs-attention';
  readonly exitCode: number;
  readonly cause: string;
  /** All of these are told by the cause and its evidence. */
  readonly evidence: readonly string[];
}

const rolledBack = { verdict: 'rolled-back', exitCode: 4 } as const;
const failing: readonly Failing[] = [
  {
    name: 'does-not-build',
    behaviour: 'does-not-build',
    verdict: 'refused',
    exitCode: 3,
    cause: 'build-failed',
    evidence: ['node build.mjs', 'SyntaxError: unexpected token', '"exitCode":2'],
  },
  {
    name: 'migration-fails',
    behaviour: 'migration-fails',
    ...rolledBack,
    cause: 'migration-failed',
    evidence: [
      'connected with ***","0008_add_price.sql',
      '"leftOut":15',
      'at frame 60 of a driver","connected with ***',
      '"exitCode":1',
      'the schema is at 0007, as before',
    ],
  },
  {
    name: 'migration-fails-halfway',
    behaviour: 'migration-fails-halfway',
    verdict: 'needs-attention',
    exitCode: 5,
    cause: 'migration-failed',
    evidence: ['0009_drop_name.sql', '"exitCode":1', 'the schema was at 0007 and is now at 0008'],
  },
  {
    name: 'migration-fails without telling how far it got',
    behaviour: 'migration-fails',
    env: { SHOP_MIGRATION: 'blind' },
    verdict: 'needs-attention',
    exitCode: 5,
    cause: 'migration-failed',
    evidence: ['0008_add_price.sql', '"exitCode":1', 'how far it got is not known'],
  },
  {
    name: 'exits-at-start',
    behaviour: 'exits-at-start',
    ...rolledBack,
    cause: 'task-exited',
    evidence: ['PRICE_LIST is not set', '"exitCode":3'],
  },
  {
    name: 'never-healthy',
    behaviour: 'never-healthy',
    env: { SHOP_DEADLINE: '12' },
    ...rolledBack,
    cause: 'never-healthy',
    evidence: [
      'not healthy within 12 s: GET /health answered status 503 instead of 200 to 299',
      '"status":503',
      'starting',
      'shop 2 listens',
    ],
  },
  {
    name: 'is stopped by the engine for failing its health checks',
    behaviour: 'never-healthy',
    // Long enough to begin to listen on a busy machine.
    env: { SHOP_CHECKS: 'strict', SHOP_GRACE: '6' },
    ...rolledBack,
    cause: 'never-healthy',
    evidence: [
      'the engine stopped what did not pass its health check: GET /health answered status 503',
      '"status":503',
      'starting',
      'shop 2 listens',
    ],
  },
  {
    name: 'listens on a port of its own choice',
    behaviour: 'listens-elsewhere',
    env: { SHOP_DEADLINE: '12' },
    ...rolledBack,
    cause: 'never-healthy',
    evidence: [
      'GET /health',
      '"status":null',
      'ECONNREFUSED',
      'the app must listen on the port that $PORT names',
    ],
  },
  {
    name: 'wrong-content',
    behaviour: 'wrong-content',
    env: { SHOP_WITHIN: '5' },
    ...rolledBack,
    cause: 'gate-failed',
    evidence: ['GET /health', '"status":200', 'disconnected', 'connected'],
  },
  {
    name: 'smoke-fails',
    behaviour: 'smoke-fails',
    ...rolledBack,
    cause: 'gate-failed',
    evidence: ['smoke', '"status":500', 'relation \\\\\\"items\\\\\\" does not exist'],
  },
  {
    name: 'integration-fails',
    behaviour: 'integration-fails',
    ...rolledBack,
    cause: 'gate-failed',
    evidence: ['integration', '"exitCode":1', 'cart: {\\"items\\":2}', 'expected an empty cart'],
  },
  {
    name: 'slow',
    behaviour: 'slow',
    env: { SHOP_LOAD: '40' },
    ...rolledBack,
    cause: 'gate-failed',
    evidence: ['load', 'p95', '"limit":500', '"ok":false'],
  },
  {
    name: 'fails-under-load',
    behaviour: 'fails-under-load',
    env: { SHOP_LOAD: '40' },
    ...rolledBack,
    cause: 'gate-failed',
    evidence: ['load', '× status 500', 'error rate', '"limit":1', '"ok":false'],
  },
];

describe('a release that', () => {
  test.each(failing)(
    '$name ends $verdict with its cause, and no user notices',
    async ({ behaviour, env, verdict, exitCode, cause, evidence }) => {
      const { run, summary } = await deployUnderUsers(behaviour, env);
      expect(run.last, brief(run)).toMatchObject({ verdict, exitCode, cause: { code: cause } });
      expect(run.exitCode).toBe(exitCode);
      const told = JSON.stringify(run.last['cause']);
      for (const words of evidence) expect(told).toContain(words);
      expect(summary).toMatchObject({ failed: 0, failures: [] });
      expect(Object.keys(summary.perVersion)).toEqual(['1']);
      await expectOnly(bench, '1');
    },
  );

  test('crashes in the bake is rolled back; only requests that came to it are lost, and they are counted', async () => {
    const { run, summary } = await deployUnderUsers('crashes-in-bake', { SHOP_BAKE: '20' });
    expect(run.last, brief(run)).toMatchObject({
      ...rolledBack,
      cause: { code: 'failed-during-bake' },
    });
    const told = JSON.stringify(run.last['cause']);
    expect(told).toContain('fatal: out of file descriptors');
    expect(told).toContain('"exitCode":7');
    // How many come until traffic is back is a matter of how busy the machine is; the first of them are told one by one.
    expect(summary.failures).toHaveLength(Math.min(20, summary.failed));
    expect(summary.failures.map(({ version }) => version)).not.toContain('1');
    expect(summary.perVersion['1']?.failed).toBe(0);
    expect(summary.perVersion['2']?.requests).toBeGreaterThan(0);
    await expectOnly(bench, '1');
  });

  test('failed stands in the history with its verdict and its cause', async () => {
    const history = await bench.fairway('history', '--json');
    const { deployments } = history.last;
    expect(deployments).toHaveLength(failing.length + 2);
    expect(history.stdout).toContain('"verdict":"needs-attention","cause":"the migration failed');
    expect(history.stdout).not.toContain('"verdict":"unfinished"');
  });

  test('tells a secret in its log is not quoted with it', async () => {
    await bench.release('2', 'migration-fails');
    await bench.fairway('deploy', '--json');
    const { stdout } = await bench.fairway('logs', 'web');
    expect(stdout).toContain('connected with ***');
  });
});

async function deployUnderUsers(
  behaviour: Behaviour,
  env: Readonly<Record<string, string>> = {},
): Promise<{ run: Run; summary: TrafficSummary }> {
  await bench.release('2', behaviour);
  const users = await bench.users();
  const run = await bench.start(['deploy', '--json'], env).done;
  const summary = await users.stop();
  return { run, summary };
}
