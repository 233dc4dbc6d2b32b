import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFormer, removeFormer } from '../../../src/deployment/former.ts';
import { createActs } from '../../../src/ecs/act.ts';
import type { Clients } from '../../../src/ecs/clients.ts';
import { listHandovers, type Handover } from '../../../src/ecs/handover.ts';
import { readParameter } from '../../../src/ecs/parameters.ts';
import { bootstrap, settle } from '../../../src/ecs/platform/bootstrap.ts';
import { platformChanges, platformRecordOf, readPlatformRecord } from '../../../src/ecs/platform/settings.ts';
import { teardown } from '../../../src/ecs/platform/teardown.ts';
import { renderTaskDefinition, isTaskService } from '../../../src/ecs/task-definition.ts';
import type { Environment } from '../../../src/app/environment.ts';
import { freePort } from '../../ports.ts';
import { eventually, writeImage } from '../../engine/tasks/rig.ts';
import { clientsAt, sharedEngine } from '../rig.ts';
import { appOf, inventory, jobOf, web } from './shop.ts';

const worker = { kind: 'worker', command: 'node worker.js' };
const engine = sharedEngine();

function handed(handovers: ReadonlyMap<string, Handover>, service: string): Handover {
  const handover = handovers.get(service);
  if (!handover) throw new Error(`${service} was not handed over`);
  return handover;
}

function routing(handovers: ReadonlyMap<string, Handover>, service: string) {
  const { loadBalancer } = handed(handovers, service);
  if (!loadBalancer) throw new Error(`${service} has no load balancer`);
  return loadBalancer;
}

/** Its first revision, up and serving. */
async function serve(environment: Environment, handover: Handover): Promise<void> {
  const { clients, images } = engine;
  const service = environment.services
    .filter(isTaskService)
    .find(({ engineName }) => engineName === handover.service);
  if (service?.kind !== 'web') throw new Error('only what serves is served here');
  const { reference: image } = await writeImage(images, { 'server.mjs': server(service.name) });
  const acts = createActs(clients);
  const definition = renderTaskDefinition({
    app: environment.app,
    environment: 'local',
    service: { ...service, command: [process.execPath, 'server.mjs'] },
    image,
    region: clients.address.region,
    handover,
  });
  await acts.create(
    {
      handover,
      containerName: service.containerName,
      containerPort: service.port,
      healthCheckGracePeriod: service.health.grace,
      desiredCount: 1,
      scales: false,
      rollover: { kind: 'blue-green-unpaused' },
    },
    await acts.register(definition),
  );
}

