import type { Environment } from '../../app/environment.ts';
import type { Tools } from '../../deployment/context.ts';
import { tasksOf } from '../../deployment/new-tasks.ts';
import { taskEvidence } from '../../deployment/witness.ts';
import { isPassing } from '../../ecs/failure.ts';
import { isReached, readScale, type Scaled, type ScaleReading } from '../../ecs/scale.ts';
import type { TaskService } from '../../ecs/task-definition.ts';
import { endedTasks, type EndedTask } from '../../ecs/tasks.ts';
import type { Cause, CauseCode } from '../../journal/cause.ts';
import { leaseRenewal, type Lease } from '../../journal/lease.ts';
import { LeaseLost } from '../../journal/store.ts';

export interface Wanted {
  readonly environment: Environment;
  readonly service: TaskService;
  readonly scaled: Scaled;
  readonly taskDefinition: string;
  readonly count: number;
  /** Whether it was asked for just now. */
  readonly changed: boolean;
  readonly since: number;
}

export interface Awaited {
  /** Why the count was not reached; null where it was. */
  readonly cause: Cause | null;
  readonly running: number | null;
  /** Whether it had not been reached yet at the first look. */
  readonly waited: boolean;
}

const interval = 250;

/** Nothing asks a task without a load balancer how it is: one that ends at its start is not to count. Milliseconds. */
const settling = 2_000;

/** Watches a service until it runs so many tasks, or shows that it will not. */
export async function awaitCount(
  wanted: Wanted,
  tools: Tools,
  lease: Lease,
  live: (text: string) => void,
): Promise<Awaited> {
  const { service, scaled, changed, count, since } = wanted;
  const rest = scaled.loadBalancer === null ? settling : 0;
  const deadline = since + patience(wanted) * 1000;
  const ended = new Map<string, EndedTask>();
  let running: number | null = null;
  let renewedAt = since;
  let waited = false;
  let reachedFor: number | null = null;
  for (;;) {
    const reading = await look(wanted, tools);
    if (reading !== 'unknown') running = reading?.running ?? running;
    const gaveUp = (code: CauseCode, what: string): Awaited => ({
      cause: causeOf(code, what, wanted, tools, ended),
      running,
      waited: true,
    });
    if (reading === null) return gaveUp('superseded', `${service.name} was removed meanwhile`);
    if (reading !== 'unknown') {
      if (reading.desired !== count) return gaveUp('superseded', supersededWords(service, reading.desired));
      reachedFor = isReached(reading, count) ? (reachedFor ?? tools.clock()) : null;
      if (reachedFor !== null && tools.clock() - reachedFor >= (changed || waited ? rest : 0))
        return { cause: null, running, waited };
      waited ||= reachedFor === null;
      live(`          ${progressWords(service.name, reading, count)}`);
      const known = ended.size;
      for (const task of await endedSince(wanted, tools)) ended.set(task.task, task);
      if (ended.size > known) reachedFor = null;
    }
    if (ended.size >= Math.max(3, Math.ceil(count / 2)))
      return gaveUp('task-exited', `tasks of ${service.name} do not stay: ${ended.size} ended`);
    if (tools.interrupted.aborted)
      return gaveUp('interrupted', `${service.name} was no longer waited for: interrupted`);
    if (tools.clock() > deadline)
      return gaveUp(
        ended.size > 0 ? 'task-exited' : 'never-healthy',
        `${service.name} did not reach ${count} within ${patience(wanted)} s`,
      );
    if (tools.clock() - renewedAt > leaseRenewal) {
      renewedAt = tools.clock();
      if (!(await renews(tools, lease)))
        return gaveUp('lease-lost', `the lease on ${wanted.environment.name} was lost to another change`);
    }
    await tools.pause(interval);
  }
}

/** Growing takes as long as a deployment may take to start; whoever goes ends his requests before. */
function patience({ environment: { strategy }, service }: Wanted): number {
  return strategy.scaleUpDeadline + service.stop.grace + (service.kind === 'web' ? service.drain : 0);
}

async function look({ scaled }: Wanted, tools: Tools): Promise<ScaleReading | 'unknown' | null> {
  try {
    return await readScale(tools.clients, scaled);
  } catch (error) {
    if (isPassing(error)) return 'unknown';
    throw error;
  }
}

async function endedSince(
  { service, taskDefinition, since }: Wanted,
  tools: Tools,
): Promise<readonly EndedTask[]> {
  try {
    const ended = await endedTasks(tools.clients, tasksOf(service, taskDefinition));
    return ended.filter(({ stoppedAt }) => stoppedAt >= since);
  } catch (error) {
    if (isPassing(error)) return [];
    throw error;
  }
}

async function renews(tools: Tools, lease: Lease): Promise<boolean> {
  try {
    await tools.journal.renew(lease);
    return true;
  } catch (error) {
    if (error instanceof LeaseLost) return false;
    throw error;
  }
}

function causeOf(
  code: CauseCode,
  what: string,
  { service }: Wanted,
  { secrets }: Tools,
  ended: ReadonlyMap<string, EndedTask>,
): Cause {
  const newest = [...ended.values()].toSorted((a, b) => b.stoppedAt - a.stoppedAt).slice(0, 1);
  const evidence = newest.map((task) => taskEvidence(service.name, task, secrets));
  return { code, service: service.name, what, evidence };
}

/** Who asked is not told by the engine. */
function supersededWords({ name, scaling }: TaskService, desired: number): string {
  const by = scaling === null ? 'elsewhere' : 'by what scales it, or elsewhere';
  return `${name} was asked for ${desired} meanwhile, ${by}`;
}

function progressWords(service: string, { running, healthy }: ScaleReading, count: number): string {
  const answering = healthy === null ? '' : `, ${healthy} answer`;
  return `waiting for ${count} of ${service}: ${running} run${answering}`;
}
