import type { Migration } from '../app/environment.ts';
import { runOneOff, type OneOffEnd } from '../ecs/one-off.ts';
import { outputOfTask } from '../ecs/task-output.ts';
import type { Cause } from '../journal/cause.ts';
import type { Evidence, HarmfulStatement } from '../journal/evidence.ts';
import type { ClassifiedStatement } from '../migration/classification.ts';
import { pendingTool, type PendingTool } from '../migration/pending.ts';
import { rule } from '../migration/policy.ts';
import type { Deployment, Tools } from './context.ts';
import { strike, strikeLines } from './gates/redaction.ts';
import { placeOf, schemaVersion } from './migrate.ts';

export interface PendingJob {
  readonly migration: Migration & { readonly pending: NonNullable<Migration['pending']> };
  /** Of the new image. */
  readonly taskDefinition: string;
  /** Classes and fingerprints that whoever deploys lets pass, this time. */
  readonly asked: readonly string[];
  readonly somethingRuns: boolean;
}

/** `before`: the schema's version, where it had to be asked for; undefined where it was not. */
export type PendingVerdict =
  | { readonly kind: 'passes'; readonly before: string | null | undefined }
  | { readonly kind: 'refused'; readonly cause: Cause };

/**
 * Looks at the SQL of the pending migrations before any of it is run: what it would do to those who write meanwhile and
 * to the revision that still runs, held against what the environment lets pass. Throws a `Refusal` for SQL that does not
 * parse. Nothing is changed here.
 */
export async function judgePending(
  deployment: Deployment,
  tools: Tools,
  job: PendingJob,
): Promise<PendingVerdict> {
  const { migration, taskDefinition } = job;
  const tool = pendingTool(migration.pending);
  const asksForVersion = migration.pending.tool === 'sql-files';
  const before = asksForVersion
    ? await schemaVersion(deployment, tools, migration, taskDefinition)
    : undefined;
  if (before === null) {
    const what = 'which migrations are pending is not known: `migration.current` does not answer';
    return { kind: 'refused', cause: refusal(migration, what, []) };
  }

  const printed = await print(deployment, tools, job, tool);
  if ('cause' in printed) return { kind: 'refused', cause: printed.cause };
  const { pending, applied } = tool.read(printed.lines, before ?? null);

  const [{ loadParser }, { classify }] = await Promise.all([
    import('../migration/parser.ts'),
    import('../migration/classify.ts'),
  ]);
  const circumstances = { lockTimeout: migration.lockTimeout > 0, oneTransaction: tool.oneTransaction };
  const statements = classify(await loadParser(), pending, circumstances, applied);
  const { refused, tolerated } = rule(
    { allow: migration.allow, asked: job.asked, somethingRuns: job.somethingRuns },
    statements,
  );
  if (refused.length > 0) {
    const evidence: Evidence = {
      kind: 'statements',
      statements: refused.map((one) => told(one, tools.secrets)),
    };
    return {
      kind: 'refused',
      cause: refusal(migration, wordsOf(migration, refused, statements.length), [evidence]),
    };
  }
  await deployment.append({
    type: 'migration.classified',
    statements: statements.length,
    harmful: tolerated.map((one) => told(one, tools.secrets)),
  });
  return { kind: 'passes', before };
}

function wordsOf(
  { allow, pending }: PendingJob['migration'],
  refused: readonly ClassifiedStatement[],
  count: number,
): string {
  const reasons = refused.flatMap((statement) => statement.reasons.map((reason) => reason.class));
  // What blocks writers is in the way only where nothing limits how long.
  const limited = refused.every(({ waits }) => waits === 'limited');
  const ways = [...new Set(reasons)].filter(
    (kind) => kind !== 'fails' && !(allow.includes(kind) && (kind !== 'blocks-writers' || limited)),
  );
  const flags = ways.map((kind) => `\`--allow-migration ${kind}\``).join(' ');
  const what = reasons.includes('fails') ? 'would fail or do harm' : 'may do harm that is not allowed here';
  const all = `${count} ${count === 1 ? 'statement' : 'statements'} pending (${pending.tool})`;
  const way =
    flags === ''
      ? ''
      : `; to let it happen all the same, deploy with ${flags}, or name single statements by their fingerprints`;
  return `${refused.length} of ${all} ${what}${way}`;
}

function refusal(migration: Migration, what: string, evidence: readonly Evidence[]): Cause {
  return { code: 'migration-refused', service: migration.service, what, evidence };
}

/** Values were left out of statements where they were classified; names are looked through once more. */
function told(
  { script, line, shown, fingerprint, reasons }: ClassifiedStatement,
  secrets: readonly string[],
): HarmfulStatement {
  return {
    script,
    line,
    shown: strike(shown, secrets),
    fingerprint,
    reasons: reasons.map(({ class: kind, why, instead }) => ({
      class: kind,
      why: strike(why, secrets),
      instead,
    })),
  };
}

/**
 * Runs the tool, with two lines of our own around what it prints, so that neither what it complains of nor half of what it
 * printed is taken for the SQL. What it complains of comes behind, if it fails.
 */
const around = `exec 3>&1
printf '%s\\n' "$1"
end=$2
script=$3
shift 3
said=$(sh -c "$script" sh "$@" 2>&1 >&3 3>&-)
code=$?
printf '%s\\n' "$end"
[ "$code" = 0 ] || printf '%s\\n' "$said"
exit "$code"`;

async function print(
  deployment: Deployment,
  tools: Tools,
  { migration, taskDefinition }: PendingJob,
  tool: PendingTool,
): Promise<{ readonly lines: readonly string[] } | { readonly cause: Cause }> {
  const { service, handover } = placeOf(deployment, migration);
  const { containerName, logGroup, logPrefix } = service;
  const { clock, pause } = tools;
  const [begin, end] = [`-- ${deployment.id}: pending SQL`, `-- ${deployment.id}: end of pending SQL`];
  const ended = await runOneOff(tools.clients, {
    handover,
    taskDefinition,
    containerName,
    command: ['sh', '-c', around, 'sh', begin, end, tool.script, ...tool.words],
    environment: [],
    log: { group: logGroup, prefix: logPrefix },
    startedBy: deployment.id,
    timeout: migration.timeout,
    clock,
    pause,
  });
  const log = { group: logGroup, prefix: logPrefix, containerName, taskArn: ended.task };
  const output =
    ended.task === '' ? null : await outputOfTask(tools.clients, { log, begin, end, clock, pause });
  if (output !== null && ended.exitCode === 0) return { lines: output.between };
  return { cause: failed(migration, ended, output?.behind ?? [], tools) };
}

function failed(
  migration: PendingJob['migration'],
  ended: OneOffEnd,
  said: readonly string[],
  tools: Tools,
): Cause {
  const { pending } = migration;
  const source = 'command' in pending ? pending.command.join(' ') : pending.folder;
  const how =
    ended.exitCode === 0
      ? 'not all of what it printed arrived'
      : ended.exitCode === null
        ? ended.reason
        : `it ended with ${ended.exitCode}`;
  const lines = said.length > 0 ? strikeLines(said.slice(-lastLines), tools.secrets) : [ended.reason];
  const evidence: Evidence = { kind: 'output', source, exitCode: ended.exitCode, lines };
  return refusal(migration, `the SQL of the pending migrations could not be had: ${how}`, [evidence]);
}

/** How many of its last lines are told of a tool that fails. */
const lastLines = 40;