describe('a platform', () => {
  it('of an engine with a registry hands over where the images of containers go', async () => {
    const { clients } = engine;
    const boxed = web({ build: { dockerfile: 'Dockerfile' } });
    const environment = appOf('kept', { boxed, plain: web({ paths: ['/plain/*'] }) });
    const job = await jobOf(environment, { registry: '127.0.0.1:5000/team' });
    const repositories = async (registry: string | null) => {
      const handovers = await bootstrap(clients, { ...job, registry });
      await settle(clients, { ...job, registry });
      expect(await bootstrap(clients, { ...job, registry })).toEqual(handovers);
      return Object.fromEntries([...handovers].map(([name, { repository }]) => [name, repository]));
    };
    expect(await repositories('127.0.0.1:5000/team')).toEqual({ boxed: '127.0.0.1:5000/team/kept/boxed' });
    expect(await repositories('ghcr.io/acme')).toEqual({ boxed: 'ghcr.io/acme/kept/boxed' });
    expect(await repositories(null)).toEqual({});
  });

  it('that was made is not made again', async () => {
    const { clients } = engine;
    const services = { web: web(), api: web({ paths: ['/api/*'] }), worker };
    const job = await jobOf(appOf('made', services, { stores: { db: { kind: 'postgres' } } }));
    const first = await bootstrap(clients, job);
    await settle(clients, job);
    const made = await inventory(clients, 'made');
    expect(made).toMatchObject({ clusters: [expect.stringContaining('made-local')] });
    expect([made.balancers.length, made.listeners.length, made.groups.length]).toEqual([1, 2, 4]);
    expect([made.services, made.taskDefinitions]).toEqual([
      [expect.stringContaining('/made-local-db')],
      [expect.stringContaining('/made-local-db:1')],
    ]);
    expect(await bootstrap(clients, job)).toEqual(first);
    expect(await inventory(clients, 'made')).toEqual(made);

    // Also where it does not know that it was made: after a crash on the way.
    const marked = made.parameters.filter((name) => name.endsWith('/fingerprint'));
    expect(marked).toHaveLength(1);
    const { DeleteParametersCommand } = await import('@aws-sdk/client-ssm');
    await clients.ssm.send(new DeleteParametersCommand({ Names: marked }));
    expect(await bootstrap(clients, job)).toEqual(first);
    await settle(clients, job);
    expect(await inventory(clients, 'made')).toEqual(made);
  });

  it('hands over a service without a route without a load balancer, and makes none for it', async () => {
    const { clients } = engine;
    const handovers = await bootstrap(clients, await jobOf(appOf('workers', { worker })));
    expect(handed(handovers, 'worker')).toMatchObject({ cluster: 'workers-local', loadBalancer: null });
    expect(await inventory(clients, 'workers')).toMatchObject({ balancers: [], groups: [] });
  });

  it('follows a changed route, health check and drain in place', async () => {
    const { clients } = engine;
    const job = await jobOf(appOf('changed', { web: web() }));
    const first = await bootstrap(clients, job);
    const changed = web({
      hosts: ['shop.example'],
      paths: ['/shop/*'],
      health: { path: '/ready', healthyThreshold: 5, timeout: 5, unhealthyThreshold: 10 },
      drain: '7s',
    });
    const environment = appOf(
      'changed',
      { web: changed },
      { environments: { local: { services: { web: { hosts: ['shop.example'] } } } } },
    );
    await settle(clients, job);
    expect(await bootstrap(clients, { ...job, environment })).toEqual(first);
    const between = await inventory(clients, 'changed');
    expect(between.groups.map(({ health, threshold, drain }) => [health, threshold, drain])).toEqual([
      ['/health', 2, '15'],
      ['/ready', 5, '7'],
    ]);
    const before = await readPlatformRecord(clients, environment);
    expect(platformChanges(before, platformRecordOf(environment))).toEqual([
      { subject: 'web route.paths', from: '*', to: '/shop/*' },
      { subject: 'web health.path', from: '/health', to: '/ready' },
      { subject: 'web health.healthyThreshold', from: '2', to: '5' },
      { subject: 'web drain', from: '15s', to: '7s' },
      { subject: 'web route.hosts', from: '(unset)', to: 'shop.example' },
    ]);

    await settle(clients, { ...job, environment });
    expect(
      platformChanges(await readPlatformRecord(clients, environment), platformRecordOf(environment)),
    ).toEqual([]);
    const now = await inventory(clients, 'changed');
    for (const group of now.groups)
      expect(group).toMatchObject({ health: '/ready', threshold: 5, drain: '7' });
    expect(now.groups).toHaveLength(2);
    expect(now.listeners.map(({ rules }) => rules.map(({ matches }) => matches))).toEqual([
      [['shop.example', '/shop/*']],
      [['shop.example', '/shop/*']],
    ]);
  });

  it('leaves a starting task alone for as long as was said last, without a deployment', async () => {
    const { clients } = engine;
    const environment = appOf('patient', { web: web() });
    const job = await jobOf(environment);
    await serve(environment, handed(await bootstrap(clients, job), 'web'));
    await settle(clients, job);
    const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
    const read = async () => {
      const asked = { cluster: 'patient-local', services: ['web'] };
      const { services } = await clients.ecs.send(new DescribeServicesCommand(asked));
      return { grace: services?.[0]?.healthCheckGracePeriodSeconds, of: services?.[0]?.deployments?.length };
    };
    const before = await read();
    expect(before).toEqual({ grace: 10, of: 1 });
    const health = { path: '/health', timeout: 5, unhealthyThreshold: 10, grace: '90s' };
    const patient = { ...job, environment: appOf('patient', { web: web({ health }) }) };
    await bootstrap(clients, patient);
    expect(await read()).toEqual(before);
    await settle(clients, patient);
    expect(await read()).toEqual({ ...before, grace: 90 });
  });

  it('hands the address of a store over anew to what is a container from now on', async () => {
    const { clients } = engine;
    const stores = { db: { kind: 'postgres' } };
    const asking = { ...worker, variables: { DATABASE_URL: { store: 'db', property: 'url' } } };
    const job = await jobOf(appOf('boxed', { worker: asking }, { stores }));
    const asProcess = handed(await bootstrap(clients, job), 'worker').values['store:db.url'];
    await settle(clients, job);
    const inContainer = { ...asking, build: { dockerfile: 'Dockerfile' } };
    const environment = appOf('boxed', { worker: inContainer }, { stores });
    const place = handed(await bootstrap(clients, { ...job, environment }), 'worker').values['store:db.url'];
    expect(place).not.toBe(asProcess);
    expect(await readParameter(clients, place ?? '')).toContain('host.docker.internal');
  });

  it('moves its listeners with their ports, and they keep their rules', async () => {
    const { clients } = engine;
    const job = await jobOf(appOf('moving', { web: web() }));
    const first = routing(await bootstrap(clients, job), 'web');
    await settle(clients, job);
    const { production, test } = job.ports;
    const free = await job.freePort();
    const moves = [
      { production: free, test },
      // Each to where the other was, and both one further.
      { production: test, test: free },
      { production: free, test: test },
      { production: test, test: production },
    ];
    for (const ports of moves) {
      await bootstrap(clients, { ...job, ports });
      await settle(clients, { ...job, ports });
      const moved = routing(await listHandovers(clients, 'moving', 'local'), 'web');
      expect(moved).toEqual({
        ...first,
        url: `http://127.0.0.1:${ports.production}`,
        testUrl: `http://127.0.0.1:${ports.test}`,
      });
      const { listeners } = await inventory(clients, 'moving');
      const portOf = (rule: string) =>
        listeners.find(({ rules }) => rules.some(({ arn }) => arn === rule))?.port;
      expect([listeners.length, portOf(first.productionRule), portOf(first.testRule)]).toEqual([
        2,
        ports.production,
        ports.test,
      ]);
    }
  });

  it('tries routes in their order, whatever order they came and went in', async () => {
    const { clients } = engine;
    const [deep, api] = [web({ paths: ['/api/v2/*'] }), web({ paths: ['/api/*'] })];
    const job = await jobOf(appOf('routes', { web: web() }));
    const steps = [
      { services: { web: web() }, routes: ['/*'] },
      { services: { deep, web: web() }, routes: ['/api/v2/*', '/*'] },
      { services: { deep, api, web: web() }, routes: ['/api/v2/*', '/api/*', '/*'] },
      // What is no longer described keeps its route until it goes.
      { services: { web: web(), api }, routes: ['/api/v2/*', '/api/*', '/*'] },
      { services: { api, deep, web: web() }, routes: ['/api/v2/*', '/api/*', '/*'] },
    ];
    for (const { services, routes } of steps) {
      const next = { ...job, environment: appOf('routes', services) };
      const handovers = await bootstrap(clients, next);
      await settle(clients, next);
      const { listeners } = await inventory(clients, 'routes');
      for (const { rules } of listeners) expect(rules.flatMap(({ matches }) => matches)).toEqual(routes);
      const known = listeners.flatMap(({ rules }) => rules.map(({ arn }) => arn));
      for (const [service] of handovers) expect(known).toContain(routing(handovers, service).productionRule);
    }
  });

  it('keeps its own record apart from a service that is called platform', async () => {
    const { clients } = engine;
    const job = await jobOf(appOf('records', { platform: worker, stores: worker, values: worker }));
    const first = await bootstrap(clients, job);
    expect(await bootstrap(clients, job)).toEqual(first);
    expect([...first.keys()]).toEqual(['platform', 'stores', 'values']);
  });

  it('leaves nothing behind when it is taken down, twice if need be', async () => {
    const { clients } = engine;
    const job = await jobOf(appOf('leaving', { web: web(), api: web({ paths: ['/api/*'] }) }));
    await bootstrap(clients, job);
    await bootstrap(clients, { ...job, environment: appOf('leaving', { web: web() }) });
    const other = { ...(await jobOf({ ...appOf('leaving', { web: web() }), name: 'other' })) };
    await bootstrap(clients, other);
    for (const one of [job, other]) await settle(clients, one);
    for (let time = 0; time < 2; time += 1) {
      await teardown(clients, job.environment, job.pause);
      const left = await inventory(clients, 'leaving');
      expect(left.groups.map(({ name }) => name)).toEqual(['leaving-other-web-a', 'leaving-other-web-b']);
      expect(left.parameters).toEqual([
        '/fairway/leaving/other/platform/fingerprint',
        '/fairway/leaving/other/platform/services/web',
        '/fairway/leaving/other/web',
      ]);
      expect([left.balancers.length, left.listeners.length, left.services]).toEqual([1, 2, []]);
    }
  });
});

