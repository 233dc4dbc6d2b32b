import { awsCode, isPassing } from '../ecs/failure.ts';
import type { Cause, Verdict } from '../journal/cause.ts';
import type { HarmfulStatement } from '../journal/evidence.ts';
import { LeaseLost } from '../journal/store.ts';
import { Refusal } from '../refusal.ts';
import type { Deployment } from './context.ts';
import type { Conclusion } from './rollout.ts';
import { breaksOf } from './schema-breaks.ts';
import type { Outcome } from './verdict.ts';

export function concludeRollout(
  deployment: Deployment,
  { verdict, cause, state }: Conclusion,
): Promise<Outcome> {
  const seen = Object.entries(state.services).map(([name, reading]) => [
    name,
    reading.kind === 'present' ? reading.serving : null,
  ]);
  const told =
    verdict === 'rolled-back' && cause ? { ...cause, what: `${cause.what}${schemaNote(deployment)}` } : cause;
  return conclude(deployment, verdict, told, Object.fromEntries(seen));
}

/** "As before" is said of what runs; a migration that went through is not undone with it. */
function schemaNote(deployment: Deployment): string {
  const { migration } = deployment.record();
  if (!migration?.finished || (migration.before === migration.after && migration.after !== null)) return '';
  const stays =
    migration.after === null ? 'what the migration changed stays' : `the schema stays at ${migration.after}`;
  return `; ${stays}: migrations are not undone`;
}

/** The platform follows the verdict before that is written down: who dies in between has left something to resume. */
export async function conclude(
  deployment: Deployment,
  verdict: Verdict,
  cause: Cause | null,
  running: Readonly<Record<string, string | null>>,
): Promise<Outcome> {
  await follow(deployment, verdict);
  return write(deployment, verdict, cause, running);
}

async function write(
  deployment: Deployment,
  verdict: Verdict,
  cause: Cause | null,
  running: Readonly<Record<string, string | null>>,
): Promise<Outcome> {
  const broken = verdict === 'rolled-back' ? breaksOf(deployment.record()) : [];
  if (broken.length > 0)
    return write(deployment, 'needs-attention', strandedBy(deployment, cause, broken), running);
  await deployment.append({ type: 'deployment.concluded', verdict, cause, running });
  return { verdict, cause, deployment: deployment.id, release: deployment.record().release, running };
}

/** The old version runs again, on a schema that it may not survive: that it runs "as before" cannot be said. */
function strandedBy(deployment: Deployment, cause: Cause | null, broken: readonly HarmfulStatement[]): Cause {
  const { migration } = deployment.environment;
  const { before } = deployment.record().migration ?? { before: null };
  const to = before === null ? 'what it changed' : `it, until the schema is at ${before}`;
  const way =
    migration?.undo == null
      ? `undo ${to}, or deploy a version that fits`
      : `undo ${to} (\`${migration.undo.join(' ')}\`, in the new image), or deploy a version that fits`;
  const what = `the old version runs on a schema that it may not survive, because the migration of this deployment was applied; ${way}`;
  const { code, service, evidence } = cause ?? { code: 'interrupted' as const, service: null, evidence: [] };
  return {
    code,
    service,
    what: cause === null ? what : `${cause.what}; ${what}`,
    evidence: [...evidence, { kind: 'statements', statements: broken }],
  };
}

async function follow(deployment: Deployment, verdict: Verdict): Promise<void> {
  const { platform, environment } = deployment;
  // Who lost the lease changes nothing any more.
  await deployment.renew();
  switch (verdict) {
    case 'succeeded':
    case 'nothing-to-do':
      return platform.settle(environment);
    case 'refused':
    case 'rolled-back':
      return platform.restore(environment);
    case 'needs-attention':
      return platform.leave(environment);
  }
}

/**
 * An error on the way. Once services were asked to move, or a migration was begun, only the engine knows how they stand:
 * the journal is left open for `resume`. Before that nothing has moved, and the journal says so.
 */
export async function concludeFailure(
  deployment: Deployment,
  error: unknown,
  running: Readonly<Record<string, string | null>>,
): Promise<Outcome> {
  const left = (cause: Cause): Outcome => {
    const { release } = deployment.record();
    return { verdict: 'needs-attention', cause, deployment: deployment.id, release, running };
  };
  if (error instanceof LeaseLost) return left(leaseLost);
  const ofTheEngine = wordsOfTheEngine(error);
  const what = ofTheEngine ?? (error instanceof Error ? error.message : String(error));
  const { rollout, migration, committedAt } = deployment.record();
  if (rollout || (migration && !migration.finished)) {
    if (ofTheEngine === null && !(error instanceof Refusal)) throw error;
    // A refusal means that nothing was changed, and that cannot be said any more.
    return left(leftOpen(what, committedAt !== null));
  }
  const verdict = migration ? 'rolled-back' : 'refused';
  const cause: Cause = { code: 'update-failed', service: null, what, evidence: [] };
  const outcome = await ended().catch((unwritten: unknown) => {
    if (unwritten instanceof LeaseLost) return left(leaseLost);
    // Refused means that nothing was changed, and a migration has.
    if (unwritten instanceof Refusal && migration) return left(leftOpen(unwritten.message, false));
    throw unwritten;
  });
  // What came of the engine is the user's to mend and told as the cause; refusals and faults of ours are shown as such.
  if (ofTheEngine === null && outcome.verdict !== 'needs-attention') throw error;
  return outcome;

  async function ended(): Promise<Outcome> {
    // An engine that is away keeps what the platform was: the next deployment begins with it.
    if (!isPassing(error)) await follow(deployment, verdict);
    return write(deployment, verdict, cause, running);
  }
}

/** Its "no", or that it cannot be reached for longer than is waited for it; null where the failure is not of the engine. */
function wordsOfTheEngine(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (awsCode(error) !== null) return error.message;
  return isPassing(error) ? `the engine could not be reached: ${error.message}` : null;
}

function leftOpen(what: string, isDecided: boolean): Cause {
  const rest = isDecided
    ? 'the release was decided for; `fairway resume` does what is left'
    : 'the engine rolls back by itself when its pauses run out; then `fairway resume` tells how it ended';
  return { code: 'interrupted', service: null, what: `${what}; ${rest}`, evidence: [] };
}

const leaseLost: Cause = {
  code: 'lease-lost',
  service: null,
  what: 'the lease ran out while this deployer stood still, and another took it over; see what it does with `fairway history`',
  evidence: [],
};
