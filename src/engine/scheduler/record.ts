import type { Core } from '../core.ts';
import { isOpen } from '../ecs/rollout.ts';
import type { Failures, ServiceDeploymentRow, TaskRow } from '../model/ecs.ts';
import { tell } from './events.ts';
import type { Restarts } from './restarts.ts';

const none: Failures = { failed: 0, inARow: 0 };

/** A task of a service ended by itself or was found unhealthy: counted in the deployment, and a reason to wait before the next. */
export function recordFailure(core: Core, task: TaskRow, restarts: Restarts, now: number): void {
  if (task.revisionArn === null || task.serviceArn === null) return;
  restarts.failed(task.revisionArn, task.startedAt === null ? 0 : now - task.startedAt, now);
  const deployment = counting(core, task);
  if (deployment === null) return;
  const before = deployment.failures[task.revisionArn] ?? none;
  const after: Failures = { failed: before.failed + 1, inARow: before.inARow + 1 };
  put(core, deployment, task.revisionArn, after, now);
  const service = core.tables.services.get(task.serviceArn);
  if (service !== undefined && after.inARow === troubled) {
    tell(
      core,
      service,
      `(service ${service.name}) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
      now,
    );
  }
}

/** Failures in a row after which the service says that it is in trouble. */
const troubled = 3;

export function recordHealth(core: Core, task: TaskRow, now: number): void {
  if (task.revisionArn === null) return;
  const deployment = counting(core, task);
  const before = deployment?.failures[task.revisionArn] ?? none;
  if (deployment !== null && before.inARow > 0)
    put(core, deployment, task.revisionArn, { ...before, inARow: 0 }, now);
}

function counting(core: Core, task: TaskRow): ServiceDeploymentRow | null {
  const begun = core.tables.serviceDeployments
    .in(task.serviceArn ?? '')
    .filter((deployment) => deployment.state !== null);
  return begun.find(isOpen) ?? begun.at(-1) ?? null;
}

function put(
  core: Core,
  deployment: ServiceDeploymentRow,
  revision: string,
  failures: Failures,
  now: number,
): void {
  core.tables.serviceDeployments.put(deployment.arn, {
    ...deployment,
    failures: { ...deployment.failures, [revision]: failures },
    updatedAt: now,
  });
}
