import type { Core } from '../core.ts';
import { advance } from '../deployments/advance.ts';
import { breakerThreshold } from '../deployments/breaker.ts';
import type { Action } from '../deployments/machine.ts';
import { rescale } from '../deployments/rescale.ts';
import { newTask } from '../ecs/new-task.ts';
import { isOpen, openDeployments } from '../ecs/rollout.ts';
import { merged } from '../ecs/tags.ts';
import type { ServiceDeploymentRow, ServiceRow, TaskRow } from '../model/ecs.ts';
import type { AppliedRules } from './applied.ts';
import { beginDeployment, observe, thresholdOf } from './deployment.ts';
import { named, tell, tellSteadiness } from './events.ts';
import type { Restarts } from './restarts.ts';
import { askToStop } from './task.ts';
import { writeWeights } from './weights.ts';

export interface Reconciling {
  readonly applied: AppliedRules;
  readonly restarts: Restarts;
  /** The engine is being stopped with everything that it runs: whatever is wanted, nothing shall run. */
  readonly closing: boolean;
}

/** Moves a service one step towards what it should be. Says whether it is at rest. */
export function reconcileService(
  core: Core,
  arn: string,
  { applied, restarts, closing }: Reconciling,
  now: number,
): boolean {
  const service = core.tables.services.get(arn);
  if (service === undefined || service.status === 'INACTIVE') return true;
  const tasks = (): readonly TaskRow[] =>
    core.tables.tasks.in(arn).filter((task) => task.lastStatus !== 'STOPPED');
  if (closing || service.status === 'DRAINING') {
    stopSurplus(core, service, tasks(), 0, 'Service is being stopped', now);
    if (tasks().length > 0) return false;
    if (!closing) core.tables.services.put(arn, { ...service, status: 'INACTIVE', inactiveAt: now });
    return true;
  }
  const open = proceed(core, service, applied, tasks(), now);
  const current = core.tables.services.get(arn) ?? service;
  const wanted = wantedTasks(core, current, now);
  for (const [revision, count] of wanted.counts) fill(core, current, revision, count, restarts, now);
  for (const task of tasks())
    if (task.revisionArn !== null && !wanted.counts.has(task.revisionArn))
      wanted.others.add(task.revisionArn);
  if (wanted.otherTasks !== null) {
    const others = tasks().filter((task) => task.revisionArn !== null && wanted.others.has(task.revisionArn));
    stopSurplus(core, current, others, wanted.otherTasks, stopReason(core, current), now);
  }
  const alive = tasks();
  const settled = alive.every(
    (task) => task.desiredStatus === 'RUNNING' && task.lastStatus === 'RUNNING' && task.healthySince !== null,
  );
  const complete = [...wanted.counts].every(
    ([revision, count]) => alive.filter((task) => task.revisionArn === revision).length === count,
  );
  const resting = !open && settled && complete;
  tellSteadiness(core, current, resting, now);
  return resting;
}

/** Begins what waits, lets the machine advance what runs, and does what it says. */
function proceed(
  core: Core,
  service: ServiceRow,
  applied: AppliedRules,
  tasks: readonly TaskRow[],
  now: number,
): boolean {
  const open = openDeployments(core, service.arn);
  let running = open.find((deployment) => deployment.state !== null);
  if (running === undefined) {
    const [waiting] = open;
    if (waiting === undefined) return false;
    running = beginDeployment(core, service, waiting, tasks, now);
    core.tables.serviceDeployments.put(running.arn, running);
  }
  const row = scaled(core, service, running, now);
  if (row.state === null) throw new Error(`bug: ${row.arn} runs without a state`);
  const step = advance(row.state, observe(core, row, tasks, applied), now);
  const changed = step.state !== row.state || row.requests.length > 0;
  if (changed) {
    core.tables.serviceDeployments.put(row.arn, {
      ...row,
      state: step.state,
      requests: [],
      updatedAt: now,
      triggeredAlarms: step.state.alarms?.triggered ?? row.triggeredAlarms,
    });
  }
  const target = core.tables.serviceRevisions.get(row.targetRevision);
  if (target !== undefined) writeWeights(core, step.state, target);
  act(core, service.arn, step.actions, now);
  return openDeployments(core, service.arn).length > 0;
}

function act(core: Core, serviceArn: string, actions: readonly Action[], now: number): void {
  for (const action of actions) {
    const service = core.tables.services.get(serviceArn);
    if (service === undefined) return;
    switch (action.kind) {
      case 'event':
        tell(core, service, action.message, now);
        break;
      case 'promote':
        core.tables.services.put(service.arn, promoted(core, service, action.revision));
        break;
      case 'finished':
        break;
    }
  }
}

/** The service is what its serving revision is: after a rollback that is what it was before. */
function promoted(core: Core, service: ServiceRow, revisionArn: string): ServiceRow {
  const revision = core.tables.serviceRevisions.get(revisionArn);
  const waits = openDeployments(core, service.arn).some((deployment) => deployment.state === null);
  if (revision === undefined || waits) return { ...service, currentRevision: revisionArn };
  const { taskDefinition, loadBalancers, networkConfiguration, platformVersion } = revision;
  return {
    ...service,
    currentRevision: revisionArn,
    settings: { ...service.settings, taskDefinition, loadBalancers, networkConfiguration, platformVersion },
  };
}

