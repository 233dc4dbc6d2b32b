import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { createActs, type Placed } from '../../act.ts';
import type { Clients } from '../../clients.ts';
import { describedTasks } from '../../described-tasks.ts';
import { awsCode } from '../../failure.ts';
import { storeCluster, type Bootstrap } from '../job.ts';
import { storeService } from '../settings.ts';
import { storeFolder, type StorePlace, type StoreSetup } from './setup.ts';

type Planned = StorePlace & { readonly setup: StoreSetup };

function placed({ store, environment }: StorePlace): Placed {
  return { cluster: storeCluster(environment), service: storeService(environment, store.name) };
}

/** How long the last task of a service may take to end: its stop time-out, and then some. Milliseconds. */
const drainedWithin = 60_000;

/** Makes the service of a store unless it runs already; says whether it did. */
export async function createStoreService(
  clients: Clients,
  job: Bootstrap,
  plan: Planned,
  places: Readonly<Record<string, string>>,
  port: number,
): Promise<boolean> {
  const { CreateServiceCommand, RegisterTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
  const { cluster, service } = placed(plan);
  if ((await statusOnceDrained(clients, job, plan)) === 'ACTIVE') return false;
  const { container, volume } = plan.setup;
  const { taskDefinition } = await clients.ecs.send(
    new RegisterTaskDefinitionCommand({
      family: service,
      networkMode: 'bridge',
      requiresCompatibilities: ['EC2'],
      cpu: '256',
      memory: String(container.memory),
      volumes: [
        {
          name: volume,
          dockerVolumeConfiguration: { scope: 'shared', autoprovision: true, labels: { name: volume } },
        },
      ],
      containerDefinitions: [containerOf(clients, plan, places, port)],
    }),
  );
  await clients.ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: service,
      taskDefinition: taskDefinition?.taskDefinitionArn ?? service,
      desiredCount: 1,
      launchType: 'EC2',
      // Two servers on one data directory would destroy it: the old one goes before the new one comes.
      deploymentConfiguration: { strategy: 'ROLLING', minimumHealthyPercent: 0, maximumPercent: 100 },
    }),
  );
  return true;
}

function containerOf(
  clients: Clients,
  plan: Planned,
  places: Readonly<Record<string, string>>,
  port: number,
): ContainerDefinition {
  const { container, volume } = plan.setup;
  const { name } = plan.store;
  return {
    name,
    image: container.image,
    essential: true,
    ...(container.entryPoint === undefined ? {} : { entryPoint: [...container.entryPoint] }),
    ...(container.command === undefined ? {} : { command: [...container.command] }),
    environment: Object.entries(container.environment).map(([key, value]) => ({ name: key, value })),
    secrets: Object.entries(container.secrets).map(([variable, property]) => ({
      name: variable,
      valueFrom: places[`store:${name}.${property}`] ?? `${storeFolder(plan)}/${property}`,
    })),
    portMappings: [{ containerPort: container.port, hostPort: port, protocol: 'tcp' }],
    mountPoints: [{ sourceVolume: volume, containerPath: container.data }],
    stopTimeout: 30,
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': `/ecs/${placed(plan).service}`,
        'awslogs-region': clients.address.region,
        'awslogs-stream-prefix': 'ecs',
      },
    },
  };
}

/** Returns once its last task has ended. What is kept of it stays. May be repeated. */
export async function deleteStoreService(clients: Clients, job: Bootstrap, place: StorePlace): Promise<void> {
  await createActs(clients).remove(placed(place));
  await statusOnceDrained(clients, job, place);
}

/** Null where it never was. One whose last task is still ending can neither run nor be made again. */
async function statusOnceDrained(
  clients: Clients,
  { clock, pause }: Bootstrap,
  place: StorePlace,
): Promise<string | null> {
  const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
  const { cluster, service } = placed(place);
  for (const since = clock(); ; await pause(50)) {
    const { services } = await clients.ecs.send(
      new DescribeServicesCommand({ cluster, services: [service] }),
    );
    const status = services?.[0]?.status ?? null;
    if (status !== 'DRAINING' || clock() - since > drainedWithin) return status;
  }
}

/** Why the newest of its tasks that have ended since then did, in ECS's words; null where none has. */
export async function startProblem(
  clients: Clients,
  place: StorePlace,
  since: number,
): Promise<string | null> {
  const { cluster, service } = placed(place);
  try {
    const stopped = { cluster, serviceName: service, desiredStatus: 'STOPPED' } as const;
    const tasks = await describedTasks(clients, stopped);
    const newest = tasks
      .filter(({ createdAt }) => (createdAt?.getTime() ?? 0) >= since)
      .toSorted((a, b) => Number(b.createdAt) - Number(a.createdAt))[0];
    return newest?.stoppedReason ?? null;
  } catch (error) {
    // Its service went meanwhile: another command took it down.
    if (awsCode(error) === 'ServiceNotFoundException') return null;
    throw error;
  }
}
