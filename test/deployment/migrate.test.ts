import { describe, expect, it } from 'vitest';
import type { Environment, Migration } from '../../src/app/environment.ts';
import { migrate, settleMigration, type Migrated } from '../../src/deployment/migrate.ts';
import type { Event } from '../../src/journal/event.ts';
import { appOf } from '../ecs/platform/shop.ts';
import { clientsOfStub } from '../ecs/rig.ts';
import { bench, deploymentOf } from './rig.ts';

const environment: Environment = appOf('shop', { api: { kind: 'worker', command: 'node api.js' } });
const migration: Migration = {
  service: 'api',
  apply: ['migrate', 'up'],
  current: ['migrate', 'version'],
  undo: ['migrate', 'down'],
  timeout: 60,
  pending: null,
  allow: ['blocks-writers'],
  lockTimeout: 5,
};

/** A database whose migration moves it through these versions, and how each command ends. */
interface Database {
  /** The version before, after `apply`, and after `undo`; null where the command that asks fails. */
  readonly versions: readonly [string | null, string | null, string | null];
  readonly apply: number | null;
}

interface Migrating {
  readonly outcome: Migrated;
  readonly commands: readonly string[];
  readonly events: readonly Event[];
}

/** An engine that runs one-off tasks as such a database would answer them. */
function engineOf({ versions, apply }: Database, commands: string[], sessions: unknown[] = []) {
  const ended: { command: readonly string[]; exitCode: number | null; line: string }[] = [];
  let at = 0;
  return clientsOfStub((operation, input) => Promise.resolve(answer(operation, input)));

  function run(command: readonly string[], environment: readonly unknown[]): void {
    sessions.push(environment);
    const words = command.join(' ');
    commands.push(words);
    if (words === 'migrate version') {
      const version = versions[at] ?? null;
      ended.push({ command, exitCode: version === null ? 1 : 0, line: version ?? 'no connection' });
    } else {
      at += 1;
      const exitCode = words === 'migrate up' ? apply : 0;
      ended.push({ command, exitCode, line: `${words} with password hunter2-hunter2` });
    }
  }

  function answer(operation: string, input: unknown): object {
    const said: {
      overrides?: { containerOverrides?: { command?: string[]; environment?: unknown[] }[] };
      tasks?: string[];
      logStreamName?: string;
    } = Object(input);
    const arn = (index: number): string => `arn:aws:ecs:local:0:task/shop/${index}`;
    switch (operation) {
      case 'RunTask':
        run(
          said.overrides?.containerOverrides?.[0]?.command ?? [],
          said.overrides?.containerOverrides?.[0]?.environment ?? [],
        );
        return { tasks: [{ taskArn: arn(ended.length - 1) }], failures: [] };
      case 'ListTasks':
        return {
          taskArns: JSON.stringify(input).includes('STOPPED') ? ended.map((_, index) => arn(index)) : [],
        };
      case 'DescribeTasks':
        return {
          tasks: said.tasks?.map((task) => {
            const { command, exitCode } = ended[Number(task.split('/').at(-1))] ?? {
              command: [],
              exitCode: null,
            };
            return {
              taskArn: task,
              lastStatus: 'STOPPED',
              stoppedReason: 'the machine went away',
              overrides: { containerOverrides: [{ command }] },
              containers: [{ name: 'api', ...(exitCode === null ? {} : { exitCode }) }],
            };
          }),
        };
      default: {
        const { line } = ended[Number(said.logStreamName?.split('/').at(-1))] ?? { line: '' };
        return { events: [{ timestamp: 1, message: line }] };
      }
    }
  }
}

async function migrating(database: Database, more: Partial<Migration> = {}): Promise<Migrating> {
  const commands: string[] = [];
  const one = await bench({ clients: await engineOf(database, commands), secrets: ['hunter2-hunter2'] });
  const deployment = deploymentOf(environment, one);
  const outcome = await migrate(deployment, one.tools, { ...migration, ...more }, 'api:2');
  return { outcome, commands, events: await one.events('d1') };
}

describe('the session of a migration', () => {
  const session = async (more: Partial<Migration>, own?: string) => {
    const sessions: unknown[] = [];
    const one = await bench({
      clients: await engineOf({ versions: ['1', '1', null], apply: 0 }, [], sessions),
    });
    const variables = own === undefined ? {} : { PGOPTIONS: own };
    const app = appOf('shop', { api: { kind: 'worker', command: 'node api.js', variables } });
    await migrate(deploymentOf(app, one), one.tools, { ...migration, ...more }, 'api:2');
    return sessions[1];
  };

  it('gives up waiting for a lock', async () => {
    expect(await session({})).toEqual([{ name: 'PGOPTIONS', value: '-c lock_timeout=5000' }]);
    expect(await session({ lockTimeout: 0.5 })).toEqual([
      { name: 'PGOPTIONS', value: '-c lock_timeout=500' },
    ]);
    expect(await session({ lockTimeout: 0 })).toEqual([]);
  });

  it('keeps the options of the app, which count more', async () => {
    expect(await session({}, '-c lock_timeout=1s')).toEqual([
      { name: 'PGOPTIONS', value: '-c lock_timeout=5000 -c lock_timeout=1s' },
    ]);
  });
});

