import { describe, expect, it } from 'vitest';
import { awaitCount, type Wanted } from '../../src/cli/present/count-watch.ts';
import { isTaskService } from '../../src/ecs/task-definition.ts';
import { bench } from '../deployment/rig.ts';
import { clientsOfStub } from '../ecs/rig.ts';
import { appOf, web } from '../ecs/platform/shop.ts';

const start = 1_000_000;
const revision = 'arn:aws:ecs:us-east-1:000000000000:task-definition/shop-local-worker:1';

/** What the engine says of the service, `at` so many milliseconds after the count was asked for. */
interface Said {
  readonly desired?: number;
  readonly running?: number;
  readonly pending?: number;
  /** When tasks ended, on the same clock. */
  readonly ended?: readonly number[];
  /** Targets that answer, of a service with a load balancer. */
  readonly healthy?: number;
}

const group = (colour: string): string =>
  `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${colour}/1`;
const loadBalancer = {
  targetGroups: [group('blue'), group('green')] as [string, string],
  productionRule: 'production',
  testRule: 'test',
  role: 'arn:aws:iam::000000000000:role/engine',
  url: 'http://127.0.0.1:80',
  testUrl: 'http://127.0.0.1:81',
  testHeaders: {},
};

/** Waits for two tasks while the engine tells what it is told to, on a clock of the test's own. */
async function waiting(
  say: (at: number) => Said,
  { changed = true, balanced = false, interruptedAt = Infinity, leaseLostAt = Infinity } = {},
) {
  let at = 0;
  const clients = await clientsOfStub(async (operation, input) => {
    const { desired = 2, running = 0, pending = 0, ended = [], healthy = 0 } = say(at);
    switch (operation) {
      case 'DescribeServices':
        return {
          services: [
            { status: 'ACTIVE', desiredCount: desired, runningCount: running, pendingCount: pending },
          ],
        };
      case 'ListTasks':
        return { taskArns: ended.map((when) => `arn:aws:ecs:us-east-1:000000000000:task/shop/${when}`) };
      case 'DescribeTasks':
        return {
          tasks: ended.map((when) => ({
            taskArn: `arn:aws:ecs:us-east-1:000000000000:task/shop/${when}`,
            taskDefinitionArn: revision,
            stoppedAt: new Date(start + when),
            containers: [{ name: 'app', exitCode: 9 }],
          })),
        };
      case 'DescribeTargetHealth': {
        const serves = JSON.stringify(input).includes(group('blue'));
        const one = { TargetHealth: { State: 'healthy' } };
        return { TargetHealthDescriptions: Array.from({ length: serves ? healthy : 0 }, () => one) };
      }
      default:
        return { events: [] };
    }
  });
  const interruption = new AbortController();
  const one = await bench({
    clients,
    clock: () => start + at,
    interrupted: interruption.signal,
    pause: async (milliseconds) => {
      at += milliseconds;
      if (at >= interruptedAt) interruption.abort();
      if (at >= leaseLostAt) {
        await one.tools.journal.release(one.lease);
        await one.tools.journal.acquire({ ...one.lease.holder, who: 'ben@desktop' });
      }
    },
  });
  const environment = appOf('shop', {
    worker: { kind: 'worker', command: 'node worker.js' },
    web: web(),
  });
  const service = environment.services.find(({ name }) => name === (balanced ? 'web' : 'worker'));
  if (service === undefined || !isTaskService(service)) throw new Error('the shop has no such service');
  const wanted: Wanted = {
    environment,
    service,
    scaled: {
      cluster: service.cluster,
      service: service.engineName,
      loadBalancer: balanced ? loadBalancer : null,
    },
    taskDefinition: revision,
    count: 2,
    changed,
    since: start,
  };
  const { cause, ...rest } = await awaitCount(wanted, one.tools, one.lease, () => {});
  return { ...rest, cause: cause?.code ?? null, after: at };
}

const both = { running: 2 };

describe('a service without a load balancer', () => {
  it('has settled once all its tasks have run for two seconds', async () => {
    const waited = await waiting((at) => (at < 1_000 ? { running: 1, pending: 1 } : both));
    expect(waited).toEqual({ cause: null, running: 2, waited: true, after: 3_000 });
  });

  it('has not settled while a task ends and is replaced, however soon', async () => {
    // Between two looks it was gone and back.
    const waited = await waiting((at) => (at < 1_500 ? both : { ...both, ended: [1_400] }));
    expect(waited).toMatchObject({ cause: null, after: 3_750 });
  });

  it('is left at once where nothing was asked for and nothing moves', async () => {
    const waited = await waiting(() => both, { changed: false });
    expect(waited).toEqual({ cause: null, running: 2, waited: false, after: 0 });
  });

  it('settles too where nothing was asked for, and it was not there yet', async () => {
    const waited = await waiting((at) => (at < 500 ? { running: 1 } : both), { changed: false });
    expect(waited).toEqual({ cause: null, running: 2, waited: true, after: 2_500 });
  });

  it('is given up when its tasks do not stay', async () => {
    const waited = await waiting((at) => ({
      running: 1,
      ended: [100, 600, 1_100].filter((when) => when <= at),
    }));
    expect(waited).toEqual({ cause: 'task-exited', running: 1, waited: true, after: 1_250 });
  });

  it('is given up when its time is over', async () => {
    expect(await waiting(() => ({ running: 1, pending: 1 }))).toMatchObject({
      cause: 'never-healthy',
      running: 1,
    });
  });
});

describe('a service with a load balancer', () => {
  it('is there as soon as so many targets answer, and not before', async () => {
    const waited = await waiting((at) => ({ ...both, healthy: at < 750 ? 1 : 2 }), { balanced: true });
    expect(waited).toEqual({ cause: null, running: 2, waited: true, after: 750 });
  });
});

describe('a count that is waited for', () => {
  it('is left by who interrupts, as it then is', async () => {
    const waited = await waiting(() => ({ running: 1, pending: 1 }), { interruptedAt: 1_000 });
    expect(waited).toEqual({ cause: 'interrupted', running: 1, waited: true, after: 1_000 });
  });

  it('is not called interrupted where it was reached by then', async () => {
    const balanced = { balanced: true, interruptedAt: 750 };
    const waited = await waiting((at) => ({ ...both, healthy: at < 750 ? 1 : 2 }), balanced);
    expect(waited).toMatchObject({ cause: null });
  });

  it('is left to who asks for another one meanwhile', async () => {
    const waited = await waiting((at) => (at < 500 ? { running: 1 } : { desired: 5, running: 1 }));
    expect(waited).toMatchObject({ cause: 'superseded', after: 500 });
  });

  it('is left to who took the lease', async () => {
    const waited = await waiting(() => ({ running: 1, pending: 1 }), { leaseLostAt: 2_000 });
    expect(waited).toMatchObject({ cause: 'lease-lost' });
  });
});
