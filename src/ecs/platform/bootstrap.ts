import { createHash } from 'node:crypto';
import type { Environment } from '../../app/environment.ts';
import type { Clients } from '../clients.ts';
import { handoverName, listHandovers, readHandover, type Handover } from '../handover.ts';
import { isTaskService, referenceOf, type TaskService } from '../task-definition.ts';
import { putParameter, readParameter, removeParameter } from '../parameters.ts';
import { alarmsOf, ensureAlarms, removeAlarms } from './alarms.ts';
import { ensureBalancer, type ServiceRouting } from './balancer.ts';
import { ensureStores, type StoreValues } from './stores.ts';
import { storeCluster, type Bootstrap } from './job.ts';
import { ensureGracePeriods } from './grace-periods.ts';
import { refuseTakenPorts } from './listeners.ts';
import { platformMark } from './names.ts';
import { forgetRestorePoint, readRestorePoint, writeRestorePoint } from './restore-point.ts';
import { takeRestorePoint } from './restore.ts';
import { repositoryIn } from './registry.ts';
import { endScaling, ensureScaling } from './scaling.ts';
import { writePlatformRecord } from './settings.ts';
import { ensureValues } from './values.ts';

/**
 * What Terraform makes on AWS, made on the embedded engine through the same API: cluster, load balancer, listeners,
 * rules, target groups, stores, parameters; and the same hand-over, one parameter a service. Everything is looked for
 * before it is made, so it may run again; when nothing in the description changed it is one read. What users and the
 * release that serves go by is left to `routeUsers` and `settle`, and `restore` gives back what was changed.
 */
export async function bootstrap(clients: Clients, job: Bootstrap): Promise<ReadonlyMap<string, Handover>> {
  const { environment } = job;
  const services = environment.services.filter(isTaskService);
  const web = services.filter((service) => service.kind === 'web');
  const mark = platformMark(environment);
  const fingerprint = fingerprintOf(job, services);
  if ((await readParameter(clients, mark)) === fingerprint) {
    const handovers = await readHandovers(clients, environment, services);
    if (handovers) return handovers;
  }

  // First what may be refused: nothing is made for a deployment that cannot be.
  if (web.length > 0) await refuseTakenPorts(clients, job);
  const values = await ensureValues(clients, job);
  // From here on it is what neither description says, until it is settled or restored.
  const before =
    (await readRestorePoint(clients, environment)) ?? (await takeRestorePoint(clients, environment));
  await writeRestorePoint(clients, environment, { ...before, wanted: fingerprint });
  await removeParameter(clients, mark);
  await ensureClusters(clients, environment, services);
  // Before the balancer: a store that cannot be had is refused.
  const stores = await ensureStores(clients, job);
  const routing = await ensureBalancer(clients, job, web, 'prepared');
  const known = await listHandovers(clients, environment.app, environment.name);
  const alarms = await ensureAlarms(clients, environment, routing, known);
  const handovers = new Map(
    services.map((service) => [
      service.name,
      { ...handoverOf(job, service, routing, stores, values), ...(alarms ? { alarms } : {}) },
    ]),
  );
  for (const [service, handover] of handovers) await handOver(clients, environment, service, handover);
  return handovers;
}

/** All of the release is up and proven, and users move to it: their requests go by its routes. May be repeated. */
export async function routeUsers(clients: Clients, job: Bootstrap): Promise<void> {
  const services = job.environment.services.filter(isTaskService);
  const before = await readRestorePoint(clients, job.environment);
  if (before?.wanted !== fingerprintOf(job, services)) return;
  const web = services.filter((service) => service.kind === 'web');
  await ensureBalancer(clients, job, web, 'routed');
}

/**
 * The description's release serves, or nothing of it had to be deployed: the rest of the platform follows it. A platform
 * that was prepared for another description is left as it is: the next deployment has the next say. May be repeated.
 */