describe('a migration', () => {
  it('that goes well says from where to where, and is run once', async () => {
    const { outcome, commands, events } = await migrating({ versions: ['1', '2', null], apply: 0 });
    expect(outcome).toEqual({ kind: 'done' });
    expect(commands).toEqual(['migrate version', 'migrate up', 'migrate version']);
    expect(events).toEqual([
      { type: 'migration.started', service: 'api', taskDefinition: 'api:2', before: '1' },
      { type: 'migration.finished', before: '1', after: '2', seconds: expect.any(Number) },
    ]);
  });

  it('that fails and changed nothing is unharmed, with its output as evidence and no secret in it', async () => {
    const { outcome, commands, events } = await migrating({ versions: ['1', '1', null], apply: 3 });
    expect(commands).toEqual(['migrate version', 'migrate up', 'migrate version']);
    const evidence = [
      { kind: 'output', source: 'migrate up', exitCode: 3, lines: ['migrate up with password ***'] },
    ];
    expect(outcome).toEqual({
      kind: 'unharmed',
      cause: {
        code: 'migration-failed',
        service: 'api',
        what: 'the migration failed: `migrate up` ended with 3; the schema is at 1, as before',
        evidence,
      },
    });
    expect(events.at(-1)).toEqual({ type: 'migration.failed', before: '1', after: '1', evidence });
  });

  it('that fails on the way is undone, and then unharmed', async () => {
    const { outcome, commands } = await migrating({ versions: ['1', '2', '1'], apply: 1 });
    expect(commands).toEqual([
      'migrate version',
      'migrate up',
      'migrate version',
      'migrate down',
      'migrate version',
    ]);
    expect(outcome).toMatchObject({
      kind: 'unharmed',
      cause: { evidence: [{}, { source: 'migrate down' }] },
    });
  });

  it.each<[string, Database, Partial<Migration>, string]>([
    [
      'cannot be undone',
      { versions: ['1', '2', null], apply: 1 },
      { undo: null },
      'was at 1 and is now at 2',
    ],
    [
      'is not undone by its own command',
      { versions: ['1', '3', '2'], apply: 1 },
      {},
      'was at 1 and is now at 2',
    ],
    ['does not tell its version after', { versions: ['1', null, null], apply: 1 }, {}, 'is not known'],
    ['did not tell its version before', { versions: [null, '1', '1'], apply: 1 }, {}, 'is not known'],
    [
      'has no way to tell its version',
      { versions: ['1', '1', '1'], apply: 1 },
      { current: null },
      'is not known',
    ],
  ])(
    'that fails and %s is stranded: nothing is claimed that is not shown',
    async (_, database, more, what) => {
      const { outcome } = await migrating(database, more);
      expect(outcome).toMatchObject({
        kind: 'stranded',
        cause: { code: 'migration-failed', what: expect.stringContaining(what) },
      });
    },
  );

  it('whose task ended without an exit code says why', async () => {
    const { outcome } = await migrating({ versions: ['1', '1', null], apply: null });
    expect(outcome).toMatchObject({ cause: { what: expect.stringContaining('the machine went away') } });
  });
});

describe('a migration whose deployer died', () => {
  /** What is made of it later; it ran if `apply` says how it ended. */
  async function settled(database: Database, startedAt: number, ran: boolean) {
    const commands: string[] = [];
    const one = await bench({ clients: await engineOf(database, commands) });
    const deployment = deploymentOf(environment, one);
    if (ran) await migrate(deployment, one.tools, { ...migration, current: null, undo: null }, 'api:2');
    commands.length = 0;
    const record = {
      service: 'api',
      taskDefinition: 'api:2',
      before: '1',
      after: null,
      startedAt,
      finished: false,
      partly: false,
    };
    return { outcome: await settleMigration(deployment, one.tools, migration, record), commands };
  }

  it('and went well is done, and not begun again', async () => {
    const { outcome, commands } = await settled({ versions: ['1', '2', null], apply: 0 }, Date.now(), true);
    expect(outcome).toEqual({ kind: 'done' });
    expect(commands).not.toContain('migrate up');
  });

  it('before it began left everything as it was', async () => {
    const { outcome, commands } = await settled({ versions: ['1', '2', null], apply: 0 }, Date.now(), false);
    expect(outcome).toMatchObject({ kind: 'unharmed', cause: { code: 'interrupted' } });
    expect(commands).not.toContain('migrate up');
  });

  it('and failed is judged by the schema', async () => {
    const unharmed = await settled({ versions: ['1', '1', null], apply: 1 }, Date.now(), true);
    expect(unharmed.outcome).toMatchObject({ kind: 'unharmed' });
    const stranded = await settled({ versions: ['1', '2', null], apply: 1 }, Date.now(), true);
    expect(stranded.outcome).toMatchObject({ kind: 'stranded', cause: { code: 'migration-failed' } });
  });

  it('so long ago that the engine has forgotten it is judged by the schema too', async () => {
    const long = Date.now() - 2 * 60 * 60_000;
    const { outcome } = await settled({ versions: ['2', '2', null], apply: 0 }, long, false);
    expect(outcome).toMatchObject({
      kind: 'stranded',
      cause: { what: expect.stringContaining('was at 1 and is now at 2') },
    });
  });
});
