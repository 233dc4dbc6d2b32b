import type { DeploymentAlarm, Environment, Scaling, ScalingTarget } from '../../app/environment.ts';
import { z } from '../../app/schema/zod.ts';
import { isTaskService, type TaskService } from '../task-definition.ts';
import type { Clients } from '../clients.ts';
import { parametersBelow, putParameter, removeParameter } from '../parameters.ts';
import type { Placed } from '../act.ts';
import { storeCluster } from './job.ts';

/**
 * What of a service is set up beside its task definition, as people would say it: `health.path` → `/health`. Kept when a
 * platform is made, so that a change of it can be told, and a store that is no longer described can be found.
 */
export type ServiceSettings = Readonly<Record<string, string>>;

export interface PlatformRecord {
  readonly services: ReadonlyMap<string, ServiceSettings>;
  readonly stores: ReadonlyMap<string, Placed>;
  readonly alarms: ReadonlyMap<string, ServiceSettings>;
}

/** A port, a route, a health check or scaling that is to be another. `subject` names it: `public port`, `api health.path`. */
export interface PlatformChange {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
}

export const nothingRecorded: PlatformRecord = { services: new Map(), stores: new Map(), alarms: new Map() };

const settings = z.record(z.string(), z.string());
const placed = z.strictObject({ cluster: z.string(), service: z.string() });

type Named = Pick<Environment, 'app' | 'name'>;
type Part = 'services' | 'stores' | 'alarms';

function place({ app, name }: Named, part: Part, of: string): string {
  return `/fairway/${app}/${name}/platform/${part}/${of}`;
}

export async function readPlatformRecord(clients: Clients, environment: Named): Promise<PlatformRecord> {
  const folder = `/fairway/${environment.app}/${environment.name}/platform`;
  const services = new Map<string, ServiceSettings>();
  const stores = new Map<string, Placed>();
  const alarms = new Map<string, ServiceSettings>();
  for await (const { name, value } of parametersBelow(clients, folder, { recursive: true })) {
    const [part, of = ''] = name.split('/');
    if (part === 'services') services.set(of, settings.parse(JSON.parse(value)));
    if (part === 'alarms') alarms.set(of, settings.parse(JSON.parse(value)));
    if (part === 'stores') stores.set(of, placed.parse(JSON.parse(value)));
  }
  return { services, stores, alarms };
}

export async function writePlatformRecord(clients: Clients, environment: Environment): Promise<void> {
  const { services, stores, alarms } = platformRecordOf(environment);
  const { alarms: before } = await readPlatformRecord(clients, environment);
  for (const name of before.keys()) if (!alarms.has(name)) await forget(clients, environment, 'alarms', name);
  for (const [name, one] of alarms)
    await putParameter(clients, place(environment, 'alarms', name), JSON.stringify(one), 'String');
  for (const [name, one] of services)
    await putParameter(clients, place(environment, 'services', name), JSON.stringify(one), 'String');
  for (const [name, one] of stores)
    await putParameter(clients, place(environment, 'stores', name), JSON.stringify(one), 'String');
}

export async function forget(clients: Clients, environment: Named, part: Part, name: string): Promise<void> {
  await removeParameter(clients, place(environment, part, name));
}

export function platformRecordOf(environment: Environment): PlatformRecord {
  const cluster = storeCluster(environment);
  const services = environment.services.filter(isTaskService);
  return {
    services: new Map(services.map((service) => [service.name, settingsOf(service)])),
    stores: new Map(
      environment.stores.map(({ name }) => [name, { cluster, service: storeService(environment, name) }]),
    ),
    alarms: new Map(environment.alarms.map((alarm) => [alarm.name, { when: alarmWords(alarm) }])),
  };
}

/** The engine's name for a store. */
export function storeService({ app, name }: Named, store: string): string {
  return `${app}-${name}-${store}`;
}

/** Of services that were there before; what is new is told as new. Alarms are told when they come and go, too. */
export function platformChanges(before: PlatformRecord, after: PlatformRecord): readonly PlatformChange[] {
  const isNew = before.services.size + before.stores.size + before.alarms.size === 0;
  const alarms = isNew ? [] : [...new Set([...before.alarms.keys(), ...after.alarms.keys()])];
  return [
    ...[...after.services].flatMap(([service, wanted]) => {
      const known = before.services.get(service);
      return known ? differences(service, known, wanted) : [];
    }),
    ...alarms.flatMap((name) =>
      differences(`alarm ${name}`, before.alarms.get(name) ?? {}, after.alarms.get(name) ?? {}),
    ),
  ];
}

function differences(
  subject: string,
  before: ServiceSettings,
  after: ServiceSettings,
): readonly PlatformChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const [from, to] = [before[key] ?? '(unset)', after[key] ?? '(unset)'];
    return from === to ? [] : [{ subject: `${subject} ${key}`, from, to }];
  });
}

function alarmWords({ metric, when, threshold, minutes, service }: DeploymentAlarm): string {
  const what =
    metric.kind === 'custom' ? `${metric.namespace} ${metric.name} ${metric.statistic}` : metric.kind;
  return `${what} of ${service ?? 'any service'} ${when} ${threshold} for ${minutes} min`;
}

function settingsOf(service: TaskService): ServiceSettings {
  const scaling = service.scaling === null ? {} : scalingSettings(service.scaling);
  if (service.kind === 'worker') return scaling;
  const { health, route, drain } = service;
  return {
    ...(route.hosts.length > 0 ? { 'route.hosts': route.hosts.join(', ') } : {}),
    ...(route.paths.length > 0 ? { 'route.paths': route.paths.join(', ') } : {}),
    'health.path': health.path,
    'health.interval': `${health.interval}s`,
    'health.timeout': `${health.timeout}s`,
    'health.healthyThreshold': String(health.healthyThreshold),
    'health.unhealthyThreshold': String(health.unhealthyThreshold),
    'health.grace': `${health.grace}s`,
    drain: `${drain}s`,
    ...scaling,
  };
}

function scalingSettings({ min, max, targets }: Scaling): ServiceSettings {
  return {
    'scale.min': String(min),
    'scale.max': String(max),
    ...Object.fromEntries(targets.map(targetSetting)),
  };
}

function targetSetting({ metric, value }: ScalingTarget): readonly [string, string] {
  switch (metric) {
    case 'cpu':
      return ['scale.cpu', `${value}%`];
    case 'memory':
      return ['scale.memory', `${value}%`];
    case 'requests-per-task':
      return ['scale.requestsPerTask', String(value)];
  }
}
