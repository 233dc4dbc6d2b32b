import type { Clients } from '../clients.ts';
import { putParameter, readParametersBelow, removeParameter } from '../parameters.ts';
import { Refusal, type Problem } from '../../refusal.ts';
import type { Bootstrap } from './job.ts';
import { changesOf } from './stores/changes.ts';
import { setupOf } from './stores/kinds.ts';
import { storeFolder, type StorePlace, type StoreSetup } from './stores/setup.ts';
import { createStoreService, deleteStoreService, startProblem } from './stores/service.ts';

/** `valueFrom` by reference: `store:db.url` → the parameter that holds it. */
export interface StoreValues {
  readonly forProcesses: Readonly<Record<string, string>>;
  /** To a container 127.0.0.1 is itself: it knows this machine by another name. */
  readonly forContainers: Readonly<Record<string, string>>;
}

const machine = { forProcesses: '127.0.0.1', forContainers: 'host.docker.internal' } as const;

/** How long a store may take from its start until it answers; an image may have to be pulled. Milliseconds. */
const readyWithin = 180_000;
/** Why a store does not come up is asked for less often than whether it has. */
const asksPerLook = 10;

interface Planned extends StorePlace {
  readonly setup: StoreSetup;
  readonly folder: string;
  readonly kept: ReadonlyMap<string, string>;
}

/**
 * The stores of an environment, as services of the engine; their data outlives every deployment. One that cannot be had
 * on this machine is refused, and no store is left running that did not run before.
 */
export async function ensureStores(clients: Clients, job: Bootstrap): Promise<StoreValues> {
  const { environment } = job;
  const planned = await Promise.all(
    environment.stores.map(async (store): Promise<Planned> => {
      const place = { store, environment };
      const folder = storeFolder(place);
      return { ...place, setup: setupOf(place), folder, kept: await readParametersBelow(clients, folder) };
    }),
  );
  refuse(planned.flatMap(({ store, setup, kept }) => changesOf(store.name, setup.madeFor, kept.get('made'))));
  const secrets = await ensureSecrets(clients, job, planned);
  const started: Planned[] = [];
  const made = await Promise.all(
    planned.map(async (plan) => {
      const values = await ensureValues(clients, job, plan, secrets.get(plan.setup.secretAt) ?? '');
      const { port } = values;
      if (await createStoreService(clients, job, plan, values.places.forProcesses, port)) started.push(plan);
      return { places: values.places, problem: await untilReady(clients, job, plan, port) };
    }),
  );
  const problems = made.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) {
    await Promise.all(started.map((plan) => deleteStoreService(clients, job, plan)));
    // Nothing was stored yet in what never started: it may be described differently the next time.
    for (const { folder, store } of started)
      if (problems.some(({ code, where }) => code === unavailable && where === whereOf(store.name)))
        await removeParameter(clients, `${folder}/made`);
  }
  refuse(problems);
  return {
    forProcesses: Object.assign({}, ...made.map(({ places }) => places.forProcesses)),
    forContainers: Object.assign({}, ...made.map(({ places }) => places.forContainers)),
  };
}

/** Made one after the other: several stores may have the same. */
async function ensureSecrets(
  clients: Clients,
  job: Bootstrap,
  planned: readonly Planned[],
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  for (const { setup } of planned) {
    const { secretAt } = setup;
    if (secrets.has(secretAt)) continue;
    const parent = secretAt.slice(0, secretAt.lastIndexOf('/'));
    const kept = (await readParametersBelow(clients, parent)).get(secretAt.slice(parent.length + 1));
    const secret = kept ?? job.newPassword();
    if (kept === undefined) await putParameter(clients, secretAt, secret, 'SecureString');
    secrets.set(secretAt, secret);
  }
  return secrets;
}

const containersOwn = '.from-containers';

/** Keeps the port and everything that an app may ask of the store; gives where each is kept. */
async function ensureValues(
  clients: Clients,
  job: Bootstrap,
  { store, setup, folder, kept }: Planned,
  secret: string,
): Promise<{ readonly port: number; readonly places: StoreValues }> {
  const port = Number(kept.get('port') ?? (await job.freePort()));
  const keep = async (name: string, value: string, type: 'String' | 'SecureString'): Promise<void> => {
    if (kept.get(name) !== value) await putParameter(clients, `${folder}/${name}`, value, type);
  };
  const fromContainers = job.environment.services.some(({ build }) => build.kind === 'docker');
  const properties = setup.properties(port, secret);
  await Promise.all([
    keep('made', JSON.stringify(setup.madeFor), 'String'),
    keep('port', String(port), 'String'),
    ...Object.entries(properties).flatMap(([name, { value, secret: isSecret }]) => {
      const type = isSecret ? 'SecureString' : 'String';
      const elsewhere = value.replaceAll(machine.forProcesses, machine.forContainers);
      return [
        keep(name, value, type),
        ...(fromContainers && elsewhere !== value ? [keep(`${name}${containersOwn}`, elsewhere, type)] : []),
      ];
    }),
  ]);
  const places = (suffix: (name: string) => string) =>
    Object.fromEntries(
      Object.keys(properties).map((name) => [
        `store:${store.name}.${name}`,
        `${folder}/${name}${suffix(name)}`,
      ]),
    );
  const differs = (name: string) => properties[name]?.value.includes(machine.forProcesses) === true;
  return {
    port,
    places: {
      forProcesses: places(() => ''),
      forContainers: places((name) => (fromContainers && differs(name) ? containersOwn : '')),
    },
  };
}

/** Null once it answers; otherwise what keeps it from that. */
async function untilReady(
  clients: Clients,
  job: Bootstrap,
  plan: Planned,
  port: number,
): Promise<Problem | null> {
  const { store, setup } = plan;
  const since = job.clock();
  for (let asks = 1; ; asks += 1) {
    const answer = await setup.ready(port);
    if (answer === 'ready') return null;
    const overdue = job.clock() - since > readyWithin;
    const problem = asks % asksPerLook === 0 || overdue ? await startProblem(clients, plan, since) : null;
    if (problem?.startsWith('CannotPullContainerError') === true) {
      return {
        code: unavailable,
        what: `the store ${store.name} cannot run on this machine: there is no ${setup.container.image} here`,
        where: whereOf(store.name),
        why: problem,
        next: `${setup.ways}; or leave the store out of this environment (\`stores: { ${store.name}: null }\`) and set the variables that refer to it to a server of your own`,
      };
    }
    if (overdue) {
      return {
        code: 'store-down',
        what: `the store ${store.name} does not answer`,
        where: whereOf(store.name),
        why: problem ?? answer,
        next: `look at its log: fairway logs --store ${store.name}`,
      };
    }
    await job.pause(50);
  }
}

const unavailable = 'store-unavailable';

const whereOf = (store: string): string => `stores.${store}`;

function refuse(problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
}