export async function settle(clients: Clients, job: Bootstrap): Promise<void> {
  const { environment } = job;
  const services = environment.services.filter(isTaskService);
  const mark = platformMark(environment);
  const fingerprint = fingerprintOf(job, services);
  const isSettled = (await readParameter(clients, mark)) === fingerprint;
  const before = isSettled ? null : await readRestorePoint(clients, environment);
  if (!isSettled && before?.wanted !== fingerprint) return forgetRestorePoint(clients, environment);
  // Always: what else sets a count, or takes a policy away, leaves no mark.
  await ensureScaling(clients, environment, services);
  if (before === null) return;
  const web = services.filter((service) => service.kind === 'web');
  const routing = await ensureBalancer(clients, job, web, 'settled');
  const handovers = await listHandovers(clients, environment.app, environment.name);
  for (const { name } of web) {
    const handover = handovers.get(name);
    if (handover)
      await handOver(clients, environment, name, { ...handover, loadBalancer: routing.get(name) ?? null });
  }
  const alarms = alarmsOf(handovers);
  await removeAlarms(
    clients,
    before.alarms.map(({ AlarmName }) => AlarmName).filter((name) => !alarms.includes(name)),
  );
  await ensureGracePeriods(clients, web);
  await endScaling(clients, services);
  await writePlatformRecord(clients, environment);
  await forgetRestorePoint(clients, environment);
  await putParameter(clients, mark, fingerprint, 'String');
}

async function handOver(
  clients: Clients,
  { app, name }: Environment,
  service: string,
  handover: Handover,
): Promise<void> {
  await putParameter(clients, handoverName(app, name, service), JSON.stringify(handover), 'String');
}

/** On AWS the deployer sets what of the platform changes with a release: bounds, policies and grace periods. May be repeated. */
export async function settleScaling(clients: Clients, environment: Environment): Promise<void> {
  const services = environment.services.filter(isTaskService);
  await ensureScaling(clients, environment, services);
  await ensureGracePeriods(
    clients,
    services.filter((service) => service.kind === 'web'),
  );
  await endScaling(clients, services);
}

function handoverOf(
  { environment, registry }: Bootstrap,
  service: TaskService,
  routing: ReadonlyMap<string, ServiceRouting>,
  stores: StoreValues,
  values: Readonly<Record<string, string>>,
): Omit<Handover, 'alarms'> {
  const repository = repositoryIn(registry, environment, service);
  const ofStores = service.build.kind === 'docker' ? stores.forContainers : stores.forProcesses;
  return {
    version: 1,
    cluster: service.cluster,
    service: service.engineName,
    loadBalancer: routing.get(service.name) ?? null,
    network: { subnets: ['subnet-local'], securityGroups: [], publicIp: false },
    ...(repository === null ? {} : { repository }),
    roles: {
      execution: `arn:aws:iam::000000000000:role/${environment.app}-${environment.name}-execution`,
      task: null,
    },
    values: Object.fromEntries(
      Object.entries({ ...ofStores, ...values }).filter(([name]) => asks(service, name)),
    ),
  };
}

/** A hand-over is small: it names what the service refers to, and of a store all, since a bucket's key comes with it. */
function asks({ variables }: TaskService, reference: string): boolean {
  return variables.some(
    (variable) =>
      referenceOf(variable) === reference ||
      (variable.value.from === 'store' && reference.startsWith(`store:${variable.value.store}.`)),
  );
}

async function ensureClusters(
  clients: Clients,
  environment: Environment,
  services: readonly TaskService[],
): Promise<void> {
  const { CreateClusterCommand } = await import('@aws-sdk/client-ecs');
  const names = new Set([...services.map(({ cluster }) => cluster), storeCluster(environment)]);
  // Creating a cluster that exists answers with the one that exists.
  for (const clusterName of names) await clients.ecs.send(new CreateClusterCommand({ clusterName }));
}

async function readHandovers(
  clients: Clients,
  { app, name }: Environment,
  services: readonly TaskService[],
): Promise<ReadonlyMap<string, Handover> | null> {
  const handovers = new Map<string, Handover>();
  for (const service of services) {
    const handover = await readHandover(clients, handoverName(app, name, service.name));
    if (handover === null) return null;
    handovers.set(service.name, handover);
  }
  return handovers;
}

/** A hash over everything that the platform is made from; secret values go in by hash only. */
function fingerprintOf(
  { environment, ports, dotenv, registry }: Bootstrap,
  services: readonly TaskService[],
): string {
  const shape = {
    ports,
    registry,
    stores: environment.stores,
    alarms: environment.alarms,
    services: services.map((service) => ({
      name: service.name,
      engineName: service.engineName,
      cluster: service.cluster,
      build: service.build.kind,
      scaling: service.scaling,
      variables: service.variables.filter(({ value }) => value.from !== 'literal'),
      ...(service.kind === 'web'
        ? { port: service.port, health: service.health, route: service.route, drain: service.drain }
        : {}),
    })),
    dotenv,
  };
  return createHash('sha256').update(JSON.stringify(shape)).digest('hex');
}