/** The deployment that says how many tasks there shall be: the one that runs, or the last that did. */
export function governing(core: Core, service: ServiceRow): ServiceDeploymentRow | null {
  const begun = core.tables.serviceDeployments
    .in(service.arn)
    .filter((deployment) => deployment.state !== null);
  return begun.find(isOpen) ?? begun.at(-1) ?? null;
}

function scaled(
  core: Core,
  service: ServiceRow,
  row: ServiceDeploymentRow,
  now: number,
): ServiceDeploymentRow {
  if (row.state === null || row.state.desiredCount === service.desiredCount) return row;
  const state = rescale(
    row.state,
    service.desiredCount,
    breakerThreshold(thresholdOf(row.configuration), service.desiredCount),
  );
  const changed: ServiceDeploymentRow = { ...row, state, updatedAt: now };
  core.tables.serviceDeployments.put(row.arn, changed);
  return changed;
}

interface Wanted {
  readonly counts: ReadonlyMap<string, number>;
  /** Revisions beside source and target that still have tasks. */
  readonly others: Set<string>;
  readonly otherTasks: number | null;
}

function wantedTasks(core: Core, service: ServiceRow, now: number): Wanted {
  const found = governing(core, service);
  if (found === null) return { counts: new Map(), others: new Set(), otherTasks: null };
  const { state } = scaled(core, service, found, now);
  if (state === null) return { counts: new Map(), others: new Set(), otherTasks: null };
  const counts = new Map([[state.target, state.desired.targetTasks]]);
  if (state.source !== null) counts.set(state.source, state.desired.sourceTasks);
  return { counts, others: new Set(), otherTasks: state.desired.otherTasks };
}

/** As many tasks of a revision as are wanted: new ones in place of those that end, surplus ones stopped. */
function fill(
  core: Core,
  service: ServiceRow,
  revisionArn: string,
  count: number,
  restarts: Restarts,
  now: number,
): void {
  const own = core.tables.tasks
    .in(service.arn)
    .filter((task) => task.revisionArn === revisionArn && task.lastStatus !== 'STOPPED');
  const staying = own.filter((task) => task.desiredStatus === 'RUNNING');
  if (staying.length > count) stopSurplus(core, service, staying, count, stopReason(core, service), now);
  const startAfter = restarts.startAfter(revisionArn);
  const started = Array.from({ length: Math.max(0, count - staying.length) }, () =>
    startTask(core, service, revisionArn, startAfter, now),
  );
  if (started.length > 0) {
    tell(
      core,
      service,
      `(service ${service.name}) has started ${started.length} tasks: ${named(started)}.`,
      now,
    );
  }
}

function startTask(
  core: Core,
  service: ServiceRow,
  revisionArn: string,
  startAfter: number,
  now: number,
): string {
  const revision = core.tables.serviceRevisions.get(revisionArn);
  const taskDefinition = core.tables.taskDefinitions.get(revision?.taskDefinition ?? '');
  if (revision === undefined || taskDefinition === undefined)
    throw new Error(`bug: ${revisionArn} has no task definition`);
  const { settings } = service;
  const task = newTask(
    core,
    {
      cluster: { arn: service.clusterArn, name: service.clusterName },
      taskDefinition,
      serviceArn: service.arn,
      revisionArn,
      group: `service:${service.name}`,
      startedBy: revision.deploymentId,
      launchType: revision.launchType,
      platformVersion: revision.platformVersion,
      overrides: {},
      enableExecuteCommand: settings.enableExecuteCommand,
      startAfter,
    },
    now,
  );
  const from =
    settings.propagateTags === 'SERVICE'
      ? service.arn
      : settings.propagateTags === 'TASK_DEFINITION'
        ? taskDefinition.arn
        : null;
  const propagated = from === null ? [] : (core.tables.tags.get(from) ?? []);
  const own = settings.enableECSManagedTags
    ? [
        { key: 'aws:ecs:serviceName', value: service.name },
        { key: 'aws:ecs:clusterName', value: service.clusterName },
      ]
    : [];
  if (propagated.length + own.length > 0) core.tables.tags.put(task.arn, merged(propagated, own));
  return task.id;
}

/** Those go first that serve least: not yet running, then not healthy, then the oldest. */
function stopSurplus(
  core: Core,
  service: ServiceRow,
  tasks: readonly TaskRow[],
  keep: number,
  reason: string,
  now: number,
): void {
  const staying = tasks
    .filter((task) => task.desiredStatus === 'RUNNING')
    .toSorted((a, b) => worth(a) - worth(b) || a.createdAt - b.createdAt);
  const surplus = staying.slice(0, Math.max(0, staying.length - keep));
  for (const task of surplus) askToStop(core, task, 'ServiceSchedulerInitiated', reason, now);
  if (surplus.length > 0) {
    tell(
      core,
      service,
      `(service ${service.name}) has stopped ${surplus.length} running tasks: ${named(surplus.map((task) => task.id))}.`,
      now,
    );
  }
}

const worth = (task: TaskRow): number =>
  task.lastStatus !== 'RUNNING' ? 0 : task.healthySince === null ? 1 : 2;

function stopReason(core: Core, service: ServiceRow): string {
  const revision = core.tables.serviceRevisions.get(governing(core, service)?.targetRevision ?? '');
  return `Scaling activity initiated by (deployment ${revision?.deploymentId ?? ''})`;
}
