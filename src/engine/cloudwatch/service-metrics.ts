import type { Core } from '../core.ts';
import type { ServiceRow, TaskRow } from '../model/ecs.ts';
import type { Metric } from './metric.ts';
import { usageOf } from './process-usage.ts';
import type { Usage } from './process-usage.ts';
import { sampleOf } from './sample.ts';
import type { MetricRecord } from './metric-record.ts';

/** How processes stood when they were last looked at. */
interface Look {
  readonly at: number;
  readonly seconds: ReadonlyMap<number, number>;
}

/** What ECS tells of services: how many tasks run, and how much of what is reserved for them they use. */
export class ServiceMetrics {
  readonly #core: Core;
  /** By the container's name in the runtime. */
  #looks = new Map<string, Look>();

  constructor(core: Core) {
    this.#core = core;
  }

  read(now: number): readonly MetricRecord[] {
    const { services, tasks } = this.#core.tables;
    const running = [...tasks.all()].filter((task) => task.lastStatus === 'RUNNING');
    const usage = usageOf(running.flatMap((task) => task.containers.flatMap(({ pid }) => pid ?? [])));
    const before = this.#looks;
    this.#looks = new Map();
    const records: MetricRecord[] = [];
    const byService = Map.groupBy(running, (task) => task.serviceArn);
    for (const service of services.all()) {
      if (service.status === 'INACTIVE') continue;
      const its = byService.get(service.arn) ?? [];
      records.push(
        ...counts(service, its.length, tasks.in(service.arn)),
        ...its.flatMap((task) => this.#shares(service, task, usage, before, now)),
      );
    }
    return records;
  }

  #shares(
    service: ServiceRow,
    task: TaskRow,
    usage: ReadonlyMap<number, Usage>,
    before: ReadonlyMap<string, Look>,
    now: number,
  ): MetricRecord[] {
    let [cores, bytes, known] = [0, 0, true];
    for (const { runtimeId, pid } of task.containers) {
      const used = pid === null ? undefined : usage.get(pid);
      if (used === undefined) continue;
      bytes += used.bytes;
      const earlier = before.get(runtimeId);
      this.#looks.set(runtimeId, { at: now, seconds: used.seconds });
      if (earlier === undefined || earlier.at >= now) known = false;
      else cores += coresUsed(earlier, used, now);
    }
    const { cpuUnits, memoryMiB } = reservation(this.#core, task);
    const records: MetricRecord[] = [];
    const share = (name: string, value: number): void => {
      const sample = sampleOf([[value, 1]]);
      if (sample !== null)
        for (const metric of named('AWS/ECS', name, service, true))
          records.push({ metric, unit: 'Percent', sample });
    };
    if (cpuUnits > 0 && known) share('CPUUtilization', (cores * 1024 * 100) / cpuUnits);
    if (memoryMiB > 0 && bytes > 0) share('MemoryUtilization', (bytes * 100) / (memoryMiB * 1024 * 1024));
    return records;
  }
}

/** Processors that were kept busy since the last look; one that has ended since counts no more. */
function coresUsed(before: Look, { seconds }: Usage, now: number): number {
  let used = 0;
  for (const [pid, total] of seconds) used += Math.max(0, total - (before.seconds.get(pid) ?? 0));
  return used / ((now - before.at) / 1000);
}

function counts(service: ServiceRow, running: number, all: readonly TaskRow[]): MetricRecord[] {
  const pending = all.filter(
    ({ lastStatus, desiredStatus }) =>
      desiredStatus === 'RUNNING' && lastStatus !== 'RUNNING' && lastStatus !== 'STOPPED',
  ).length;
  const told = {
    RunningTaskCount: running,
    PendingTaskCount: pending,
    DesiredTaskCount: service.desiredCount,
  };
  return Object.entries(told).flatMap(([name, value]): MetricRecord[] => {
    const sample = sampleOf([[value, 1]]);
    if (sample === null) return [];
    return named('ECS/ContainerInsights', name, service, false).map((metric) => ({
      metric,
      unit: 'Count',
      sample,
    }));
  });
}

function named(namespace: string, name: string, service: ServiceRow, ofCluster: boolean): readonly Metric[] {
  const cluster = { name: 'ClusterName', value: service.clusterName };
  const own = { namespace, name, dimensions: [cluster, { name: 'ServiceName', value: service.name }] };
  return ofCluster ? [own, { namespace, name, dimensions: [cluster] }] : [own];
}

/** What the task definition sets aside for a task; 0 where it says nothing. */
function reservation(core: Core, task: TaskRow): { readonly cpuUnits: number; readonly memoryMiB: number } {
  const containers = core.tables.taskDefinitions.get(task.taskDefinitionArn)?.containers ?? [];
  const sum = (of: (container: (typeof containers)[number]) => number | undefined): number =>
    containers.reduce((total, container) => total + (of(container) ?? 0), 0);
  return {
    cpuUnits: Number(task.cpu ?? sum(({ cpu }) => cpu)),
    memoryMiB: Number(task.memory ?? sum(({ memory, memoryReservation }) => memoryReservation ?? memory)),
  };
}
