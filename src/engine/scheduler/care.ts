import type { Core } from '../core.ts';
import { targetKey } from '../model/elb.ts';
import type { TargetRow } from '../model/elb.ts';
import type { ContainerHealth, ServiceRow, TaskRow } from '../model/ecs.ts';
import { checkedContainers, healthOfAll } from '../ecs/task-health.ts';
import { named, tell } from './events.ts';
import { recordFailure, recordHealth } from './record.ts';
import type { Restarts } from './restarts.ts';
import { askToStop, change, deregister, isDrained, register, routesOf, targetsOf } from './task.ts';

/** Moves one task as far as it goes by itself; starting and ending its processes is done by whoever reads the rows. */
export function careFor(core: Core, task: TaskRow, restarts: Restarts, now: number): void {
  const service = task.serviceArn === null ? null : (core.tables.services.get(task.serviceArn) ?? null);
  switch (task.lastStatus) {
    case 'PROVISIONING':
      if (task.desiredStatus === 'STOPPED')
        change(core, task, { lastStatus: 'STOPPED', stoppedAt: now, executionStoppedAt: now });
      else if (task.startAfter <= now) change(core, task, { lastStatus: 'PENDING', pullStartedAt: now });
      return;
    case 'RUNNING':
      if (task.desiredStatus === 'STOPPED') leave(core, service, task, now);
      else serve(core, service, task, restarts, now);
      return;
    case 'DEACTIVATING': {
      const targets = targetsOf(core, task);
      if (!targets.every((target) => isDrained(core, target, now))) return;
      for (const target of targets) core.tables.targets.delete(targetKey(target));
      change(core, task, { lastStatus: 'STOPPING', executionStoppedAt: now });
      return;
    }
    case 'PENDING':
    case 'ACTIVATING':
    case 'STOPPING':
    case 'DEPROVISIONING':
    case 'STOPPED':
      return;
  }
}

/** First out of the load balancer, then drained, then the signal. */
function leave(core: Core, service: ServiceRow | null, task: TaskRow, now: number): void {
  const targets = deregister(core, task, now);
  if (service !== null && targets.length > 0) {
    for (const group of new Set(targets.map((target) => target.targetGroupArn))) {
      tell(core, service, `(service ${service.name}) deregistered 1 targets in (target-group ${group})`, now);
    }
    tell(core, service, `(service ${service.name}) has begun draining connections on 1 tasks.`, now);
  }
  change(
    core,
    task,
    targetsOf(core, task).length > 0
      ? { lastStatus: 'DEACTIVATING' }
      : { lastStatus: 'STOPPING', executionStoppedAt: now },
  );
}

function serve(core: Core, service: ServiceRow | null, task: TaskRow, restarts: Restarts, now: number): void {
  if (service === null) return;
  for (const target of register(core, task, now)) {
    tell(
      core,
      service,
      `(service ${service.name}) registered 1 targets in (target-group ${target.targetGroupArn})`,
      now,
    );
  }
  const ranMs = now - (task.startedAt ?? now);
  const graceMs = service.settings.healthCheckGracePeriodSeconds * core.settings.secondMs;
  const own = taskHealth(core, task);
  if (own === 'UNHEALTHY') {
    if (ranMs >= graceMs) replaceUnhealthy(core, service, task, restarts, now);
    else if (task.healthySince !== null) change(core, task, { healthySince: null });
    return;
  }
  if (routesOf(core, task).length === 0) {
    const settled = own === null ? ranMs >= core.settings.settleMs : own === 'HEALTHY';
    if (task.healthySince === null && settled) healthy(core, task, now);
    return;
  }
  const targets = targetsOf(core, task);
  const sick = targets.find((target) => core.traffic.target(target)?.state === 'unhealthy');
  if (sick !== undefined) {
    if (ranMs >= graceMs) replace(core, service, task, sick, restarts, now);
    else if (task.healthySince !== null) change(core, task, { healthySince: null });
    return;
  }
  // A balancer that was started again begins with `initial`: what was healthy stays so until it is seen unhealthy.
  const all =
    targets.length > 0 && targets.every((target) => core.traffic.target(target)?.state === 'healthy');
  if (task.healthySince === null && all && own !== 'UNKNOWN') healthy(core, task, now);
}

function healthy(core: Core, task: TaskRow, now: number): void {
  change(core, task, { healthySince: now });
  recordHealth(core, task, now);
}

/** By the checks of its own containers; null where none of the essential ones has one. */
function taskHealth(core: Core, task: TaskRow): ContainerHealth | null {
  const checked = checkedContainers(core, task);
  return checked.length === 0 ? null : healthOfAll(checked);
}

function replaceUnhealthy(
  core: Core,
  service: ServiceRow,
  task: TaskRow,
  restarts: Restarts,
  now: number,
): void {
  const { name } = service;
  tell(core, service, `(service ${name}) ${named([task.id])} failed container health checks.`, now);
  const reason = 'Task failed container health checks';
  const asked = askToStop(core, task, 'ServiceSchedulerInitiated', reason, now, true);
  tell(core, service, `(service ${name}) has stopped 1 running tasks: ${named([task.id])}.`, now);
  recordFailure(core, asked, restarts, now);
}

function replace(
  core: Core,
  service: ServiceRow,
  task: TaskRow,
  target: TargetRow,
  restarts: Restarts,
  now: number,
): void {
  const group = target.targetGroupArn;
  const why = core.traffic.target(target)?.description ?? 'Health checks failed';
  tell(
    core,
    service,
    `(service ${service.name}) (port ${target.port}) is unhealthy in (target-group ${group}) due to (reason ${why})`,
    now,
  );
  const asked = askToStop(
    core,
    task,
    'ServiceSchedulerInitiated',
    `Task failed ELB health checks in (target-group ${group})`,
    now,
    true,
  );
  tell(core, service, `(service ${service.name}) has stopped 1 running tasks: ${named([task.id])}.`, now);
  recordFailure(core, asked, restarts, now);
}
