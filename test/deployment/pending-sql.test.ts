import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/app/environment.ts';
import { conclude, concludeFailure } from '../../src/deployment/conclude.ts';
import { judgePending, type PendingJob } from '../../src/deployment/pending-sql.ts';
import { breaksSince, schemaOf } from '../../src/deployment/schema-breaks.ts';
import type { Event } from '../../src/journal/event.ts';
import { appOf } from '../ecs/platform/shop.ts';
import { clientsOfStub } from '../ecs/rig.ts';
import { bench, deploymentOf } from './rig.ts';

const environment: Environment = appOf('shop', { api: { kind: 'worker', command: 'node api.js' } });

/** An engine that runs a one-off task as a process here; `keeps`: which of its lines the log gets. */
function engineOf(keeps: (line: string) => boolean) {
  let ended = { exitCode: 0, lines: [''] };
  return clientsOfStub((operation, input) => Promise.resolve(answer(operation, Object(input))));

  function answer(
    operation: string,
    input: { overrides?: { containerOverrides?: { command?: string[] }[] }; nextToken?: string },
  ): object {
    const task = { taskArn: 'arn:aws:ecs:local:0:task/shop/1' };
    switch (operation) {
      case 'RunTask': {
        const [program = '', ...words] = input.overrides?.containerOverrides?.[0]?.command ?? [];
        const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
        ended = { exitCode: status ?? 1, lines: `${stdout}${stderr}`.split('\n').filter(keeps) };
        return { tasks: [task], failures: [] };
      }
      case 'DescribeTasks':
        return {
          tasks: [
            { ...task, lastStatus: 'STOPPED', containers: [{ name: 'api', exitCode: ended.exitCode }] },
          ],
        };
      default: {
        // Two pages, as of a long log.
        const half = Math.ceil(ended.lines.length / 2);
        const lines = input.nextToken === undefined ? ended.lines.slice(0, half) : ended.lines.slice(half);
        const page = input.nextToken === '1' ? [] : lines;
        return {
          events: page.map((message) => ({ timestamp: 1, message })),
          nextForwardToken: input.nextToken === undefined ? '0' : '1',
        };
      }
    }
  }
}

async function judging(
  script: string,
  more: Partial<Omit<PendingJob, 'migration'>> = {},
  keeps: (line: string) => boolean = () => true,
) {
  const one = await bench({ clients: await engineOf(keeps), secrets: ['hunter2-hunter2'] });
  const migration = {
    service: 'api',
    apply: ['migrate'],
    current: null,
    undo: null,
    timeout: 60,
    pending: { tool: 'command', command: ['sh', '-c', script] },
    allow: ['blocks-writers'],
    lockTimeout: 5,
  } as const;
  const job = { migration, taskDefinition: 'api:2', asked: [], somethingRuns: true, ...more };
  const verdict = await judgePending(deploymentOf(environment, one), one.tools, job);
  return { verdict, events: await one.events('d1') };
}

