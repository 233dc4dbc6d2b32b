import type { Environment } from '../app/environment.ts';
import type { Handover } from '../ecs/handover.ts';
import type { Cause } from '../journal/cause.ts';
import type { Lease } from '../journal/lease.ts';
import { emptyRecord, fold } from '../journal/fold.ts';
import type { Entry } from '../journal/event.ts';
import { Refusal } from '../refusal.ts';
import { readBefore } from './before.ts';
import { open } from './begin.ts';
import { findFormer, retire } from './former.ts';
import type { Deployment, Tools } from './context.ts';
import { conclude, concludeFailure, concludeRollout } from './conclude.ts';
import { letGo, takeLease, type LeaseWish } from './lease.ts';
import { settleMigration } from './migrate.ts';
import { carryOut } from './rollout.ts';
import type { Outcome } from './verdict.ts';

/** A deployment that was begun and never concluded: its deployer died. */
export interface Unfinished {
  readonly id: string;
  readonly entries: readonly Entry[];
  readonly droppedBytes: number;
}

export async function findUnfinished({ journal }: Pick<Tools, 'journal'>): Promise<Unfinished | null> {
  const id = (await journal.deployments()).at(-1);
  if (id === undefined) return null;
  const { entries, droppedBytes } = await journal.read(id);
  return fold(entries, emptyRecord).conclusion === null ? { id, entries, droppedBytes } : null;
}

/** Goes on with what a deployer left behind: folds its journal, asks the engine what is true, goes on or rolls back. */
export async function resume(
  load: () => Promise<Environment>,
  tools: Tools,
  wish: LeaseWish,
): Promise<Outcome> {
  const environment = await load();
  const lease = await takeLease(environment, tools, wish);
  try {
    const unfinished = await findUnfinished(tools);
    if (!unfinished)
      return { verdict: 'nothing-to-do', cause: null, deployment: null, release: null, running: {} };
    return await goOn(environment, tools, lease, unfinished, null);
  } finally {
    await letGo(tools, lease);
  }
}

/** Before something new is deployed, what is unfinished is rolled back; a new deployment stands on settled ground. */
export async function settleUnfinished(environment: Environment, tools: Tools, lease: Lease): Promise<void> {
  const unfinished = await findUnfinished(tools);
  if (!unfinished) return;
  tools.report({ kind: 'step', step: 'undo', detail: `the unfinished deployment ${unfinished.id}` });
  const { verdict, cause } = await goOn(environment, tools, lease, unfinished, abandoned);
  if (verdict !== 'needs-attention') return;
  throw new Refusal({
    code: 'unfinished-deployment',
    what: `the earlier deployment ${unfinished.id} was left unfinished and could not be settled`,
    where: environment.name,
    why: cause?.what ?? 'the engine does not say why',
    next: 'look at `fairway status` and `fairway history`, mend it, and deploy again',
  });
}

async function goOn(
  environment: Environment,
  tools: Tools,
  lease: Lease,
  { id, entries, droppedBytes }: Unfinished,
  giveUp: Cause | null,
): Promise<Outcome> {
  const handovers = await handoversOf(environment, tools, entries);
  const deployment = open(environment, handovers, tools, lease, id, entries);
  try {
    if (droppedBytes > 0) await deployment.append({ type: 'journal.repaired', droppedBytes });
    return await settle(deployment, tools, giveUp);
  } catch (error) {
    return await concludeFailure(deployment, error, {});
  }
}

/** Those that the deployment was given before it began; made anew only where the engine has lost them. */
async function handoversOf(
  environment: Environment,
  { clients, platform }: Tools,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, Handover>> {
  const { rollout, migration } = fold(entries, emptyRecord);
  const { handovers } = await readBefore(clients, environment);
  const moved = [...(rollout?.services ?? []), ...(migration ? [migration] : [])];
  return moved.every(({ service }) => handovers.has(service)) ? handovers : platform.prepare(environment);
}

async function settle(deployment: Deployment, tools: Tools, giveUp: Cause | null): Promise<Outcome> {
  const { environment } = deployment;
  const { rollout, kind, rollback, committedAt } = deployment.record();
  if (!rollout) return concludeEarly(deployment, tools);
  const gone = rollout.services.filter(
    ({ service }) => !deployment.services.some(({ name }) => name === service),
  );
  if (gone.length > 0) {
    const names = gone.map(({ service }) => service).join(', ');
    const cause: Cause = {
      code: 'interrupted',
      service: null,
      what: `the description no longer has ${names}`,
      evidence: [],
    };
    return conclude(deployment, 'needs-attention', cause, {});
  }
  // Past the decision there is only forward: the old version may be gone already.
  if (giveUp && rollback === null && committedAt === null)
    await deployment.append({ type: 'rollback.decided', cause: giveUp });
  const back = kind?.kind === 'rollback';
  const gates = back ? environment.gates.filter((gate) => gate.kind === 'health') : environment.gates;
  const conclusion = await carryOut(deployment, tools, { rollout, gates, bakes: !back });
  // What a new description no longer has is for a deployment of it to say.
  if (conclusion.verdict === 'succeeded' && !back && giveUp === null) {
    const before = await readBefore(tools.clients, environment);
    await retire(deployment, tools, await findFormer(tools.clients, environment, before));
  }
  return concludeRollout(deployment, conclusion);
}

/** Nothing was asked of any service yet; but a migration may have been. */
async function concludeEarly(deployment: Deployment, tools: Tools): Promise<Outcome> {
  const { migration } = deployment.record();
  const described = deployment.environment.migration;
  const migrated =
    migration && described && !migration.finished
      ? await settleMigration(deployment, tools, described, migration)
      : { kind: 'done' as const };
  const verdict = migrated.kind === 'stranded' ? 'needs-attention' : 'rolled-back';
  const cause = migrated.kind === 'done' ? beforeUpdates : migrated.cause;
  const state = await deployment.observer.observe();
  return concludeRollout(deployment, { do: 'conclude', verdict, cause, state });
}

const abandoned: Cause = {
  code: 'interrupted',
  service: null,
  what: 'its deployer died, and a new deployment was begun',
  evidence: [],
};
const beforeUpdates: Cause = {
  code: 'interrupted',
  service: null,
  what: 'its deployer died before any service was updated',
  evidence: [],
};
