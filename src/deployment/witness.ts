import { failedHealthChecks } from '../ecs/task-health.ts';
import { endedTasks, runningTasks, type EndedTask } from '../ecs/tasks.ts';
import type { Cause } from '../journal/cause.ts';
import type { Evidence } from '../journal/evidence.ts';
import type { Rollout } from '../journal/rollout.ts';
import { strike, strikeLines } from './gates/redaction.ts';
import type { Deployment, Tools } from './context.ts';
import type { HealthWatch } from './health-watch.ts';
import { newTasksOf } from './new-tasks.ts';

/**
 * Adds to a cause what shows it, before undoing destroys it: the tasks of the new revision that ended, with exit code
 * and last lines; or, when none did, the last words of one that runs and is not healthy. The engine counts a task that
 * it stopped as failed like one that ended by itself: only here the two are told apart.
 */
export async function withEvidence(
  cause: Cause,
  rollout: Rollout,
  deployment: Deployment,
  tools: Tools,
  health: Pick<HealthWatch, 'answerOf'>,
): Promise<Cause> {
  if (cause.evidence.length > 0 || cause.service === null) return cause;
  const { service } = cause;
  const query = newTasksOf(service, rollout, deployment);
  if (query === null) return cause;
  // Evidence is worth a try and no more: without it the cause still stands.
  const ended = await endedTasks(tools.clients, query).catch(() => []);
  const byItself = ended.find(({ reason }) => !failedHealthChecks(reason));
  const seen =
    byItself ?? ended[0] ?? (await runningTasks(tools.clients, query).catch(() => [])).at(0) ?? null;
  const evidence = seen === null ? [] : [taskEvidence(service, seen, tools.secrets)];
  const stopped = byItself === undefined && ended.length > 0;
  const told: Cause = stopped && isOfTasks(cause) ? stoppedFor(cause) : cause;
  if (told.code !== 'never-healthy' || byItself !== undefined) return { ...told, evidence };
  const answer = await health.answerOf(service);
  if (answer === null) return { ...told, evidence };
  return { ...told, what: `${told.what}: ${answer.sentence}`, evidence: [...answer.evidence, ...evidence] };
}

function isOfTasks({ code }: Cause): boolean {
  return code === 'task-exited' || code === 'failed-during-bake';
}

/** Of tasks that did not end by themselves. */
function stoppedFor(cause: Cause): Cause {
  return {
    ...cause,
    code: cause.code === 'task-exited' ? 'never-healthy' : cause.code,
    what: `${cause.what}; the engine stopped what did not pass its health check`,
  };
}

/** The newest task of a service's new revision that ended since `since`, as evidence; null when none did. */
export async function endedSince(
  service: string,
  since: number,
  rollout: Rollout,
  deployment: Deployment,
  tools: Tools,
): Promise<Evidence | null> {
  const query = newTasksOf(service, rollout, deployment);
  if (query === null) return null;
  const ended = await endedTasks(tools.clients, query);
  const newest = ended.find(({ stoppedAt }) => stoppedAt >= since);
  return newest ? taskEvidence(service, newest, tools.secrets) : null;
}

export function taskEvidence(
  service: string,
  { task, exitCode, reason, lines }: EndedTask,
  secrets: readonly string[],
): Evidence {
  return {
    kind: 'task',
    service,
    task: task.slice(task.lastIndexOf('/') + 1),
    exitCode,
    reason: strike(reason, secrets),
    lines: strikeLines(lines, secrets),
  };
}
