import { createHash } from 'node:crypto';
import type { Environment, Migration, Strategy } from '../app/environment.ts';
import { stepsOf } from '../ecs/act.ts';
import { isPassing } from '../ecs/failure.ts';
import type { Cause } from '../journal/cause.ts';
import type { Rollout, RolloutService } from '../journal/rollout.ts';
import { repositoriesIn } from '../ecs/handover.ts';
import { readBefore, type Before } from './before.ts';
import { open, started } from './begin.ts';
import { buildAll } from './build.ts';
import type { Deployment, Tools } from './context.ts';
import { findFormer, retire, type FormerService } from './former.ts';
import { refuseInFlight } from './in-flight.ts';
import { conclude, concludeFailure, concludeRollout } from './conclude.ts';
import { letGo, takeLease, type LeaseWish } from './lease.ts';
import { migrate } from './migrate.ts';
import { judgePending, type PendingVerdict } from './pending-sql.ts';
import { changeWords, sameServices, type DeploymentPlan } from './plan.ts';
import { assertActedOn } from './not-yet.ts';
import { settleUnfinished } from './resume.ts';
import { carryOut, shiftOf } from './rollout.ts';
import { isServing, render, survey, type Survey } from './survey.ts';
import type { Outcome } from './verdict.ts';

export interface DeployWish extends LeaseWish {
  /** Classes of migrations, and fingerprints of their statements, that may be applied this time. */
  readonly allowMigration?: readonly string[];
}

/**
 * The main job: makes the release that the description and the source ask for live in one environment, or leaves
 * everything as it was, and tells the truth about which.
 */
export async function deploy(
  load: () => Promise<Environment>,
  tools: Tools,
  wish: DeployWish,
): Promise<Outcome> {
  // 1. Load the app and resolve it for the environment: all problems at once, each with its path and its fix.
  const environment = await load();
  assertActedOn(environment);

  // 2. Take the lease on the environment. Somebody else's: say who, since when, where; `wait` queues.
  const lease = await takeLease(environment, tools, wish);
  try {
    // 3. Everything the engine will need exists. What an earlier deployer left unfinished is settled first.
    tools.report({ kind: 'step', step: 'preflight', detail: environment.name });
    await settleUnfinished(environment, tools, lease);
    const before = await readBefore(tools.clients, environment);
    const handovers = await tools.platform.prepare(environment);
    for (const unchecked of await tools.platform.inspect(environment, handovers))
      tools.report({ kind: 'step', step: 'preflight', detail: unchecked });

    // 4. Plan: what runs against what is wanted. Nothing to do is said at once.
    tools.report({ kind: 'step', step: 'plan', detail: '' });
    const deployment = open(environment, handovers, tools, lease, tools.newId());
    const { former, job, plan } = await planned(deployment, tools, before);
    for (const change of plan.platform)
      tools.report({ kind: 'step', step: 'update', detail: changeWords(change) });
    if (sameServices(plan)) {
      await tools.platform.settle(environment);
      return unchanged(plan);
    }

    await deployment.append(started(tools));
    return await release(deployment, tools, job, plan, former, wish.allowMigration ?? []).catch(
      (error: unknown) => concludeFailure(deployment, error, servingOf(plan)),
    );
  } finally {
    await letGo(tools, lease);
  }
}

/** What cannot be planned changes nothing. */
async function planned(
  deployment: Deployment,
  tools: Tools,
  before: Before,
): Promise<{ former: readonly FormerService[]; job: Survey; plan: DeploymentPlan }> {
  const { environment, platform } = deployment;
  try {
    const former = await findFormer(tools.clients, environment, before);
    const job = await surveyOf(deployment, tools, former, before);
    // On this machine nobody else deploys but by mistake, and what is asked for last holds.
    if (tools.clients.address.kind === 'aws') refuseInFlight(environment.name, job.state);
    return { former, job, plan: await survey(job) };
  } catch (error) {
    if (!isPassing(error)) await platform.restore(environment);
    throw error;
  }
}

