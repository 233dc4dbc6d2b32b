import type { Store } from '../../app/environment.ts';
import { Refusal } from '../../refusal.ts';
import type { Clients } from '../clients.ts';
import { awsCode } from '../failure.ts';
import { putParameter, readParameter } from '../parameters.ts';
import { storeCluster, type Bootstrap } from './job.ts';
import { postgresAnswers } from './postgres.ts';

/** `valueFrom` by reference: `store:db.url` → the parameter that holds it. */
export type StoreValues = Readonly<Record<string, string>>;

/** How long a store may take from its start until it answers. Milliseconds. */
const readyWithin = 60_000;

/** The stores of an environment, as services of the engine; their data outlives every deployment. */
export async function ensureStores(clients: Clients, job: Bootstrap): Promise<StoreValues> {
  const values = await Promise.all(job.environment.stores.map((store) => ensureStore(clients, job, store)));
  return Object.assign({}, ...values);
}

async function ensureStore(clients: Clients, job: Bootstrap, store: Store): Promise<StoreValues> {
  if (store.kind !== 'postgres') {
    throw new Refusal({
      code: 'not-yet',
      what: `a ${store.kind} store on the embedded engine is not there yet`,
      where: `stores.${store.name}`,
      next: `leave ${store.name} out of this environment`,
    });
  }
  const { app, name: environment } = job.environment;
  const folder = `/fairway/${app}/${environment}/stores/${store.name}`;
  const place = (property: string) => `${folder}/${property}`;
  const keep = async (
    property: string,
    type: 'String' | 'SecureString',
    make: () => string | Promise<string>,
  ) => {
    const kept = await readParameter(clients, place(property));
    if (kept !== null) return kept;
    const made = await make();
    await putParameter(clients, place(property), made, type);
    return made;
  };

  const password = await keep('password', 'SecureString', job.newPassword);
  const port = await keep('port', 'String', async () => String(await job.freePort()));
  await keep('host', 'String', () => '127.0.0.1');
  await keep('user', 'String', () => store.user);
  await keep('database', 'String', () => store.database);
  const url = `postgres://${encodeURIComponent(store.user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(store.database)}`;
  await keep('url', 'SecureString', () => url);

  await ensureService(clients, job, store, Number(port), place);
  await untilReady(job, store, Number(port));
  const properties = ['url', 'host', 'port', 'user', 'password', 'database'];
  return Object.fromEntries(
    properties.map((property) => [`store:${store.name}.${property}`, place(property)]),
  );
}

async function ensureService(
  clients: Clients,
  job: Bootstrap,
  store: Store,
  port: number,
  place: (property: string) => string,
): Promise<void> {
  const { CreateServiceCommand, DescribeServicesCommand, RegisterTaskDefinitionCommand } =
    await import('@aws-sdk/client-ecs');
  const cluster = storeCluster(job.environment);
  const name = `${job.environment.app}-${job.environment.name}-${store.name}`;
  const { services } = await clients.ecs.send(new DescribeServicesCommand({ cluster, services: [name] }));
  if (services?.some(({ status }) => status === 'ACTIVE') === true) return;
  const { taskDefinition } = await clients.ecs.send(
    new RegisterTaskDefinitionCommand({
      family: name,
      networkMode: 'bridge',
      requiresCompatibilities: ['EC2'],
      cpu: '256',
      memory: '512',
      volumes: [
        {
          // Volumes are shared by all that runs on the engine: each store has its own.
          name,
          dockerVolumeConfiguration: { scope: 'shared', autoprovision: true, labels: { name } },
        },
      ],
      containerDefinitions: [
        {
          name: store.name,
          image: `postgres:${store.version ?? '18'}`,
          essential: true,
          environment: [
            { name: 'POSTGRES_USER', value: store.user },
            { name: 'POSTGRES_DB', value: store.database },
          ],
          secrets: [{ name: 'POSTGRES_PASSWORD', valueFrom: place('password') }],
          portMappings: [{ containerPort: 5432, hostPort: port, protocol: 'tcp' }],
          mountPoints: [{ sourceVolume: name, containerPath: '/var/lib/postgresql/data' }],
          stopTimeout: 30,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': `/ecs/${name}`,
              'awslogs-region': clients.address.region,
              'awslogs-stream-prefix': 'ecs',
            },
          },
        },
      ],
    }),
  );
  try {
    await clients.ecs.send(
      new CreateServiceCommand({
        cluster,
        serviceName: name,
        ...(taskDefinition?.taskDefinitionArn === undefined
          ? {}
          : { taskDefinition: taskDefinition.taskDefinitionArn }),
        desiredCount: 1,
        launchType: 'EC2',
        // Two servers on one data directory would destroy it: the old one goes before the new one comes.
        deploymentConfiguration: { strategy: 'ROLLING', minimumHealthyPercent: 0, maximumPercent: 100 },
      }),
    );
  } catch (error) {
    if (awsCode(error) !== 'InvalidParameterException') throw error;
    throw storeDown(store, error instanceof Error ? error.message : '', error);
  }
}

async function untilReady(job: Bootstrap, store: Store, port: number): Promise<void> {
  const deadline = job.clock() + readyWithin;
  for (;;) {
    const answer = await postgresAnswers(port, store.user, store.database);
    if (answer === 'ready') return;
    if (job.clock() > deadline) throw storeDown(store, answer);
    await job.pause(50);
  }
}

function storeDown(store: Store, why: string, cause?: unknown): Refusal {
  const problem = {
    code: 'store-down',
    what: `the store ${store.name} does not answer`,
    where: `stores.${store.name}`,
    why,
    next: `look at its log: fairway logs --store ${store.name}`,
  };
  return new Refusal(problem, { cause });
}