describe('a platform that cannot be made', () => {
  /** Listens, as another program of the machine would. */
  async function taken(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  it('for both of its ports is refused by their numbers, and nothing is made', async () => {
    const { clients } = engine;
    const ports = { production: await taken(), test: await taken() };
    const environment = appOf(
      'ports',
      { web: web({ variables: { URL: { store: 'db', property: 'url' } } }) },
      { stores: { db: { kind: 'postgres' } } },
    );
    const before = await inventory(clients, 'ports');
    await expect(bootstrap(clients, await jobOf(environment, { ports }))).rejects.toMatchObject({
      name: 'Refusal',
      problems: [
        { code: 'port-taken', where: `127.0.0.1:${ports.production}` },
        { code: 'port-taken', where: `127.0.0.1:${ports.test}` },
      ],
    });
    expect(await inventory(clients, 'ports')).toEqual(before);
  });

  it('because another app of this machine has its port is refused', async () => {
    const { clients } = engine;
    const one = await jobOf(appOf('neighbour', { web: web() }));
    await bootstrap(clients, one);
    const before = await inventory(clients, 'neighbour');
    const other = { ...one, environment: { ...one.environment, app: 'bakery' } };
    await expect(bootstrap(clients, other)).rejects.toMatchObject({
      problems: [{ code: 'port-taken' }, { code: 'port-taken' }],
    });
    expect(await inventory(clients, 'neighbour')).toEqual(before);
  });

  it('stays where it was when the port that it is to move to is taken', async () => {
    const { clients } = engine;
    const job = await jobOf(appOf('staying', { web: web() }));
    await bootstrap(clients, job);
    const before = await inventory(clients, 'staying');
    const ports = { production: await job.freePort(), test: await taken() };
    await expect(bootstrap(clients, { ...job, ports })).rejects.toMatchObject({
      problems: [{ code: 'port-taken', where: `127.0.0.1:${ports.test}` }],
    });
    expect(await inventory(clients, 'staying')).toEqual(before);
  });

  it('for want of values is refused for all of them at once, and keeps none', async () => {
    const { clients } = engine;
    const secret = (key: string) => ({ secret: 'keys', key });
    const environment = appOf(
      'values',
      {
        web: web({ variables: { STRIPE: secret('stripe'), MAIL: secret('mail') } }),
        worker: { ...worker, variables: { MAIL_KEY: secret('mail'), FLAGS: { parameter: '/flags' } } },
      },
      { secrets: { keys: { keys: ['stripe', 'mail'] } } },
    );
    const job = await jobOf(environment, { dotenv: { STRIPE: 'sk_live' } });
    const before = await inventory(clients, 'values');
    await expect(bootstrap(clients, job)).rejects.toMatchObject({
      problems: [
        {
          code: 'value-missing',
          where: 'services.web.variables.MAIL',
          next: expect.stringContaining('MAIL='),
        },
        { code: 'value-missing', where: 'services.worker.variables.FLAGS' },
      ],
    });
    expect(await inventory(clients, 'values')).toEqual(before);

    // Whichever service's name for it is given; and what was given once is kept.
    const given = { STRIPE: 'sk_live', MAIL_KEY: 'mail-key', FLAGS: 'on' };
    const handovers = await bootstrap(clients, { ...job, dotenv: given });
    expect(await bootstrap(clients, job)).toEqual(handovers);
    // Each is told of what it refers to, and of nothing else.
    const ofWorker = Object.keys(handed(handovers, 'worker').values).toSorted();
    expect(ofWorker).toEqual(['parameter:/flags', 'secret:keys#mail']);
    const values: Handover['values'] = Object.assign({}, ...[...handovers.values()].map((one) => one.values));
    const kept = await Promise.all(
      ['secret:keys#stripe', 'secret:keys#mail', 'parameter:/flags'].map((reference) =>
        readParameter(clients, values[reference] ?? ''),
      ),
    );
    expect(kept).toEqual(['sk_live', 'mail-key', 'on']);
  });
});

describe('a service that the description no longer has', () => {
  it('is found with what serves, and goes with its route: nobody is sent where nobody answers', async () => {
    const { clients } = engine;
    const both = appOf('former', { web: web(), api: web({ paths: ['/api/*'], drain: '0s' }) });
    const job = await jobOf(both);
    const handovers = await bootstrap(clients, job);
    await settle(clients, job);
    for (const service of ['web', 'api']) await serve(both, handed(handovers, service));
    const ask = async (path: string) =>
      (await fetch(`http://127.0.0.1:${job.ports.production}${path}`).catch(() => null))?.text() ?? '';
    await eventually(
      async () => ((await ask('/')) === 'web' && (await ask('/api/x')) === 'api') || null,
      'both',
    );
    expect(await formerOf(clients, both)).toEqual([]);

    const environment = appOf('former', { web: web() });
    await bootstrap(clients, { ...job, environment });
    expect(await ask('/api/x')).toBe('api');
    const former = await formerOf(clients, environment);
    expect(former).toEqual([
      {
        kind: 'service',
        name: 'api',
        placed: handed(handovers, 'api'),
        handover: handed(handovers, 'api'),
        serving: expect.stringContaining('task-definition/former-local-api:1'),
      },
    ]);

    const answers = new Set<string>();
    const going = Promise.all(former.map((one) => removeFormer(clients, environment, one)));
    await eventually(async () => {
      const answer = await ask('/api/x');
      answers.add(answer);
      return answer === 'web' || null;
    }, 'an answer of the service that has the next route');
    await going;
    await eventually(async () => {
      answers.add(await ask('/api/x'));
      return (await formerOf(clients, both)).length === 0 &&
        (await inventory(clients, 'former')).services.length === 1
        ? true
        : null;
    }, 'the end of the other service');
    expect([...answers].toSorted()).toEqual(['api', 'web']);
    for (const one of former) await removeFormer(clients, environment, one);
    expect(await formerOf(clients, environment)).toEqual([]);
  });

  it('may be a store: it is found once it was settled, goes, and is found again with what it kept', async () => {
    const { clients } = engine;
    const both = appOf('shelves', { worker }, { stores: { db: { kind: 'postgres' } } });
    const job = await jobOf(both);
    await bootstrap(clients, job);
    await settle(clients, job);
    const password = await readParameter(clients, '/fairway/shelves/local/stores/db/password');
    expect(await formerOf(clients, both)).toEqual([]);

    const environment = appOf('shelves', { worker });
    const former = await formerOf(clients, environment);
    expect(former).toMatchObject([{ kind: 'store', name: 'db', placed: { service: 'shelves-local-db' } }]);
    const without = { ...job, environment };
    await bootstrap(clients, without);
    await settle(clients, without);
    for (const one of former) await removeFormer(clients, environment, one);
    await eventually(
      async () => (await inventory(clients, 'shelves')).services.length === 0 || null,
      'the end of the store',
    );
    expect(await formerOf(clients, environment)).toEqual([]);
    expect(await readParameter(clients, '/fairway/shelves/local/stores/db/password')).toBe(password);

    await bootstrap(clients, job);
    expect((await inventory(clients, 'shelves')).services).toEqual([
      expect.stringContaining('shelves-local-db'),
    ]);
  });

  it('is not taken for gone while the engine cannot be read', async () => {
    const { clients } = engine;
    const job = await jobOf(appOf('unread', { web: web(), worker }));
    await bootstrap(clients, job);
    const { ecs } = clientsAt(`http://127.0.0.1:${await freePort()}`);
    await expect(formerOf({ ...clients, ecs }, appOf('unread', { web: web() }))).rejects.toMatchObject({
      problems: [{ code: 'engine-unreadable' }],
    });
  });
});

async function formerOf(clients: Clients, environment: Environment) {
  return findFormer(clients, environment, {
    handovers: await listHandovers(clients, environment.app, environment.name),
    platform: await readPlatformRecord(clients, environment),
  });
}

const server = (name: string): string => `
import { createServer } from 'node:http';
const server = createServer((request, response) => response.end(${JSON.stringify(name)}));
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;
