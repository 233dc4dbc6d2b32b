import type { Gate, HealthGate } from '../app/environment.ts';
import type { AppState } from '../ecs/state.ts';
import { failedHealthChecks } from '../ecs/task-health.ts';
import type { Cause } from '../journal/cause.ts';
import type { Evidence } from '../journal/evidence.ts';
import type { Rollout } from '../journal/rollout.ts';
import type { Deployment, Tools } from './context.ts';
import type { GateContext, GateOutcome } from './gates/gate.ts';
import { runGate } from './gates/run.ts';
import { endedSince } from './witness.ts';

/** Runs the gates that decide at barrier A, one after the other; the first that fails decides. */
export async function judgeGreen(
  deployment: Deployment,
  tools: Tools,
  gates: readonly Gate[],
  green: Reach,
  signal: AbortSignal,
): Promise<Cause | null> {
  for (const gate of gates) {
    if (signal.aborted) return null;
    tools.report({ kind: 'step', step: 'gates', detail: gate.name });
    const outcome = await runGate(gate, contextOf(deployment, tools, green, signal));
    if (signal.aborted) return null;
    await deployment.append(eventOf(outcome));
    if (!outcome.passed) return causeOf(outcome);
  }
  return null;
}

/** Where requests reach what is judged. */
export interface Reach {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How often green is looked at while it bakes. Milliseconds. */
const bakeInterval = 250;
/** How long a health gate may take to pass then: who stands still for a moment, as on a busy machine, is not ill. Seconds. */
const bakePatience = 10;

/**
 * Barrier B: all traffic is on green and every blue is warm. Green must keep its tasks and its health for the whole
 * bake. `latest` is the newest reading of the engine.
 */
export async function bake(
  deployment: Deployment,
  tools: Tools,
  rollout: Rollout,
  users: Reach | null,
  latest: () => AppState,
  signal: AbortSignal,
): Promise<Cause | null> {
  const { strategy, gates } = deployment.environment;
  const seconds = strategy.kind === 'rolling' ? 0 : strategy.bake;
  const since = tools.clock();
  const failedBefore = failedTasks(rollout, latest());
  const health = gates.filter((gate) => gate.kind === 'health');
  tools.report({ kind: 'step', step: 'bake', detail: `${seconds} s` });
  while (!signal.aborted) {
    const crashed = await crashedSince(deployment, tools, rollout, failedBefore, since, latest());
    if (crashed) return crashed;
    const unhealthy = users === null ? null : await firstUnhealthy(deployment, tools, health, users, signal);
    if (unhealthy)
      return (await crashedSince(deployment, tools, rollout, failedBefore, since, latest())) ?? unhealthy;
    if (tools.clock() - since >= seconds * 1000) return null;
    await tools.pause(bakeInterval);
  }
  return null;
}

async function firstUnhealthy(
  deployment: Deployment,
  tools: Tools,
  gates: readonly HealthGate[],
  users: Reach,
  signal: AbortSignal,
): Promise<Cause | null> {
  for (const gate of gates) {
    const outcome = await runGate(
      { ...gate, within: Math.min(gate.within, bakePatience) },
      contextOf(deployment, tools, users, signal),
    );
    if (!signal.aborted && !outcome.passed) return { ...causeOf(outcome), code: 'failed-during-bake' };
  }
  return null;
}

export async function crashedSince(
  deployment: Deployment,
  tools: Tools,
  rollout: Rollout,
  before: Readonly<Record<string, number>>,
  since: number,
  state: AppState,
): Promise<Cause | null> {
  const now = failedTasks(rollout, state);
  const service = Object.keys(now).find((name) => (now[name] ?? 0) > (before[name] ?? 0));
  if (service === undefined) return null;
  const evidence = await endedSince(service, since, rollout, deployment, tools).catch(() => null);
  return {
    code: 'failed-during-bake',
    service,
    what: `a task of the new ${service} ${howItEnded(evidence)} while it was baking`,
    evidence: evidence === null ? [] : [evidence],
  };
}

function howItEnded(evidence: Evidence | null): string {
  return evidence?.kind === 'task' && failedHealthChecks(evidence.reason)
    ? 'was stopped by the engine, for failing its health check,'
    : 'ended';
}

/** Failed tasks of the new revisions, by service. */
export function failedTasks({ services }: Rollout, state: AppState): Readonly<Record<string, number>> {
  return Object.fromEntries(
    services.flatMap(({ service, target }) => {
      const reading = state.services[service];
      const deployment = reading?.kind === 'present' ? reading.deployment : null;
      return deployment?.target === target ? [[service, deployment.green.failed]] : [];
    }),
  );
}

function contextOf(
  { environment }: Deployment,
  tools: Tools,
  { url, headers }: Reach,
  signal: AbortSignal,
): GateContext {
  return {
    target: { url, headers },
    root: environment.root,
    signal,
    clock: tools.clock,
    secrets: tools.secrets,
  };
}

function eventOf({ gate, summary, seconds, passed, evidence }: GateOutcome) {
  return passed
    ? ({ type: 'gate.passed', gate, summary, seconds } as const)
    : ({ type: 'gate.failed', gate, summary, seconds, evidence } as const);
}

function causeOf({ gate, summary, evidence }: GateOutcome): Cause {
  return { code: 'gate-failed', service: null, what: `${gate}: ${summary}`, evidence };
}
