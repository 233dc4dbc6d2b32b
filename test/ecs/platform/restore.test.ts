import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/app/environment.ts';
import type { Clients } from '../../../src/ecs/clients.ts';
import { listHandovers } from '../../../src/ecs/handover.ts';
import { bootstrap, routeUsers, settle } from '../../../src/ecs/platform/bootstrap.ts';
import { restore } from '../../../src/ecs/platform/restore.ts';
import { readRestorePoint, writeRestorePoint } from '../../../src/ecs/platform/restore-point.ts';
import { sharedEngine } from '../rig.ts';
import { appOf, inventory, jobOf, web } from './shop.ts';

const engine = sharedEngine();
const alarm = (above: string) => ({ metric: 'error-rate', above, for: '1m', rollBack: true });
const health = (path: string) => ({ path, timeout: 5, unhealthyThreshold: 10 });

function first(app: string, more: object = {}): Environment {
  const api = web({ paths: ['/api/*'] });
  return appOf(app, { web: web(), api }, { alarms: { Errors: alarm('5%'), Old: alarm('6%') }, ...more });
}

/** Everything about it is otherwise: routes and their order, a health check, alarms, and a service more. */
function second(app: string, more: object = {}): Environment {
  const services = {
    api: web({ paths: ['/v2/*'], health: health('/ready'), drain: '3s' }),
    admin: web({ paths: ['/api/admin/*'] }),
    web: web(),
  };
  return appOf(app, services, { alarms: { Errors: alarm('1%'), New: alarm('2%') }, ...more });
}

/** All that users, gates and tasks go by. */
async function effective(clients: Clients, app: string) {
  const { DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const { MetricAlarms = [] } = await (
    await clients.cloudwatch()
  ).send(new DescribeAlarmsCommand({ AlarmNamePrefix: `${app}-` }));
  const { listeners, groups } = await inventory(clients, app);
  return {
    listeners,
    groups,
    alarms: Object.fromEntries(MetricAlarms.map(({ AlarmName = '', Threshold }) => [AlarmName, Threshold])),
    handovers: Object.fromEntries(await listHandovers(clients, app, 'local')),
  };
}

const routesOf = ({ listeners }: Awaited<ReturnType<typeof effective>>, listener: number) =>
  listeners[listener]?.rules.flatMap(({ matches }) => matches);

describe('a release that comes', () => {
  it('changes nothing that users notice until they move to it', async () => {
    const { clients } = engine;
    const job = await jobOf(first('coming'));
    await bootstrap(clients, job);
    await routeUsers(clients, job);
    await settle(clients, job);
    const before = await effective(clients, 'coming');
    expect(routesOf(before, 0)).toEqual(['/api/*', '/*']);

    const ports = { production: await job.freePort(), test: await job.freePort() };
    const next = { ...job, environment: second('coming'), ports };
    await bootstrap(clients, next);
    const prepared = await effective(clients, 'coming');
    expect(prepared.listeners.map(({ port }) => port)).toEqual(before.listeners.map(({ port }) => port));
    // The new service has a rule that nobody matches, and the gates have all routes.
    expect(routesOf(prepared, 0)).toEqual(['/api/*', '/*', 'no-release-yet.invalid']);
    expect(routesOf(prepared, 1)).toEqual(['/api/admin/*', '/v2/*', '/*']);
    expect(prepared.handovers['web']?.loadBalancer?.url).toBe(before.handovers['web']?.loadBalancer?.url);

    await routeUsers(clients, next);
    const routed = await effective(clients, 'coming');
    expect(routesOf(routed, 0)).toEqual(['/api/admin/*', '/v2/*', '/*']);
    expect(routed.listeners.map(({ port }) => port)).toEqual(before.listeners.map(({ port }) => port));

    await settle(clients, next);
    const settled = await effective(clients, 'coming');
    expect(settled.listeners.map(({ port }) => port)).toEqual([ports.production, ports.test]);
    expect(settled.handovers['web']?.loadBalancer?.url).toBe(`http://127.0.0.1:${ports.production}`);
    expect(settled.alarms).toEqual({ 'coming-local-Errors': 1, 'coming-local-New': 2 });
    expect(await readRestorePoint(clients, next.environment)).toBeNull();
  });

  it.each(['prepared', 'routed'])('and does not stay leaves all as it was (%s)', async (stage) => {
    const { clients } = engine;
    const app = `going-${stage}`;
    const job = await jobOf(first(app));
    await bootstrap(clients, job);
    await routeUsers(clients, job);
    await settle(clients, job);
    const before = await effective(clients, app);

    // Also where a rolling deployment changed the health check of what serves.
    const rolling = { environments: { local: { strategy: { kind: 'rolling' } } } };
    const next = { ...job, environment: second(app, rolling) };
    // Twice, as by another deployer after one that died: what was first is what is given back.
    for (let time = 0; time < 2; time += 1) {
      await bootstrap(clients, next);
      if (stage === 'routed') await routeUsers(clients, next);
    }
    expect((await effective(clients, app)).groups.map(({ health }) => health)).toContain('/ready');
    await restore(clients, next.environment);
    const after = await effective(clients, app);
    const known = new Set(before.listeners.flatMap(({ rules }) => rules.map(({ arn }) => arn)));
    const made = new Set(before.groups.map(({ arn }) => arn));
    expect({
      ...after,
      groups: after.groups.filter(({ arn }) => made.has(arn)),
      listeners: after.listeners.map(({ rules, ...listener }) => ({
        ...listener,
        rules: rules.filter(({ arn }) => known.has(arn)),
      })),
    }).toEqual(before);
    // What was made for the service that did not come takes no request.
    for (const listener of [0, 1])
      expect(routesOf(after, listener)).toEqual(['/api/*', '/*', 'no-release-yet.invalid']);
    expect(await readRestorePoint(clients, next.environment)).toBeNull();
    await restore(clients, next.environment);
    expect(await effective(clients, app)).toEqual(after);

    // And the next try begins anew, with the health check that is described then.
    const third = { ...job, environment: first(app) };
    await bootstrap(clients, third);
    await settle(clients, third);
    expect(routesOf(await effective(clients, app), 0)).toEqual(expect.arrayContaining(['/api/*', '/*']));
  });

  it('and was prepared for is not settled by another description', async () => {
    const { clients } = engine;
    const job = await jobOf(first('other'));
    await bootstrap(clients, job);
    await routeUsers(clients, job);
    await settle(clients, job);
    await bootstrap(clients, { ...job, environment: second('other') });
    const prepared = await effective(clients, 'other');
    const third = { ...job, environment: appOf('other', { web: web({ paths: ['/third/*'] }) }) };
    await routeUsers(clients, third);
    await settle(clients, third);
    expect(await effective(clients, 'other')).toEqual(prepared);
    expect(await readRestorePoint(clients, third.environment)).toBeNull();
  });
});

it('a restore point of any length and language is kept', async () => {
  const { clients } = engine;
  const environment = appOf('long', { web: web() });
  const nobody = { wanted: '', handovers: {}, rules: [], groups: [], alarms: [], grace: [] };
  const point = (services: number) => ({
    ...nobody,
    handovers: Object.fromEntries(
      Array.from({ length: services }, (_, index) => [`s${index}`, '{"über":"\u{1F6A2} {{x}}"}'.repeat(9)]),
    ),
  });
  for (const services of [60, 3, 200]) {
    await writeRestorePoint(clients, environment, point(services));
    expect(await readRestorePoint(clients, environment)).toEqual(point(services));
  }
});
