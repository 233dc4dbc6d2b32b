import type { Migration } from '../app/environment.ts';
import type { Clients } from '../ecs/clients.ts';
import type { Handover } from '../ecs/handover.ts';
import { endOfOneOffs, runOneOff, type OneOffEnd } from '../ecs/one-off.ts';
import type { TaskService } from '../ecs/task-definition.ts';
import type { Cause } from '../journal/cause.ts';
import type { Evidence } from '../journal/evidence.ts';
import type { MigrationRecord } from '../journal/fold.ts';
import type { Deployment, Tools } from './context.ts';
import { strikeLines } from './gates/redaction.ts';
import { outputEnds } from './output-ends.ts';

/**
 * The outcome of a migration. `unharmed`: it failed and the schema is provably what it was. `stranded`: it failed and
 * the schema is not, or cannot be shown to be, what it was.
 */
export type Migrated =
  | { readonly kind: 'done' }
  | { readonly kind: 'unharmed'; readonly cause: Cause }
  | { readonly kind: 'stranded'; readonly cause: Cause };

/**
 * Migrates once, with the new image, as a one-off task of the engine. `known`: the schema's version, where it was asked
 * for already.
 */
export async function migrate(
  deployment: Deployment,
  tools: Tools,
  migration: Migration,
  taskDefinition: string,
  known?: string | null,
): Promise<Migrated> {
  const run = runnerOf(deployment, tools, migration, taskDefinition);
  const startedAt = tools.clock();

  const before = known === undefined ? await versionBy(run, migration) : known;
  const { service } = migration;
  await deployment.append({ type: 'migration.started', service, taskDefinition, before });
  const applied = await run(migration.apply);
  if (applied.exitCode === 0) {
    const after = await versionBy(run, migration);
    const seconds = (tools.clock() - startedAt) / 1000;
    await deployment.append({ type: 'migration.finished', before, after, seconds });
    return { kind: 'done' };
  }

  const told = (command: readonly string[], end: OneOffEnd): Promise<Evidence> =>
    evidenceOf(tools, placeOf(deployment, migration).service, command, end);
  const evidence: Evidence[] = [await told(migration.apply, applied)];
  let after = await versionBy(run, migration);
  if (after !== before && migration.undo !== null) {
    evidence.push(await told(migration.undo, await run(migration.undo)));
    after = await versionBy(run, migration);
  }
  await deployment.append({ type: 'migration.failed', before, after, evidence });
  return failure(migration, applied, before, after, evidence);
}

/** Stopped tasks are told of for this long. Milliseconds. */
const remembered = 60 * 60_000;

/**
 * What became of a migration whose deployer died: it is waited for, never begun a second time, and then the schema is
 * looked at.
 */
export async function settleMigration(
  deployment: Deployment,
  tools: Tools,
  migration: Migration,
  { taskDefinition, before, startedAt }: MigrationRecord,
): Promise<Migrated> {
  const { handover } = placeOf(deployment, migration);
  const { cluster } = handover;
  const { timeout } = migration;
  const wait = { cluster, startedBy: deployment.id, timeout, clock: tools.clock, pause: tools.pause };
  const ended = await endOfOneOffs(tools.clients, wait);
  const applied = ended.find(({ command }) => command.join('\0') === migration.apply.join('\0'));
  if (applied?.exitCode === 0) {
    // What it changed stays, and is to be known of when somebody wants to go back.
    const after = await versionBy(runnerOf(deployment, tools, migration, taskDefinition), migration);
    const seconds = (tools.clock() - startedAt) / 1000;
    await deployment.append({ type: 'migration.finished', before, after, seconds });
    return { kind: 'done' };
  }

  const cause = (code: Cause['code'], rest: string): Cause => ({
    code,
    service: migration.service,
    what: `its deployer died while it migrated; ${rest}`,
    evidence: [],
  });
  if (applied === undefined && tools.clock() - startedAt < remembered)
    return { kind: 'unharmed', cause: cause('interrupted', 'the migration had not begun') };
  const after = await versionBy(runnerOf(deployment, tools, migration, taskDefinition), migration);
  if (before === null || after === null)
    return { kind: 'stranded', cause: cause('migration-failed', 'how far it got is not known') };
  return after === before
    ? { kind: 'unharmed', cause: cause('interrupted', `the schema is at ${before}, as before`) }
    : {
        kind: 'stranded',
        cause: cause('migration-failed', `the schema was at ${before} and is now at ${after}`),
      };
}

export function placeOf(
  { services, handovers }: Deployment,
  migration: Migration,
): { readonly service: TaskService; readonly handover: Handover } {
  const service = services.find(({ name }) => name === migration.service);
  const handover = handovers.get(migration.service);
  if (service && handover) return { service, handover };
  throw new Error(`the migration names a service that is not deployed: ${migration.service}`);
}

function runnerOf(
  deployment: Deployment,
  tools: Tools,
  migration: Migration,
  taskDefinition: string,
): (command: readonly string[]) => Promise<OneOffEnd> {
  const place = placeOf(deployment, migration);
  return (command) => runCommand(tools, { ...place, taskDefinition, command, migration, deployment });
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

/** The schema's version as the app's own command tells it; null where there is none, or it does not answer. */
export function schemaVersion(
  deployment: Deployment,
  tools: Tools,
  migration: Migration,
  taskDefinition: string,
): Promise<string | null> {
  return versionBy(runnerOf(deployment, tools, migration, taskDefinition), migration);
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
    environment: sessionOptions(service, migration),
    log: { group: service.logGroup, prefix: service.logPrefix },
    startedBy: deployment.id,
    timeout: migration.timeout,
    clock,
    pause,
  });
}

/** What PostgreSQL's own library, and those that do as it does, take for every session. */
function sessionOptions(
  { variables }: TaskService,
  { lockTimeout }: Migration,
): readonly { readonly name: string; readonly value: string }[] {
  const own = variables.find(({ name }) => name === 'PGOPTIONS')?.value;
  // Of its own options kept elsewhere nobody knows the words to add to.
  if (lockTimeout === 0 || (own !== undefined && own.from !== 'literal')) return [];
  const option = `-c lock_timeout=${Math.ceil(lockTimeout * 1000)}`;
  // The later one counts, which is the app's own.
  return [{ name: 'PGOPTIONS', value: own === undefined ? option : `${option} ${own.value}` }];
}

async function evidenceOf(
  { clients, secrets }: Tools,
  { logGroup, logPrefix, containerName }: TaskService,
  command: readonly string[],
  { task, exitCode, lines, reason }: OneOffEnd,
): Promise<Evidence> {
  const output = { kind: 'output', source: command.join(' '), exitCode } as const;
  if (lines.length === 0) return { ...output, lines: [reason] };
  const log = { group: logGroup, prefix: logPrefix, containerName, taskArn: task };
  const ends = await outputEnds(clients, log, lines);
  const struck = strikeLines(ends.lines, secrets);
  if (ends.first === undefined) return { ...output, lines: struck };
  return {
    ...output,
    lines: struck,
    first: { ...ends.first, lines: strikeLines(ends.first.lines, secrets) },
  };
}
