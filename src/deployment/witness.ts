import { endedTasks, runningTasks, type EndedQuery, type EndedTask } from '../ecs/tasks.ts';
import type { Cause } from '../journal/cause.ts';
import type { Evidence } from '../journal/evidence.ts';
import type { Rollout } from '../journal/event.ts';
import { strikeLines } from './gates/redaction.ts';
import type { Deployment, Tools } from './context.ts';

/**
 * Adds to a cause what shows it, before undoing destroys it: the tasks of the new revision that ended, with exit code
 * and last lines; or, when none did, the last words of one that runs and is not healthy.
 */
export async function withEvidence(
  cause: Cause,
  rollout: Rollout,
  deployment: Deployment,
  tools: Tools,
): Promise<Cause> {
  if (cause.evidence.length > 0 || cause.service === null) return cause;
  const query = queryOf(cause.service, rollout, deployment);
  if (query === null) return cause;
  // Evidence is worth a try and no more: without it the cause still stands.
  const ended = await endedTasks(tools.clients, query).catch(() => []);
  const seen = ended.length > 0 ? ended : await runningTasks(tools.clients, query).catch(() => []);
  return {
    ...cause,
    evidence: seen.slice(0, 1).map((task) => taskEvidence(query.ourName, task, tools.secrets)),
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
  const query = queryOf(service, rollout, deployment);
  if (query === null) return null;
  const ended = await endedTasks(tools.clients, query);
  const newest = ended.find(({ stoppedAt }) => stoppedAt >= since);
  return newest ? taskEvidence(service, newest, tools.secrets) : null;
}

function queryOf(
  name: string,
  rollout: Rollout,
  deployment: Deployment,
): (EndedQuery & { ourName: string }) | null {
  const service = deployment.services.find((one) => one.name === name);
  const rolled = rollout.services.find((one) => one.service === name);
  if (!service || !rolled) return null;
  return {
    ourName: name,
    cluster: service.cluster,
    service: service.engineName,
    taskDefinition: rolled.target,
    containerName: service.containerName,
    log: { group: service.logGroup, prefix: service.logPrefix },
  };
}

function taskEvidence(
  service: string,
  { task, exitCode, reason, lines }: EndedTask,
  secrets: readonly string[],
): Evidence {
  const id = task.slice(task.lastIndexOf('/') + 1);
  return { kind: 'task', service, task: id, exitCode, reason, lines: strikeLines(lines, secrets) };
}
