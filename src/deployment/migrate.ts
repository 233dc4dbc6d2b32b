import type { Migration } from '../app/environment.ts';
import type { Clients } from '../ecs/clients.ts';
import type { Handover } from '../ecs/handover.ts';
import { runOneOff, type OneOffEnd } from '../ecs/one-off.ts';
import type { TaskService } from '../ecs/task-definition.ts';
import type { Cause } from '../journal/cause.ts';
import type { Evidence } from '../journal/evidence.ts';
import type { Deployment, Tools } from './context.ts';

/**
 * The outcome of a migration. `unharmed`: it failed and the schema is provably what it was. `stranded`: it failed and
 * the schema is not, or cannot be shown to be, what it was.
 */
export type Migrated =
  | { readonly kind: 'done' }
  | { readonly kind: 'unharmed'; readonly cause: Cause }
  | { readonly kind: 'stranded'; readonly cause: Cause };

/** Migrates once, with the new image, as a one-off task of the engine. */
export async function migrate(
  deployment: Deployment,
  tools: Tools,
  migration: Migration,
  taskDefinition: string,
): Promise<Migrated> {
  const service = deployment.services.find(({ name }) => name === migration.service);
  const handover = deployment.handovers.get(migration.service);
  if (!service || !handover)
    throw new Error(`the migration names a service that is not deployed: ${migration.service}`);
  const run = (command: readonly string[]) =>
    runCommand(tools, { service, handover, taskDefinition, command, migration, deployment });
  const startedAt = tools.clock();

  const before = await versionBy(run, migration);
  await deployment.append({ type: 'migration.started', service: migration.service, before });
  const applied = await run(migration.apply);
  if (applied.exitCode === 0) {
    const after = await versionBy(run, migration);
    const seconds = (tools.clock() - startedAt) / 1000;
    await deployment.append({ type: 'migration.finished', before, after, seconds });
    return { kind: 'done' };
  }

  const evidence: Evidence[] = [evidenceOf(migration.apply, applied)];
  let after = await versionBy(run, migration);
  if (after !== before && migration.undo !== null) {
    evidence.push(evidenceOf(migration.undo, await run(migration.undo)));
    after = await versionBy(run, migration);
  }
  await deployment.append({ type: 'migration.failed', before, after, evidence });
  return failure(migration, applied, before, after, evidence);
}

function failure(
  migration: Migration,
  applied: OneOffEnd,
  before: string | null,
  after: string | null,
  evidence: readonly Evidence[],
): Migrated {
  const ended = applied.exitCode === null ? applied.reason : `ended with ${applied.exitCode}`;
  const what = `the migration failed: \`${migration.apply.join(' ')}\` ${ended}`;
  const cause = (rest: string): Cause => ({
    code: 'migration-failed',
    service: migration.service,
    what: `${what}; ${rest}`,
    evidence,
  });
  if (migration.current === null || after === null || before === null) {
    return {
      kind: 'stranded',
      cause: cause(
        'how far it got is not known, because the description has no `migration.current` that answers',
      ),
    };
  }
  if (after === before) return { kind: 'unharmed', cause: cause(`the schema is at ${before}, as before`) };
  return { kind: 'stranded', cause: cause(`the schema was at ${before} and is now at ${after}`) };
}

async function versionBy(
  run: (command: readonly string[]) => Promise<OneOffEnd>,
  { current }: Migration,
): Promise<string | null> {
  if (current === null) return null;
  const { exitCode, lines } = await run(current);
  return exitCode === 0 ? (lines.findLast((line) => line.trim() !== '')?.trim() ?? 'empty') : null;
}

interface CommandRun {
  readonly service: TaskService;
  readonly handover: Handover;
  readonly taskDefinition: string;
  readonly command: readonly string[];
  readonly migration: Migration;
  readonly deployment: Deployment;
}

function runCommand(
  { clients, clock, pause }: { clients: Clients; clock: () => number; pause: (ms: number) => Promise<void> },
  job: CommandRun,
): Promise<OneOffEnd> {
  const { service, handover, taskDefinition, command, migration, deployment } = job;
  return runOneOff(clients, {
    handover,
    taskDefinition,
    containerName: service.containerName,
    command,
    log: { group: service.logGroup, prefix: service.logPrefix },
    startedBy: deployment.id,
    timeout: migration.timeout,
    clock,
    pause,
  });
}

function evidenceOf(command: readonly string[], { exitCode, lines, reason }: OneOffEnd): Evidence {
  return { kind: 'output', source: command.join(' '), exitCode, lines: lines.length > 0 ? lines : [reason] };
}