describe('pending SQL', () => {
  it('that is safe passes, and that it was looked at is written down', async () => {
    const { verdict, events } = await judging(`echo 'ALTER TABLE a ADD b int;'; echo 'INFO  noise' >&2`);
    expect(verdict).toEqual({ kind: 'passes', before: undefined });
    expect(events).toEqual([{ type: 'migration.classified', statements: 1, harmful: [] }]);
  });

  it('that breaks the running revision is refused, with each statement and the flags that let it pass', async () => {
    const { verdict, events } = await judging(`echo 'DROP TABLE a; CREATE TABLE b (c int);'`);
    expect(verdict).toMatchObject({
      kind: 'refused',
      cause: {
        code: 'migration-refused',
        what: expect.stringMatching(
          /^1 of 2 statements pending .*`--allow-migration breaks-running` `--allow-migration loses-data`/,
        ),
        evidence: [{ kind: 'statements', statements: [{ shown: 'DROP TABLE a', line: 1 }] }],
      },
    });
    expect(events).toEqual([]);
  });

  it('that is let pass is told, and remembered', async () => {
    const { verdict, events } = await judging(`echo 'ALTER TABLE a RENAME b TO c;'`, {
      asked: ['breaks-running'],
    });
    expect(verdict).toMatchObject({ kind: 'passes' });
    expect(events).toMatchObject([
      { type: 'migration.classified', harmful: [{ shown: 'ALTER TABLE a RENAME b TO c' }] },
    ]);
  });

  it('that does not parse is refused with its place', async () => {
    await expect(judging(`echo 'SELECT 1;'; echo 'SELEKT 2;'`)).rejects.toMatchObject({
      problems: [{ code: 'migration-does-not-parse', where: 'pending SQL, line 2, column 1' }],
    });
  });

  it('that could not be had is refused with what the command complained of, and no secret in it', async () => {
    const { verdict } = await judging(`echo 'SELECT 1;'; echo 'no way in with hunter2-hunter2' >&2; exit 3`);
    expect(verdict).toMatchObject({
      kind: 'refused',
      cause: {
        what: 'the SQL of the pending migrations could not be had: it ended with 3',
        evidence: [{ kind: 'output', exitCode: 3, lines: ['no way in with ***', ''] }],
      },
    });
  });

  it('of which only a part arrived is never taken for the whole', async () => {
    const { verdict } = await judging(
      `echo 'SELECT 1;'; echo 'DROP TABLE a;'`,
      {},
      (line) => !/end|DROP/.test(line),
    );
    expect(verdict).toMatchObject({
      kind: 'refused',
      cause: { what: expect.stringContaining('not all of what it printed arrived') },
    });
  });
});

describe('what migrations broke', () => {
  const statement = {
    script: null,
    line: 1,
    shown: 'ALTER TABLE a RENAME b TO c',
    fingerprint: '0123456789ab',
    reasons: [{ class: 'breaks-running', why: 'it is called otherwise', instead: null }],
  } as const;
  const classified: Event = { type: 'migration.classified', statements: 1, harmful: [statement] };
  const began: Event = { type: 'migration.started', service: 'api', taskDefinition: 'api:2', before: '1' };
  const finished: Event = { type: 'migration.finished', before: '1', after: '2', seconds: 1 };

  async function after(...events: readonly Event[]) {
    const one = await bench();
    const deployment = deploymentOf(environment, one);
    await one.tools.journal.append(one.lease, 'd0', { type: 'release.committed' });
    for (const event of events) await deployment.append(event);
    return { one, deployment, breaks: await breaksSince(one.tools, 'd0') };
  }

  it('is known of those that went through, and of those that got part of the way', async () => {
    const half: Event = { type: 'migration.failed', before: '1', after: '2', evidence: [] };
    const known = [{ deployment: 'd1', before: '1', statements: [statement] }];
    expect((await after(classified, began, finished)).breaks).toEqual(known);
    expect((await after(classified, began, half)).breaks).toEqual(known);
  });

  it('is nothing where the migration did not happen', async () => {
    const nothing: Event = { type: 'migration.failed', before: '1', after: '1', evidence: [] };
    expect((await after(classified)).breaks).toEqual([]);
    expect((await after(classified, began, nothing)).breaks).toEqual([]);
  });

  it('is nothing for a release that came after it', async () => {
    const { one } = await after(classified, began, finished);
    expect(await breaksSince(one.tools, 'd1')).toEqual([]);
    expect(await schemaOf(one.tools)).toBe('2');
  });

  it('keeps a deployment from being called rolled back', async () => {
    const { deployment } = await after(classified, began, finished);
    const gone = { code: 'gate-failed', service: null, what: 'health: 503', evidence: [] } as const;
    const outcome = await conclude(deployment, 'rolled-back', gone, { api: 'api:1' });
    expect(outcome).toMatchObject({
      verdict: 'needs-attention',
      cause: {
        code: 'gate-failed',
        what: expect.stringMatching(/^health: 503; .*until the schema is at 1/),
        evidence: [{ kind: 'statements', statements: [statement] }],
      },
    });
  });

  it('is told, too, where an error of the engine ends the deployment', async () => {
    const { deployment } = await after(classified, began, finished);
    const no = Object.assign(new Error('the engine says no'), {
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
    });
    expect(await concludeFailure(deployment, no, { api: 'api:1' })).toMatchObject({
      verdict: 'needs-attention',
      cause: { what: expect.stringContaining('the engine says no; the old version runs on a schema') },
    });
  });
});