async function release(
  deployment: Deployment,
  tools: Tools,
  job: Survey,
  plan: DeploymentPlan,
  former: readonly FormerService[],
  allowMigration: readonly string[],
): Promise<Outcome> {
  const { environment } = deployment;

  // 5. Build, and push where a registry is named: content-addressed, what is there is neither built nor pushed.
  const buildStarted = tools.clock();
  const built = await buildAll(plan, job, tools);
  if (tools.interrupted.aborted) return conclude(deployment, 'rolled-back', interrupted, servingOf(plan));
  if ('failed' in built) return conclude(deployment, 'refused', built.failed, servingOf(plan));
  const images = built.images;
  const seconds = (tools.clock() - buildStarted) / 1000;
  await deployment.append({
    type: 'release.built',
    release: releaseId(job, plan, images),
    images,
    built: built.built,
    pushed: built.pushed,
    seconds,
  });

  // 6. Register the task definitions, and migrate once with the new image, as a one-off task.
  tools.report({ kind: 'step', step: 'register', detail: '' });
  const targets = await register(deployment, job, images);
  // What was built anew may have come out as what runs.
  if (Object.keys(targets).length === 0 && former.length === 0)
    return conclude(deployment, 'nothing-to-do', null, servingOf(plan));
  const { migration } = environment;
  const migrating = migration && (targets[migration.service] ?? servingOf(plan)[migration.service]);
  if (migration && migrating) {
    // What is pending is looked at before anything is changed: whether the running revision survives it.
    const judged = await judge(deployment, tools, plan, migration, migrating, allowMigration);
    if (judged.kind === 'refused') return conclude(deployment, 'refused', judged.cause, servingOf(plan));
    tools.report({ kind: 'step', step: 'migrate', detail: migration.apply.join(' ') });
    const migrated = await migrate(deployment, tools, migration, migrating, judged.before);
    if (migrated.kind === 'unharmed')
      return conclude(deployment, 'rolled-back', migrated.cause, servingOf(plan));
    if (migrated.kind === 'stranded')
      return conclude(deployment, 'needs-attention', migrated.cause, servingOf(plan));
  }
  if (tools.interrupted.aborted) return conclude(deployment, 'rolled-back', interrupted, servingOf(plan));

  // 7. Update every service, with its strategy and its pauses; workers wait before scale-up until the gates have passed.
  const rollout = rolloutOf(environment, plan, targets);
  await deployment.append({ type: 'rollout.planned', rollout });

  // 8. Barrier A: all of green up with test traffic, paused; the gates decide.
  // 9. Continue everywhere: traffic moves.
  // 10. Barrier B: all shifted, every blue still warm: bake. Then the decision is written down, and blue is cleaned up.
  const conclusion = await carryOut(deployment, tools, { rollout, gates: environment.gates, bakes: true });

  // What is no longer described goes last, once nothing is left to return to.
  if (conclusion.verdict === 'succeeded') await retire(deployment, tools, former);

  // 11. One truthful verdict: what the engine says runs, and nothing else; and the rest of the platform follows it.
  return concludeRollout(deployment, conclusion);
}

async function judge(
  deployment: Deployment,
  tools: Tools,
  plan: DeploymentPlan,
  migration: Migration,
  taskDefinition: string,
  asked: readonly string[],
): Promise<PendingVerdict> {
  const { pending } = migration;
  if (pending === null) return { kind: 'passes', before: undefined };
  tools.report({ kind: 'step', step: 'classify', detail: pending.tool });
  const somethingRuns = Object.values(servingOf(plan)).some((serving) => serving !== null);
  return judgePending(deployment, tools, {
    migration: { ...migration, pending },
    taskDefinition,
    asked,
    somethingRuns,
  });
}

async function surveyOf(
  deployment: Deployment,
  tools: Tools,
  former: readonly FormerService[],
  before: Before,
): Promise<Survey> {
  const { environment, services, handovers, acts, observer } = deployment;
  const { imageStore, buildMemory, registry, clients } = tools;
  return {
    environment,
    services,
    handovers,
    before,
    acts,
    state: await observer.observe(),
    former,
    region: clients.address.region,
    imageStore,
    buildMemory,
    repositories: repositoriesIn([...handovers].map(([name, { repository = null }]) => [name, repository])),
    registry,
  };
}

async function register(
  deployment: Deployment,
  job: Survey,
  images: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const registered = deployment.services.map(async (service) => {
    const reference = images[service.name];
    if (reference === undefined) return [];
    const definition = render(job, service, { kind: 'built', reference });
    if (await isServing(job, service, definition)) return [];
    return [[service.name, await deployment.acts.register(definition)] as const];
  });
  return Object.fromEntries((await Promise.all(registered)).flat());
}

function rolloutOf(
  environment: Environment,
  plan: DeploymentPlan,
  targets: Readonly<Record<string, string>>,
): Rollout {
  const { strategy } = environment;
  const isReached = (name: string) =>
    environment.services.some((service) => service.name === name && service.kind === 'web');
  return {
    scaleUpDeadline: strategy.scaleUpDeadline * 1000,
    services: plan.services.flatMap(({ service, serving }) => {
      const target = targets[service];
      return target === undefined
        ? []
        : [{ service, previous: serving, target, ...pausesOf(strategy, serving, isReached(service)) }];
    }),
  };
}

/** What nobody reaches, and what nobody had before, has no traffic that could move in steps. */
function pausesOf(
  strategy: Strategy,
  serving: string | null,
  isReached: boolean,
): Pick<RolloutService, 'pauses' | 'steps'> {
  if (strategy.kind === 'rolling') return { pauses: false };
  const steps = serving !== null && isReached ? stepsOf(shiftOf(strategy)) : [];
  return steps.length === 0 ? { pauses: true } : { pauses: true, steps };
}

/** No service changes. That the platform did, for one that ran before, is not called nothing. */
function unchanged(plan: DeploymentPlan): Outcome {
  const verdict = plan.platform.length > 0 ? 'succeeded' : 'nothing-to-do';
  return { verdict, cause: null, deployment: null, release: null, running: servingOf(plan) };
}

function servingOf(plan: DeploymentPlan): Readonly<Record<string, string | null>> {
  return Object.fromEntries(plan.services.map(({ service, serving }) => [service, serving]));
}

const interrupted: Cause = {
  code: 'interrupted',
  service: null,
  what: 'it was interrupted before any service was updated',
  evidence: [],
};

/** Short, and the same for the same images in the same description. */
function releaseId(
  job: Survey,
  { services }: DeploymentPlan,
  images: Readonly<Record<string, string>>,
): string {
  const definitions = services.flatMap((planned) => {
    const service = job.services.find(({ name }) => name === planned.service);
    if (!service || planned.change === 'remove') return [];
    const reference = images[planned.service];
    return [render(job, service, reference === undefined ? planned.image : { kind: 'built', reference })];
  });
  return createHash('sha256').update(JSON.stringify(definitions)).digest('hex').slice(0, 12);
}
