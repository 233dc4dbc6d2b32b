import type { Environment } from '../app/environment.ts';
import { emptyRecord, fold, type DeploymentRecord } from '../journal/fold.ts';
import { Refusal } from '../refusal.ts';
import { open, started } from './begin.ts';
import type { Deployment, Tools } from './context.ts';
import { concludeFailure, concludeRollout } from './conclude.ts';
import { letGo, takeLease, type LeaseWish } from './lease.ts';
import { settleUnfinished } from './resume.ts';
import { schemaVersion } from './migrate.ts';
import { carryOut } from './rollout.ts';
import { breaksSince, statementWords } from './schema-breaks.ts';
import type { Outcome } from './verdict.ts';

/** A release that was proven by a deployment of before, and can be returned to: the very same revisions. */
export interface ProvenRelease {
  readonly deployment: string;
  readonly release: string | null;
  readonly at: number;
  readonly running: Readonly<Record<string, string | null>>;
}

/** Newest first. */
export async function provenReleases({ journal }: Pick<Tools, 'journal'>): Promise<readonly ProvenRelease[]> {
  const ids = (await journal.deployments()).toReversed();
  const records = await Promise.all(
    ids.map(async (id) => ({ id, record: fold((await journal.read(id)).entries, emptyRecord) })),
  );
  return records.flatMap(({ id, record }) => proven(id, record));
}

function proven(deployment: string, { conclusion, release }: DeploymentRecord): readonly ProvenRelease[] {
  if (conclusion?.verdict !== 'succeeded') return [];
  return [{ deployment, release, at: conclusion.at, running: conclusion.running }];
}

/**
 * Returns to the release before the one that runs, or to a named one, without building anything: the engine gets the
 * same task definitions again. Only the health gates are asked, and nothing bakes: the release has proven itself.
 */
export async function rollBack(
  load: () => Promise<Environment>,
  tools: Tools,
  wish: LeaseWish,
  to: string | null,
): Promise<Outcome> {
  const environment = await load();
  const lease = await takeLease(environment, tools, wish);
  try {
    tools.report({ kind: 'step', step: 'preflight', detail: environment.name });
    await settleUnfinished(environment, tools, lease);
    const handovers = await tools.platform.prepare(environment);

    tools.report({ kind: 'step', step: 'plan', detail: '' });
    const deployment = open(environment, handovers, tools, lease, tools.newId());
    const state = await deployment.observer.observe();
    const serving = Object.fromEntries(
      deployment.services.map(({ name }) => {
        const reading = state.services[name];
        return [name, reading?.kind === 'present' ? reading.serving : null];
      }),
    );
    const releases = await provenReleases(tools);
    const goal = chosen(releases, serving, to);
    if (goal === null) {
      await tools.platform.restore(environment);
      throw refuse(environment, to, releases);
    }
    const services = deployment.services.flatMap(({ name }) => {
      const target = goal.running[name];
      const previous = serving[name] ?? null;
      return target == null || target === previous
        ? []
        : [{ service: name, previous, target, pauses: environment.strategy.kind !== 'rolling' }];
    });
    if (services.length === 0) {
      await tools.platform.restore(environment);
      return {
        verdict: 'nothing-to-do',
        cause: null,
        deployment: null,
        release: goal.release,
        running: serving,
      };
    }

    const schema = await schemaRefusal(deployment, tools, goal, serving);
    if (schema !== null) {
      await tools.platform.restore(environment);
      throw schema;
    }
    await deployment.append({ ...started(tools), kind: { kind: 'rollback', to: goal.deployment } });
    await deployment.append({
      type: 'release.built',
      release: goal.release ?? goal.deployment,
      images: {},
      built: [],
      seconds: 0,
    });
    const rollout = { services, scaleUpDeadline: environment.strategy.scaleUpDeadline * 1000 };
    await deployment.append({ type: 'rollout.planned', rollout });
    const gates = environment.gates.filter((gate) => gate.kind === 'health');
    return await carryOut(deployment, tools, { rollout, gates, bakes: false }).then(
      (conclusion) => concludeRollout(deployment, conclusion),
      (error: unknown) => concludeFailure(deployment, error, serving),
    );
  } finally {
    await letGo(tools, lease);
  }
}

/** A release from before a migration that breaks it is not returned to, unless the migration has been undone. */
async function schemaRefusal(
  deployment: Deployment,
  tools: Tools,
  { deployment: goal, release }: ProvenRelease,
  serving: Readonly<Record<string, string | null>>,
): Promise<Refusal | null> {
  const { environment } = deployment;
  const { migration } = environment;
  const breaks = await breaksSince(tools, goal);
  const [first] = breaks;
  if (first === undefined) return null;
  const running = migration === null ? null : (serving[migration.service] ?? null);
  const now = migration && running ? await schemaVersion(deployment, tools, migration, running) : null;
  if (now !== null && now === first.before) return null;
  const until = first.before === null ? '' : ` until the schema is at ${first.before}`;
  const undo =
    migration?.undo == null ? '' : ` (\`${migration.undo.join(' ')}\`, in the image that brought them)`;
  return new Refusal({
    code: 'schema-does-not-allow-it',
    what: `the release ${release ?? goal} may not survive the schema as it is: migrations that were applied since break it`,
    where: `${environment.name} of ${environment.app}${now === null ? '' : `, schema at ${now}`}`,
    why: breaks
      .flatMap((one) => one.statements.map((statement) => `${one.deployment}: ${statementWords(statement)}`))
      .join('\n'),
    next: `undo them first${undo}${until}, while nothing needs what they made; or deploy a new version that fits the schema`,
  });
}

function chosen(
  releases: readonly ProvenRelease[],
  serving: Readonly<Record<string, string | null>>,
  to: string | null,
): ProvenRelease | null {
  if (to !== null)
    return releases.find(({ deployment, release }) => deployment === to || release === to) ?? null;
  // What runs may itself have been returned to: the release before it is the one before it was first made.
  const first = releases.findLastIndex(({ running }) => isServing(running, serving));
  return releases.slice(first + 1).find(({ running }) => !isServing(running, serving)) ?? null;
}

function isServing(
  running: ProvenRelease['running'],
  serving: Readonly<Record<string, string | null>>,
): boolean {
  return Object.entries(running).every(([service, revision]) => revision === (serving[service] ?? null));
}

function refuse({ app, name }: Environment, to: string | null, releases: readonly ProvenRelease[]): Refusal {
  const known = releases.map(({ deployment, release }) => `${deployment} (release ${release ?? 'unnamed'})`);
  return new Refusal({
    code: 'no-such-release',
    what:
      to === null
        ? 'there is no earlier release to return to'
        : `no release or deployment called ${to} has succeeded here`,
    where: `${name} of ${app}`,
    why: known.length === 0 ? 'no deployment has succeeded yet' : `these have: ${known.join(', ')}`,
    next: 'see `fairway history`',
  });
}
